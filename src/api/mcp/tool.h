// Tool: something a model may ask of the stored data, described by a table from which the input
// schema is made and by which arguments are checked. Private to api.
// Owner: values; a ToolCall borrows. Threads: free functions; a tool runs on any thread.
// Source: Model Context Protocol 2025-11-25, "Tools".
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/internal/routes.h"
#include "base/result.h"
#include "syntax/json/json_document.h"
#include "syntax/json/json_writer.h"

namespace vitrine::api::mcp {

enum class ArgumentType { kText, kInteger, kBool, kTexts, kObject };

struct Argument {
  std::string_view name;
  ArgumentType type = ArgumentType::kText;
  std::string_view meaning;
  bool is_required = false;
  int64_t otherwise = 0, max = 0;  ///< Of kInteger, which starts at `min`.
  int64_t min = 1;
  std::vector<std::string_view> choices = {};  ///< Of kText; empty takes any.
};

/// The arguments of a call that fit the table.
class Arguments {
 public:
  Arguments(const std::vector<Argument>& table, syntax::JsonValue values)
      : table_(table), values_(values) {}

  /// Errors: kInvalidInput naming the argument, and what there is.
  Result<void> Check() const;

  bool Has(std::string_view name) const { return !values_[name].is_nothing(); }
  /// Empty where it was not given.
  std::string Text(std::string_view name) const { return std::string(values_[name].text()); }
  /// What was given, else what the table says.
  int64_t Integer(std::string_view name) const;
  bool Bool(std::string_view name) const { return values_[name].AsBool().value_or(false); }
  syntax::JsonValue Value(std::string_view name) const { return values_[name]; }

 private:
  const std::vector<Argument>& table_;
  syntax::JsonValue values_;
};

struct ToolCall {
  const Routes& routes;
  const Question& question;
  const Arguments& arguments;
  std::shared_ptr<clickhouse::CancelToken> cancel;
};

struct ToolAnswer {
  std::string data;  ///< A JSON object.
  std::string text;  ///< The same for reading; empty: the object is.
};

struct Tool {
  std::string_view name, title, description;
  std::vector<Argument> arguments;
  std::string_view data_schema;  ///< JSON Schema of ToolAnswer::data.
  std::function<Result<ToolAnswer>(const ToolCall&)> run;
  std::string_view route = {};  ///< The tool is there only where the server has this route.
};

/// Every tool, whether its route is there or not.
const std::vector<Tool>& Tools();

Tool SearchTracesTool();
Tool ListCallsTool();
Tool ListSessionsTool();
Tool GetTraceTool();
Tool GetSpanTool();
Tool QueryMetricsTool();
Tool SqlTool();
Tool DescribeSchemaTool();

/// The tool as tools/list tells it.
void WriteTool(syntax::JsonWriter& json, const Tool& tool);

/// The body of an inner question's answer. Errors: what the route said, hint included.
Result<std::string> AskRoute(const ToolCall& call, InnerQuestion inner);
/// A time as people say it ("2026-11-21T10:00:00Z", "24h") as RFC 3339; empty where not given.
/// Errors: kInvalidInput.
Result<std::string> TimeArgument(const ToolCall& call, std::string_view name);

/// Writes the members of `object` that say something: no nulls, no empty texts and lists.
void WriteKnown(syntax::JsonWriter& json, syntax::JsonValue object);
/// `text` of at most kMcpValueBytesMax bytes, cut at a character; what is missing is told.
std::string Shortened(std::string_view text);
/// Where a text of at most `bytes` bytes that begins like `text` ends, at a character.
size_t CutAt(std::string_view text, size_t bytes);

}  // namespace vitrine::api::mcp
