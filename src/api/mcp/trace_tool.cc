// get_trace: the spans of a trace as a tree, a line each, page by page.
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/limits.h"
#include "api/mcp/tool.h"
#include "base/arena.h"
#include "query/trace_page.h"

namespace vitrine::api::mcp {
namespace {

using syntax::JsonValue;
using syntax::JsonWriter;

constexpr std::string_view kTraceSchema =
    R"({"type":"object","properties":{"trace":{"type":"object"},"spans":{"type":"array",)"
    R"("items":{"type":"object"}},"span_count":{"type":"integer"},)"
    R"("next_offset":{"type":["integer","null"]}},)"
    R"("required":["trace","spans","span_count","next_offset"]})";

/// The rows of a trace in the order of its tree: parents before children, brothers by time.
class Tree {
 public:
  explicit Tree(JsonValue rows) {
    for (const std::string& field : query::SpanFields()) columns_.emplace(field, columns_.size());
    for (const JsonValue row : rows.Elements()) {
      std::vector<JsonValue> cells;
      for (const JsonValue cell : row.Elements()) cells.push_back(cell);
      cells.resize(columns_.size());
      rows_.push_back(std::move(cells));
    }
    std::unordered_map<std::string_view, size_t> index;
    for (size_t i = 0; i < rows_.size(); ++i) index.emplace(At(i, "span_id").text(), i);
    children_.resize(rows_.size());
    std::vector<size_t> roots;
    for (size_t i = 0; i < rows_.size(); ++i) {
      const auto parent = index.find(At(i, "parent_span_id").text());
      const bool has_parent = parent != index.end() && parent->second != i;
      (has_parent ? children_[parent->second] : roots).push_back(i);
    }
    placed_.resize(rows_.size());
    for (const size_t root : roots) Place(root);
    // What is left hangs below a ring of parents.
    for (size_t i = 0; i < rows_.size(); ++i) Place(i);
  }

  struct Line {
    size_t row = 0, depth = 0;
  };
  const std::vector<Line>& lines() const { return lines_; }
  JsonValue At(size_t row, std::string_view column) const {
    const auto found = columns_.find(column);
    return found == columns_.end() ? JsonValue() : rows_[row][found->second];
  }

 private:
  void Place(size_t root) {
    std::vector<Line> open = {{root, 0}};
    while (!open.empty()) {
      const Line line = open.back();
      open.pop_back();
      if (placed_[line.row]) continue;
      placed_[line.row] = true;
      lines_.push_back(line);
      const auto& below = children_[line.row];
      for (size_t i = below.size(); i-- > 0;) open.push_back({below[i], line.depth + 1});
    }
  }

