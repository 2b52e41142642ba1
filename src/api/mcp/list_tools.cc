// search_traces, list_calls, list_sessions: one page of a list, without what is unknown.
#include <initializer_list>

#include "api/limits.h"
#include "api/mcp/tool.h"
#include "base/arena.h"

namespace vitrine::api::mcp {
namespace {

using syntax::JsonValue;
using syntax::JsonWriter;

constexpr std::string_view kPageSchema =
    R"({"type":"object","properties":{"rows":{"type":"array","items":{"type":"object"}},)"
    R"("next_cursor":{"type":["string","null"]}},"required":["rows","next_cursor"]})";

constexpr Argument kFilter = {
    .name = "filter",
    .meaning =
        "Filter text. Terms are joined by and; also or, not, -term, parentheses, wildcards *, "
        "ranges field:a..b. Example: model:gpt-4o* cost_usd>0.05 duration>5s -status:error "
        "\"refund policy\". describe_schema with topic=filter explains it."};
constexpr Argument kFrom = {
    .name = "from",
    .meaning =
        "Started at or after: 2026-11-21T10:00:00Z, 2026-11-21, or an age such as 15m, 24h, "
        "7d."};
constexpr Argument kTo = {.name = "to", .meaning = "Started before; the same forms as from."};
constexpr Argument kWords = {.name = "words", .meaning = "Words in prompts and answers."};
constexpr Argument kCursor = {
    .name = "cursor", .meaning = "next_cursor of the page before, with the same other arguments."};
constexpr Argument kLimit = {.name = "limit",
                             .type = ArgumentType::kInteger,
                             .meaning = "Rows of a page.",
                             .otherwise = kMcpRowsDefault,
                             .max = kMcpRowsMax};

Argument Equal(std::string_view name, std::string_view meaning) {
  return {.name = name, .meaning = meaning};
}

Argument Status() {
  return {
      .name = "status", .meaning = "Only failed ones, or only others.", .choices = {"ok", "error"}};
}

/// The query of a list's route: arguments as they are, times as moments, words as `q`.
Result<net::HttpPairs> ListQuery(const ToolCall& call, const std::vector<Argument>& arguments) {
  net::HttpPairs query;
  for (const Argument& argument : arguments) {
    const std::string name(argument.name);
    if (argument.type == ArgumentType::kInteger) {
      query.emplace_back(name, std::to_string(call.arguments.Integer(name)));
    } else if (name == "from" || name == "to") {
      TRY_ASSIGN(std::string time, TimeArgument(call, name));
      if (!time.empty()) query.emplace_back(name, std::move(time));
    } else if (std::string text = call.arguments.Text(name); !text.empty()) {
      query.emplace_back(name == "words" ? "q" : name, std::move(text));
    }
  }
  return query;
}

/// Asks the list's route and tells its rows.
Result<ToolAnswer> Page(const ToolCall& call, const std::vector<Argument>& arguments,
                        std::string route, std::string_view member) {
  TRY_ASSIGN(net::HttpPairs query, ListQuery(call, arguments));
  TRY_ASSIGN(const std::string body,
             AskRoute(call, {.route = std::move(route), .query = std::move(query)}));
  Arena arena;
  syntax::JsonDocument document;
  if (document.Parse(body, arena) != syntax::JsonStatus::kOk)
    return Fail(ErrorCode::kInternal, "the list is no JSON");
  ToolAnswer answer;
  JsonWriter json(answer.data);
  json.BeginObject().Key("rows").BeginArray();
  for (const JsonValue row : document.root()[member].Elements()) WriteKnown(json, row);
  const JsonValue next = document.root()["next_cursor"];
  json.EndArray().Key("next_cursor").Raw(next.is_nothing() ? "null" : next.raw()).EndObject();
  return answer;
}

Tool ListTool(Tool tool, std::string route, std::string_view member) {
  tool.data_schema = kPageSchema;
  tool.run = [arguments = tool.arguments, route = std::move(route), member](const ToolCall& call) {
    return Page(call, arguments, route, member);
  };
  return tool;
}

}  // namespace

Tool SearchTracesTool() {
  Tool tool;
  tool.name = "search_traces";
  tool.title = "Search traces";
  tool.description =
      "Lists traces (one run of an application, an agent or a request: a tree of spans), newest "
      "first, with their duration, errors, models, tokens, cost and the beginning of input and "
      "output. Start here to find what went wrong or was slow or dear; then get_trace shows one.";
  tool.arguments = {kFilter,
                    kWords,
                    kFrom,
                    kTo,
                    Status(),
                    Equal("model", "A model that one of its calls used."),
                    Equal("service", "A service that one of its spans is from."),
                    Equal("user", "User id."),
                    Equal("session", "Session or conversation id."),
                    Equal("environment", "Environment."),
                    Equal("release", "Release."),
                    Equal("feature", "Feature."),
                    kLimit,
                    kCursor};
  return ListTool(std::move(tool), "GET /api/v1/traces", "traces");
}

Tool ListCallsTool() {
  Tool tool;
  tool.name = "list_calls";
  tool.title = "List model calls";
  tool.description =
      "Lists single calls of language, embedding and rerank models, newest first, with model, "
      "status, latency, time to the first token, tokens and cost. Each paid call is there once. "
      "get_span shows prompt and answer of one.";
  tool.arguments = {kFilter,
                    kWords,
                    kFrom,
                    kTo,
                    Status(),
                    Equal("error_type",
                          "How it failed: rate_limit, timeout, provider_5xx, "
                          "invalid_request, auth, content_filter, connection, "
                          "cancelled, partial, other."),
                    Equal("model", "Requested or answering model."),
                    Equal("provider", "Provider, such as openai or anthropic."),
                    Equal("service", "Service."),
                    Equal("user", "User id."),
                    Equal("session", "Session or conversation id."),
                    Equal("environment", "Environment."),
                    Equal("release", "Release."),
                    Equal("feature", "Feature."),
                    kLimit,
                    kCursor};
  return ListTool(std::move(tool), "GET /api/v1/calls", "calls");
}

Tool ListSessionsTool() {
  Tool tool;
  tool.name = "list_sessions";
  tool.title = "List sessions";
  tool.description =
      "Lists sessions (conversations of one user over several traces), newest first, with turns, "
      "errors, tokens, cost and first bad turn. search_traces with session=ID shows the traces of "
      "one.";
  tool.arguments = {kFilter, kFrom, kTo, kLimit, kCursor};
  tool.route = "GET /api/v1/sessions";
  return ListTool(std::move(tool), "GET /api/v1/sessions", "sessions");
}

}  // namespace vitrine::api::mcp
