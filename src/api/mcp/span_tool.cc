// get_span: one span with its messages, as much of them as fits, page by page.
#include <string>
#include <vector>

#include "api/limits.h"
#include "api/mcp/tool.h"
#include "base/arena.h"

namespace vitrine::api::mcp {
namespace {

using syntax::JsonValue;
using syntax::JsonWriter;

constexpr std::string_view kSpanSchema =
    R"({"type":"object","properties":{"span":{"type":"object"},"attributes":{"type":"array",)"
    R"("items":{"type":"object"}},"tools":{"type":"array","items":{"type":"string"}},)"
    R"("messages":{"type":"array","items":{"type":"object"}},"message_count":{"type":"integer"},)"
    R"("next":{"type":["object","null"],"properties":{"message_offset":{"type":"integer"},)"
    R"("text_offset":{"type":"integer"}}}},)"
    R"("required":["span","messages","message_count","next"]})";

/// Members that are told in another way, or mean nothing outside.
constexpr std::string_view kNotPlain[] = {"project",
                                          "attributes",
                                          "resource",
                                          "input_messages",
                                          "output_messages",
                                          "tool_definitions",
                                          "input_hashes",
                                          "output_hashes",
                                          "output_choices",
                                          "timeline",
                                          "tool_definition_hashes",
                                          "input_new_from"};

struct Listed {
  const char* direction;
  JsonValue message;
};

/// Messages in their order: what is new in this call, or its whole history.
std::vector<Listed> MessagesOf(JsonValue span, bool with_history) {
  std::vector<Listed> messages;
  for (const JsonValue message : span["input_messages"].Elements()) {
    if (with_history || message["is_new"].AsBool().value_or(true))
      messages.push_back({"input", message});
  }
  for (const JsonValue message : span["output_messages"].Elements())
    messages.push_back({"output", message});
  return messages;
}

void WritePlainMembers(JsonWriter& json, JsonValue span) {
  std::string kept;
  JsonWriter plain(kept);
  plain.BeginObject();
  for (const auto [key, value] : span.Members()) {
    bool is_plain = true;
    for (const std::string_view other : kNotPlain) is_plain = is_plain && key != other;
    if (is_plain) plain.Key(key).Raw(value.raw());
  }
  plain.EndObject();
  Arena arena;
  syntax::JsonDocument document;
  document.Parse(kept, arena);
  WriteKnown(json.Key("span"), document.root());
}

void WriteAttributes(JsonWriter& json, JsonValue span) {
  json.Key("attributes").BeginArray();
  for (const char* place : {"attributes", "resource"}) {
    for (const JsonValue attribute : span[place].Elements()) {
      const JsonValue value = attribute["value"];
      json.BeginObject().Member("in", place == std::string_view("resource") ? "resource" : "span");
      json.Member("key", attribute["key"].text()).Key("value");
      if (value.is_string() || value.raw().size() > kMcpValueBytesMax) {
        json.String(Shortened(value.is_string() ? value.text() : value.raw()));
      } else {
        json.Raw(value.raw());
      }
      json.EndObject();
    }
  }
  json.EndArray();
}

void WriteTools(JsonWriter& json, JsonValue span) {
  json.Key("tools").BeginArray();
  for (const JsonValue definition : span["tool_definitions"].Elements())
    json.String(definition["name"].text());
  json.EndArray();
}

struct Place {
  size_t message = 0, text = 0;
};

/// Writes messages from `from` on until `bytes` are used up; the last one may be cut. Returns where
/// to go on.
std::optional<Place> WriteMessages(JsonWriter& json, const std::vector<Listed>& messages,
                                   Place from, size_t bytes) {
  for (size_t i = from.message; i < messages.size(); ++i) {
    const std::string_view parts = messages[i].message["parts"].raw();
    const size_t begin = i == from.message ? std::min(from.text, parts.size()) : 0;
    const std::string_view rest = parts.substr(begin);
    const size_t end = CutAt(rest, bytes);
    // A short piece of the next message is worth less than the question for it costs.
    if (i > from.message && end < rest.size()) return Place{i, 0};
    json.BeginObject().Member("direction", messages[i].direction).Member("index", i);
    for (const char* key : {"role", "name", "finish_reason", "missing"}) {
      const JsonValue value = messages[i].message[key];
      if (!value.is_nothing()) json.Key(key).Raw(value.raw());
    }
    if (begin == 0 && end == rest.size()) {
      json.Key("parts").Raw(rest).EndObject();
    } else {
      json.Member("parts_text", rest.substr(0, end)).Member("text_offset", begin);
      json.Member("text_bytes", parts.size()).EndObject();
    }
    if (end < rest.size()) return Place{i, begin + end};
    bytes -= end;
  }
  return std::nullopt;
}

Result<ToolAnswer> GetSpan(const ToolCall& call) {
  const Arguments& arguments = call.arguments;
  TRY_ASSIGN(const std::string body,
             AskRoute(call, {.route = "GET /api/v1/spans/{trace_id}/{span_id}",
                             .path_params = {{"trace_id", arguments.Text("trace_id")},
                                             {"span_id", arguments.Text("span_id")}}}));
  Arena arena;
  syntax::JsonDocument document;
  if (document.Parse(body, arena) != syntax::JsonStatus::kOk)
    return Fail(ErrorCode::kLimitExceeded, "this span is too large for this tool");
  const JsonValue span = document.root();
  const auto messages = MessagesOf(span, arguments.Bool("history"));
  const Place from = {static_cast<size_t>(arguments.Integer("message_offset")),
                      static_cast<size_t>(arguments.Integer("text_offset"))};
  ToolAnswer answer;
  JsonWriter json(answer.data);
  json.BeginObject();
  WritePlainMembers(json, span);
  // Of the first page only: they are the same on every one.
  if (from.message == 0 && from.text == 0) {
    WriteAttributes(json, span);
    WriteTools(json, span);
  }
  json.Key("messages").BeginArray();
  const auto next =
      WriteMessages(json, messages, from, static_cast<size_t>(arguments.Integer("content_bytes")));
  json.EndArray().Member("message_count", messages.size()).Key("next");
  if (next) {
    json.BeginObject().Member("message_offset", next->message);
    json.Member("text_offset", next->text).EndObject();
  } else {
    json.Null();
  }
  json.EndObject();
  return answer;
}

}  // namespace

Tool GetSpanTool() {
  Tool tool;
  tool.name = "get_span";
  tool.title = "Read a span";
  tool.description =
      "Shows one span with its prompt and answer: the messages that are new in this call (history="
      "true: the whole conversation as it was sent), tool calls, documents, attributes, timing, "
      "tokens and cost. Long content comes in pieces: ask again with the values of next.";
  tool.arguments = {
      {.name = "trace_id", .meaning = "Trace id, 32 hexadecimal digits.", .is_required = true},
      {.name = "span_id", .meaning = "Span id, 16 hexadecimal digits.", .is_required = true},
      {.name = "history",
       .type = ArgumentType::kBool,
       .meaning = "Also messages that earlier calls of the conversation brought."},
      {.name = "message_offset",
       .type = ArgumentType::kInteger,
       .meaning = "next.message_offset of the answer before.",
       .max = int64_t{1} << 31,
       .min = 0},
      {.name = "text_offset",
       .type = ArgumentType::kInteger,
       .meaning = "next.text_offset of the answer before.",
       .max = int64_t{1} << 31,
       .min = 0},
      {.name = "content_bytes",
       .type = ArgumentType::kInteger,
       .meaning = "Bytes of messages in one answer.",
       .otherwise = kMcpContentBytesDefault,
       .max = kMcpContentBytesMax,
       .min = 1'000}};
  tool.data_schema = kSpanSchema;
  tool.run = GetSpan;
  return tool;
}

}  // namespace vitrine::api::mcp
