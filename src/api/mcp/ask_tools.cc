// query_metrics, sql, describe_schema: numbers over many rows, and what there is to ask for.
#include <algorithm>
#include <string>
#include <vector>

#include "api/limits.h"
#include "api/mcp/tool.h"
#include "base/arena.h"
#include "query/filter/filter_field.h"
#include "query/sql_door.h"
#include "query/view_columns.h"

namespace vitrine::api::mcp {
namespace {

using syntax::JsonValue;
using syntax::JsonWriter;

constexpr std::string_view kObjectSchema = R"({"type":"object"})";

constexpr std::string_view kSqlSchema =
    R"({"type":"object","properties":{"columns":{"type":"array","items":{"type":"object"}},)"
    R"("rows":{"type":"array","items":{"type":"array"}},"row_count":{"type":"integer"},)"
    R"("next_offset":{"type":["integer","null"]}},)"
    R"("required":["columns","rows","row_count","next_offset"]})";

// Metrics.

Result<std::string> MetricsBody(const ToolCall& call) {
  const Arguments& arguments = call.arguments;
  std::string body;
  JsonWriter json(body);
  json.BeginObject();
  for (const char* name : {"unit", "filter", "interval", "time_zone", "order"}) {
    if (arguments.Has(name)) json.Member(name, arguments.Text(name));
  }
  for (const char* name : {"measures", "group_by"}) {
    if (arguments.Has(name)) json.Key(name).Raw(arguments.Value(name).raw());
  }
  for (const char* name : {"from", "to"}) {
    TRY_ASSIGN(const std::string time, TimeArgument(call, name));
    if (!time.empty()) json.Member(name, time);
  }
  json.Member("top", arguments.Integer("top"));
  if (arguments.Has("compare_filter")) {
    json.Key("compare").BeginObject().Member("filter", arguments.Text("compare_filter"));
    json.EndObject();
  } else if (arguments.Bool("compare_previous")) {
    json.Member("compare", "previous");
  }
  json.EndObject();
  return body;
}

Result<ToolAnswer> QueryMetrics(const ToolCall& call) {
  TRY_ASSIGN(std::string body, MetricsBody(call));
  TRY_ASSIGN(std::string answer,
             AskRoute(call, {.route = "POST /api/v1/query", .body = std::move(body)}));
  if (answer.size() > kMcpAnswerBytesMax) {
    return Fail(ErrorCode::kLimitExceeded,
                "the answer is too long to read; ask for a longer interval, a lower top or fewer "
                "measures");
  }
  return ToolAnswer{std::move(answer), {}};
}

// SQL.

void WriteCell(JsonWriter& json, JsonValue cell) {
  if (cell.raw().size() <= kMcpValueBytesMax) {
    json.Raw(cell.raw());
  } else {
    json.String(Shortened(cell.is_string() ? cell.text() : cell.raw()));
  }
}

ToolAnswer SqlPage(const query::SqlAnswer& made, JsonValue rows, size_t offset, size_t limit) {
  ToolAnswer answer;
  JsonWriter json(answer.data);
  json.BeginObject().Key("columns").BeginArray();
  for (const query::SqlColumn& column : made.columns)
    json.BeginObject().Member("name", column.name).Member("type", column.type).EndObject();
  json.EndArray().Key("rows").BeginArray();
  size_t at = 0;
  for (const JsonValue row : rows.Elements()) {
    if (at >= offset + limit || (at > offset && answer.data.size() > kMcpAnswerBytesMax)) break;
    if (at++ < offset) continue;
    json.BeginArray();
    for (const JsonValue cell : row.Elements()) WriteCell(json, cell);
    json.EndArray();
  }
  json.EndArray().Member("row_count", rows.size());
  json.Member("next_offset", at < rows.size() ? std::optional(at) : std::nullopt).EndObject();
  return answer;
}

Result<ToolAnswer> Sql(const ToolCall& call) {
  query::SqlRequest request;
  request.project = call.question.project;
  request.query = call.arguments.Text("query");
  request.cancel = call.cancel;
  for (const auto [name, value] : call.arguments.Value("params").Members()) {
    TRY_ASSIGN(std::string text, query::SqlParamText(value.raw()));
    request.params.emplace_back(name, std::move(text));
  }
  TRY_ASSIGN(const query::SqlAnswer made, query::RunSql(call.routes.engine(), request));
  Arena arena;
  syntax::JsonDocument document;
  if (document.Parse(made.rows, arena) != syntax::JsonStatus::kOk)
    return Fail(ErrorCode::kLimitExceeded, "the answer is too large; add a LIMIT");
  return SqlPage(made, document.root(), static_cast<size_t>(call.arguments.Integer("offset")),
                 static_cast<size_t>(call.arguments.Integer("limit")));
}

// What there is.

struct ViewMeaning {
  std::string_view name, meaning;
};

constexpr ViewMeaning kViews[] = {
    {"spans", "Every unit of work as sent: model calls, tools, retrievals, agents, requests."},
    {"calls", "Counted model calls: every paid call once. Use this for tokens and cost."},
    {"traces", "One row a trace: sums and flags over its spans."},
    {"sessions", "One row a session: sums over its traces."},
    {"messages", "Message contents by hash; each distinct one once."},
    {"call_messages", "Which messages a call brought (input) and said (output), by hash."},
    {"tool_calls", "Tools that models asked for, with arguments and the span that ran them."},
    {"attachments", "Images, audio and files by hash."},
    {"token_timeline", "When each streamed piece of an answer came."},
    {"scores", "Quality scores and feedback by trace, span or session."},
    {"exchanges", "Raw HTTP requests and answers of calls through the gateway."},
    {"rollups", "Sums by minute and dimension, for quick totals."},
    {"ingest_ledger", "What came in through which door, and what was refused."},
    {"price_rows", "Prices of models."},
};

constexpr std::string_view kFilterHelp =
    "Terms joined by and (a blank), or, not, -term, parentheses. field:value is equal (wildcard "
    "*), "
    "field>number compares, field:a..b is a range, field:(a or b) any of them, has:field that it "
    "is "
    "known. A word or \"several words\" searches prompts and answers. In search_traces each term "
    "may "
    "be met by another span of the trace; {...} binds terms to one span, agent > "
    "tool{status:error} asks for a failing tool below an agent, llm.count>10 counts spans.";

void WriteFilterHelp(JsonWriter& json) {
  json.Member("filter", kFilterHelp).Key("filter_fields").BeginArray();
  for (const query::FilterField& field : query::FilterFields()) {
    json.BeginObject().Member("field", field.name).Member("meaning", field.meaning);
    json.Member("example", field.example);
    if (!field.values.empty()) {
      json.Key("values").BeginArray();
      for (const std::string_view value : field.values) json.String(value);
      json.EndArray();
    }
    json.EndObject();
  }
  json.EndArray();
}

Result<ToolAnswer> DescribeView(const ToolCall& call, const std::string& view) {
  TRY_ASSIGN(const auto lines, query::ViewColumns(call.routes.engine(), view));
  ToolAnswer answer;
  JsonWriter json(answer.data);
  json.BeginObject().Member("view", view).Key("columns").BeginArray();
  for (const std::string& line : lines) json.Raw(line);
  json.EndArray().EndObject();
  return answer;
}

Result<ToolAnswer> DescribeSchema(const ToolCall& call) {
  if (call.arguments.Has("view")) return DescribeView(call, call.arguments.Text("view"));
  ToolAnswer answer;
  JsonWriter json(answer.data);
  json.BeginObject();
  if (call.arguments.Text("topic") == "filter") {
    WriteFilterHelp(json);
    json.EndObject();
    return answer;
  }
  json.Key("views").BeginArray();
  const auto& views = query::ViewNames();
  for (const std::string& view : views) {
    const auto known = std::ranges::find(kViews, view, &ViewMeaning::name);
    json.BeginObject().Member("view", view);
    if (known != std::end(kViews)) json.Member("meaning", known->meaning);
    json.EndObject();
  }
  json.EndArray().Member("dialect", "ClickHouse SQL, one SELECT; the caller's project only");
  json.EndObject();
  return answer;
}

}  // namespace

Tool QueryMetricsTool() {
  Tool tool;
  tool.name = "query_metrics";
  tool.title = "Ask for numbers";
  tool.description =
      "Computes measures over calls, spans or traces: totals, by dimension, over time, against the "
      "time before. Measures: count, error_count, error_rate, rate, sum|avg|min|max|p50|p90|p95|p99"
      "(duration|ttft|tpot|input_tokens|output_tokens|total_tokens|cost_usd|score.NAME|...), "
      "cache_hit_rate, users, sessions, traces, tool_success_rate; formulas with + - * /. "
      "Dimensions: model, provider, service, environment, release, feature, user, session, kind, "
      "status, error_type, name, tool_name, agent_name, prompt, attr.KEY, score.NAME and more. "
      "Durations are nanoseconds, money is decimal text in US dollars, null is unknown.";
  tool.arguments = {
      {.name = "measures",
       .type = ArgumentType::kTexts,
       .meaning = "What to compute: [\"count\",\"p95(duration)\",\"sum(cost_usd)/count\"].",
       .is_required = true},
      {.name = "unit",
       .meaning = "What is counted; calls unless said.",
       .choices = {"calls", "spans", "traces"}},
      {.name = "filter", .meaning = "Filter text; describe_schema with topic=filter explains it."},
      {.name = "group_by", .type = ArgumentType::kTexts, .meaning = "Dimensions: [\"model\"]."},
      {.name = "from",
       .meaning = "Started at or after: a time, a day, or an age such as 24h; 24h unless said."},
      {.name = "to", .meaning = "Started before."},
      {.name = "interval", .meaning = "Series over time: auto, 1m, 15m, 1h, 1d or month."},
      {.name = "time_zone", .meaning = "Of days and months: Europe/Berlin. UTC unless said."},
      {.name = "top",
       .type = ArgumentType::kInteger,
       .meaning = "Groups that are told; the rest is one group.",
       .otherwise = 10,
       .max = 100},
      {.name = "order",
       .meaning = "The measure by which groups are ranked; the first unless said."},
      {.name = "compare_previous",
       .type = ArgumentType::kBool,
       .meaning = "Also the same for the time before, of the same length."},
      {.name = "compare_filter", .meaning = "Also the same for what meets this filter instead."}};
  tool.data_schema = kObjectSchema;
  tool.run = QueryMetrics;
  tool.route = "POST /api/v1/query";
  return tool;
}

Tool SqlTool() {
  Tool tool;
  tool.name = "sql";
  tool.title = "Ask in SQL";
  tool.description =
      "Runs one read-only SELECT (ClickHouse SQL) over the public views of this project; "
      "describe_schema lists views and columns. At most 10 s. Values longer than 2,000 bytes are "
      "cut and say so: take substring() for the rest. Pages run the statement again, so give it an "
      "ORDER BY.";
  tool.arguments = {
      {.name = "query",
       .meaning = "SELECT request_model, count(), sum(cost_usd) FROM calls GROUP BY 1 ORDER BY 2 "
                  "DESC",
       .is_required = true},
      {.name = "params",
       .type = ArgumentType::kObject,
       .meaning = "Values of {name:Type} in the query: {\"user\":\"ann\"}."},
      {.name = "limit",
       .type = ArgumentType::kInteger,
       .meaning = "Rows of a page.",
       .otherwise = kMcpSqlRowsDefault,
       .max = kMcpSqlRowsMax},
      {.name = "offset",
       .type = ArgumentType::kInteger,
       .meaning = "next_offset of the page before.",
       .max = int64_t{1} << 31,
       .min = 0}};
  tool.data_schema = kSqlSchema;
  tool.run = Sql;
  return tool;
}

Tool DescribeSchemaTool() {
  Tool tool;
  tool.name = "describe_schema";
  tool.title = "Describe what can be asked";
  tool.description =
      "Lists the views that sql reads, or the columns of one with their types, or explains the "
      "filter text of the other tools.";
  tool.arguments = {{.name = "view", .meaning = "A view: its columns are listed."},
                    {.name = "topic",
                     .meaning = "views, or filter for the filter text alone.",
                     .choices = {"views", "filter"}}};
  tool.data_schema = kObjectSchema;
  tool.run = DescribeSchema;
  return tool;
}

}  // namespace vitrine::api::mcp