  std::map<std::string, size_t, std::less<>> columns_;
  std::vector<std::vector<JsonValue>> rows_;
  std::vector<std::vector<size_t>> children_;
  std::vector<bool> placed_;
  std::vector<Line> lines_;
};

std::string Seconds(JsonValue ns) {
  const auto value = ns.ToInt();
  if (!value) return "?";
  const int64_t ms = *value / 1'000'000;
  if (ms < 1'000) return std::to_string(ms) + " ms";
  const std::string hundredths = std::to_string(100 + ms % 1'000 / 10).substr(1);
  return std::to_string(ms / 1'000) + "." + hundredths + " s";
}

/// Text of an observed application on one line.
void AppendLineText(std::string& out, std::string_view text) {
  for (const char c : text.substr(0, CutAt(text, kMcpValueBytesMax)))
    out += static_cast<unsigned char>(c) < ' ' || c == '\x7F' ? ' ' : c;
}

/// "  chat gpt-4o [llm] 1.20 s gpt-4o 1200->34 tok $0.004 ERROR: text (span 00f067aa0ba902b7)"
void AppendLine(std::string& out, const Tree& tree, Tree::Line line) {
  const auto at = [&](std::string_view column) { return tree.At(line.row, column); };
  out.append(line.depth * 2, ' ');
  AppendLineText(out, at("name").text());
  ((out += " [") += at("kind").text()) += "] ";
  out += Seconds(at("duration_ns"));
  const JsonValue model =
      at(at("response_model").is_nothing() ? "request_model" : "response_model");
  for (const JsonValue value : {model, at("tool_name"), at("agent_name")}) {
    if (!value.text().empty()) AppendLineText(out += ' ', value.text());
  }
  if (!at("input_tokens").is_nothing() || !at("output_tokens").is_nothing()) {
    const auto number = [](JsonValue v) { return v.is_nothing() ? "?" : std::string(v.raw()); };
    out += " " + number(at("input_tokens")) + "->" + number(at("output_tokens")) + " tok";
  }
  if (!at("cost_usd").is_nothing()) (out += " $") += at("cost_usd").text();
  if (at("status").text() == "error") {
    out += " ERROR: ";
    const JsonValue message = at("status_message");
    AppendLineText(out, message.is_nothing() ? at("error_type").text() : message.text());
  }
  ((out += " (span ") += at("span_id").text()) += ")\n";
}

void WriteSpan(JsonWriter& json, const Tree& tree, Tree::Line line) {
  json.BeginObject().Member("depth", line.depth);
  for (const std::string& field : query::SpanFields()) {
    const JsonValue value = tree.At(line.row, field);
    if (value.is_nothing() || (value.is_string() && value.text().empty())) continue;
    json.Key(field);
    if (value.is_string() && value.text().size() > kMcpValueBytesMax) {
      json.String(Shortened(value.text()));
    } else {
      json.Raw(value.raw());
    }
  }
  json.EndObject();
}

/// The page of the tree from `offset` on; ends early where the answer would be too long.
ToolAnswer TreePage(const std::string& head, const Tree& tree, size_t offset, size_t count) {
  ToolAnswer answer;
  JsonWriter json(answer.data);
  json.BeginObject().Key("trace");
  Arena arena;
  syntax::JsonDocument document;
  document.Parse(head, arena);
  WriteKnown(json, document.root());
  json.Key("spans").BeginArray();
  size_t at = offset;
  const auto& lines = tree.lines();
  for (; at < lines.size() && at < offset + count; ++at) {
    if (at > offset && answer.data.size() > kMcpAnswerBytesMax) break;
    WriteSpan(json, tree, lines[at]);
    AppendLine(answer.text, tree, lines[at]);
  }
  json.EndArray().Member("span_count", lines.size());
  json.Member("next_offset", at < lines.size() ? std::optional(at) : std::nullopt).EndObject();
  answer.text += std::to_string(lines.size()) + " spans in all";
  if (at < lines.size()) answer.text += "; there are more from offset=" + std::to_string(at);
  answer.text += "\n";
  return answer;
}

Result<ToolAnswer> GetTrace(const ToolCall& call) {
  const auto trace_id = TraceId::FromHex(call.arguments.Text("trace_id"));
  if (!trace_id)
    return Fail(ErrorCode::kInvalidInput, "trace_id: a trace id has 32 hexadecimal digits");
  clickhouse::Client& engine = call.routes.engine();
  TRY_ASSIGN(const query::TracePlace place,
             query::FindPlace(engine, call.question.project, *trace_id));
  TRY_ASSIGN(const query::TraceHead head, query::FindTrace(engine, call.question.project, place));
  std::string rows = "[";
  TRY(query::StreamSpans(
      engine, call.question.project, place, [&] { return std::optional(head.start); },
      [&](std::string_view piece) {
        rows += piece;
        return true;
      }));
  rows += ']';
  Arena arena;
  syntax::JsonDocument document;
  if (document.Parse(rows, arena) != syntax::JsonStatus::kOk)
    return Fail(ErrorCode::kLimitExceeded,
                "this trace has too many spans for this tool; ask with sql over the view spans");
  const auto offset = static_cast<size_t>(call.arguments.Integer("offset"));
  const auto limit = static_cast<size_t>(call.arguments.Integer("limit"));
  return TreePage(head.json, Tree(document.root()), offset, limit);
}

}  // namespace

Tool GetTraceTool() {
  Tool tool;
  tool.name = "get_trace";
  tool.title = "Read a trace";
  tool.description =
      "Shows one trace as a tree: every span with its kind, duration, model, tokens, cost and "
      "error, children below their parent. Prompts and answers are in get_span.";
  tool.arguments = {
      {.name = "trace_id", .meaning = "Trace id, 32 hexadecimal digits.", .is_required = true},
      {.name = "offset",
       .type = ArgumentType::kInteger,
       .meaning = "next_offset of the page before.",
       .otherwise = 0,
       .max = int64_t{1} << 31,
       .min = 0},
      {.name = "limit",
       .type = ArgumentType::kInteger,
       .meaning = "Spans of a page.",
       .otherwise = kMcpSpansDefault,
       .max = kMcpSpansMax}};
  tool.data_schema = kTraceSchema;
  tool.run = GetTrace;
  return tool;
}

}  // namespace vitrine::api::mcp
