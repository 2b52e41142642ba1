#include "api/mcp/tool.h"

#include <algorithm>

#include "api/limits.h"
#include "base/arena.h"
#include "base/time_text.h"
#include "platform/clock.h"

namespace vitrine::api::mcp {
namespace {

using syntax::JsonValue;
using syntax::JsonWriter;

std::string_view TypeWords(ArgumentType type) {
  switch (type) {
    case ArgumentType::kText: return "a text";
    case ArgumentType::kInteger: return "a whole number";
    case ArgumentType::kBool: return "true or false";
    case ArgumentType::kTexts: return "a list of texts";
    case ArgumentType::kObject: return "an object";
  }
  return {};
}

bool Fits(ArgumentType type, JsonValue value) {
  switch (type) {
    case ArgumentType::kText: return value.is_string();
    case ArgumentType::kInteger: return value.ToInt().has_value() && !value.is_string();
    case ArgumentType::kBool: return value.is_bool();
    case ArgumentType::kTexts: {
      bool texts = value.is_array();
      for (const JsonValue element : value.Elements()) texts = texts && element.is_string();
      return texts;
    }
    case ArgumentType::kObject: return value.is_object();
  }
  return false;
}

Result<void> CheckOne(const Argument& argument, JsonValue value) {
  const std::string name(argument.name);
  if (value.is_nothing()) {
    if (!argument.is_required) return {};
    return Fail(ErrorCode::kInvalidInput,
                "the argument '" + name + "' is missing: " + std::string(argument.meaning));
  }
  if (!Fits(argument.type, value)) {
    return Fail(ErrorCode::kInvalidInput,
                "the argument '" + name + "' is " + std::string(TypeWords(argument.type)));
  }
  if (argument.type == ArgumentType::kInteger) {
    const int64_t number = value.ToInt().value_or(0);
    if (number < argument.min || number > argument.max) {
      return Fail(ErrorCode::kInvalidInput, "the argument '" + name + "' is from " +
                                                std::to_string(argument.min) + " to " +
                                                std::to_string(argument.max));
    }
  }
  if (!argument.choices.empty() &&
      std::ranges::find(argument.choices, value.text()) == argument.choices.end()) {
    std::string list;
    for (const std::string_view choice : argument.choices)
      (list += list.empty() ? "" : ", ") += choice;
    return Fail(ErrorCode::kInvalidInput, "the argument '" + name + "' is one of " + list);
  }
  return {};
}

void WriteArgument(JsonWriter& json, const Argument& argument) {
  json.Key(argument.name).BeginObject();
  switch (argument.type) {
    case ArgumentType::kText: json.Member("type", "string"); break;
    case ArgumentType::kBool: json.Member("type", "boolean"); break;
    case ArgumentType::kObject: json.Member("type", "object"); break;
    case ArgumentType::kTexts:
      json.Member("type", "array").Key("items").Raw("{\"type\":\"string\"}");
      break;
    case ArgumentType::kInteger:
      json.Member("type", "integer")
          .Member("minimum", argument.min)
          .Member("maximum", argument.max);
      json.Member("default", argument.otherwise);
      break;
  }
  if (!argument.choices.empty()) {
    json.Key("enum").BeginArray();
    for (const std::string_view choice : argument.choices) json.String(choice);
    json.EndArray();
  }
  json.Member("description", argument.meaning).EndObject();
}

}  // namespace

Result<void> Arguments::Check() const {
  if (!values_.is_nothing() && !values_.is_object())
    return Fail(ErrorCode::kInvalidInput, "arguments is an object");
  for (const auto [name, value] : values_.Members()) {
    if (std::ranges::find(table_, name, &Argument::name) != table_.end()) continue;
    std::string list;
    for (const Argument& one : table_) (list += list.empty() ? "" : ", ") += one.name;
    return Fail(ErrorCode::kInvalidInput,
                "there is no argument '" + std::string(name) + "' here; there are: " + list);
  }
  for (const Argument& argument : table_) TRY(CheckOne(argument, values_[argument.name]));
  return {};
}

int64_t Arguments::Integer(std::string_view name) const {
  if (const auto given = values_[name].ToInt()) return *given;
  const auto argument = std::ranges::find(table_, name, &Argument::name);
  return argument == table_.end() ? 0 : argument->otherwise;
}

const std::vector<Tool>& Tools() {
  static const std::vector<Tool> tools = {
      SearchTracesTool(), GetTraceTool(),     GetSpanTool(), ListCallsTool(),
      ListSessionsTool(), QueryMetricsTool(), SqlTool(),     DescribeSchemaTool()};
  return tools;
}

void WriteTool(JsonWriter& json, const Tool& tool) {
  json.BeginObject().Member("name", tool.name).Member("title", tool.title);
  json.Member("description", tool.description);
  json.Key("inputSchema").BeginObject().Member("type", "object").Key("properties").BeginObject();
  for (const Argument& argument : tool.arguments) WriteArgument(json, argument);
  json.EndObject().Key("required").BeginArray();
  for (const Argument& argument : tool.arguments) {
    if (argument.is_required) json.String(argument.name);
  }
  json.EndArray().Member("additionalProperties", false).EndObject();
  json.Key("outputSchema").BeginObject().Member("type", "object").Key("properties");
  json.BeginObject().Key("notice").Raw("{\"type\":\"string\"}").Key("data").Raw(tool.data_schema);
  json.EndObject().Key("required").Raw("[\"notice\",\"data\"]").EndObject();
  json.Key("annotations").BeginObject().Member("readOnlyHint", true);
  json.Member("destructiveHint", false).Member("idempotentHint", true);
  json.Member("openWorldHint", false).EndObject().EndObject();
}

Result<std::string> AskRoute(const ToolCall& call, InnerQuestion inner) {
  TRY_ASSIGN(net::HttpResponse response, call.routes.AskWithin(call.question, std::move(inner)));
  if (response.status < 400) return std::move(response.body);
  Arena arena;
  syntax::JsonDocument document;
  document.Parse(response.body, arena);
  const JsonValue error = document.root()["error"];
  std::string message(error["message"].text());
  if (!error["hint"].text().empty()) (message += "; ") += error["hint"].text();
  if (!error["suggestion"].text().empty()) (message += "; perhaps: ") += error["suggestion"].text();
  return Fail(ErrorCode::kInvalidInput, message.empty() ? "the question was refused" : message);
}

Result<std::string> TimeArgument(const ToolCall& call, std::string_view name) {
  const std::string text = call.arguments.Text(name);
  if (text.empty()) return text;
  const auto time = ParseTime(text, platform::SystemClock().Now());
  if (!time) return Fail(time.error().code, std::string(name) + ": " + time.error().message);
  return FormatRfc3339(*time);
}

void WriteKnown(JsonWriter& json, JsonValue object) {
  json.BeginObject();
  for (const auto [key, value] : object.Members()) {
    if (value.is_nothing() || (value.is_string() && value.text().empty())) continue;
    if ((value.is_array() || value.is_object()) && value.empty()) continue;
    json.Key(key);
    if (value.is_string() && value.text().size() > kMcpValueBytesMax) {
      json.String(Shortened(value.text()));
    } else {
      json.Raw(value.raw());
    }
  }
  json.EndObject();
}

size_t CutAt(std::string_view text, size_t bytes) {
  if (text.size() <= bytes) return text.size();
  size_t end = bytes;
  while (end > 0 && (text[end] & 0xC0) == 0x80) --end;
  // Bytes that are no text have no characters to cut at.
  return end == 0 ? bytes : end;
}

std::string Shortened(std::string_view text) {
  const size_t end = CutAt(text, kMcpValueBytesMax);
  std::string cut(text.substr(0, end));
  if (end < text.size()) cut += "… (" + std::to_string(text.size() - end) + " more bytes)";
  return cut;
}

}  // namespace vitrine::api::mcp
