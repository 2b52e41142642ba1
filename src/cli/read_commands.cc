#include "cli/read_commands.h"

#include <cstdio>

#include "cli/answer.h"
#include "cli/error_place.h"
#include "cli/list_pages.h"
#include "cli/output.h"
#include "cli/span_tree.h"
#include "cli/typed_time.h"
#include "net/http_types.h"

namespace vitrine::cli {

namespace {

using syntax::JsonValue;
using syntax::JsonWriter;
using Rows = std::vector<std::vector<std::string>>;

Result<std::string> SqlBody(const std::string& query, const std::vector<std::string>& params) {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Member("query", query).Key("params").BeginObject();
  for (const std::string& param : params) {
    const size_t equals = param.find('=');
    if (equals == std::string::npos || equals == 0)
      return Fail(ErrorCode::kInvalidInput, "--param " + param + ": write NAME=VALUE");
    json.Member(param.substr(0, equals), param.substr(equals + 1));
  }
  json.EndObject().EndObject();
  return body;
}

/// Headers behind `mark`, and the body as it is but for what could steer a terminal.
void PrintSide(JsonValue side, char mark) {
  for (const JsonValue header : side["headers"].Elements()) {
    std::printf("%c %s: %s\n", mark, Printable(header.At(0).text()).c_str(),
                Printable(header.At(1).text()).c_str());
  }
  std::printf("\n");
  const JsonValue left_out = side["left_out"];
  if (!left_out.is_nothing())
    std::printf("(body left out: %s)\n", Printable(left_out.text()).c_str());
  if (side["body_encoding"].text() == "base64") {
    std::printf("(%s bytes that are no text; --json has them)\n",
                std::string(side["body_size"].raw()).c_str());
    return;
  }
  const std::string_view body = side["body"].text();
  for (size_t at = 0; at < body.size();) {
    const size_t end = std::min(body.find('\n', at), body.size());
    std::printf("%s\n", Printable(body.substr(at, end - at)).c_str());
    at = end + 1;
  }
}

void PrintFindings(const char* title, JsonValue list, const char* last_column) {
  std::printf("%s: %zu\n", title, list.size());
  Rows rows = {{"  attribute", "scope", last_column, "spans"}};
  for (const JsonValue entry : list.Elements()) {
    rows.push_back({"  " + Cell(entry["key"]), Cell(entry["scope"]), Cell(entry[last_column]),
                    Cell(entry["count"])});
  }
  if (rows.size() > 1) PrintTable(rows, 3);
}

int PrintUnpriced(const ReadOptions& options, JsonValue models) {
  if (models.empty()) {
    std::fprintf(stderr, "every call has a price\n");
    return kExitOk;
  }
  auto client = ApiClient::Open(options.server);
  if (!client) return ReportError(client.error(), 0);
  TimeZone zone;
  if (const int code = ChooseZone(options.zone, *client, {.prints_times = true, .typed = {}}, zone);
      code != kExitOk) {
    return code;
  }
  Rows rows = {{"provider", "model", "last seen (" + zone.name() + ")", "calls"}};
  for (const JsonValue model : models.Elements()) {
    rows.push_back({Cell(model["provider"]), Cell(model["model"]),
                    ShownTime(model["last_seen"].text(), zone), Cell(model["calls"])});
  }
  PrintTable(rows, 3);
  return kExitOk;
}

}  // namespace

int RunSql(const ReadOptions& options, const std::string& query,
           const std::vector<std::string>& params) {
  auto request = SqlBody(query, params);
  if (!request) return ReportError(request.error(), 0);
  auto client = ApiClient::Open(options.server);
  if (!client) return ReportError(client.error(), 0);
  auto body = client->Post("/api/v1/sql", "application/json", *request);
  if (!body) {
    const int code = ReportError(body.error(), client->last_status());
    if (client->last_status() == 400) PointAt(query, body.error().message);
    return code;
  }
  Answer answer;
  answer.body = std::move(*body);
  if (answer.document.Parse(answer.body, answer.arena) != syntax::JsonStatus::kOk)
    return ReportError(answer.document.error(), 0);
  const JsonValue columns = answer.root()["columns"];
  if (options.jsonl) {
    for (const JsonValue row : answer.root()["rows"].Elements())
      PrintRowAsObject(columns, row, "name");
    return kExitOk;
  }
  if (PrintForPrograms(options, answer, "rows")) return kExitOk;
  Rows rows(1);
  for (const JsonValue column : columns.Elements()) rows[0].push_back(Cell(column["name"]));
  for (const JsonValue row : answer.root()["rows"].Elements()) {
    auto& cells = rows.emplace_back();
    for (const JsonValue cell : row.Elements()) cells.push_back(Cell(cell));
  }
  PrintTable(rows);
  return kExitOk;
}

int RunTraces(const ReadOptions& options, const TraceFilterOptions& filter) {
  const std::pair<const char*, const std::string*> texts[] = {
      {"filter", &filter.filter},   {"status", &filter.status},
      {"model", &filter.model},     {"service", &filter.service},
      {"user", &filter.user},       {"session", &filter.session},
      {"release", &filter.release}, {"environment", &filter.environment},
      {"kind", &filter.kind},       {"feature", &filter.feature}};
  ListShape shape;
  shape.path = "/api/v1/traces";
  shape.name = "traces";
  shape.head = {"trace", kStartColumn, "name", "user", "duration", "spans", "errors", "cost"};
  shape.first_number = 4;
  shape.cells = [](JsonValue trace, const TimeZone& zone) -> std::vector<std::string> {
    return {Cell(trace["trace_id"]),
            ShownTime(trace["start_time"].text(), zone),
            Cell(trace["name"]),
            Cell(trace["user_id"]),
            Duration(trace["duration_ns"]),
            Cell(trace["span_count"]),
            Cell(trace["error_count"]),
            Dollars(trace["cost_usd"])};
  };
  shape.filter = filter.filter;
  shape.range = {filter.from, filter.to};
  return PrintList(options, shape, FilterQuery(texts), filter.limit);
}

int RunTrace(const ReadOptions& options, const std::string& trace_id) {
  Answer answer;
  const int code = Ask(options, "/api/v1/traces/" + net::PercentEncode(trace_id), nullptr, answer);
  // A key says of which project it is.
  if (code == kExitNotFound && options.server.key.empty()) {
    std::fprintf(stderr, "asked of project %s; --project names another\n",
                 options.server.project.c_str());
  }
  if (code != kExitOk) return code;
  const JsonValue spans = answer.root()["spans"];
  if (options.jsonl) {
    for (const JsonValue row : spans["rows"].Elements()) PrintRowAsObject(spans["fields"], row);
    return kExitOk;
  }
  if (!PrintForPrograms(options, answer, "")) PrintSpanTree(spans, options.color);
  return kExitOk;
}

int RunExchange(const ReadOptions& options, const std::string& trace_id,
                const std::string& span_id) {
  Answer answer;
  const std::string target =
      "/api/v1/exchanges/" + net::PercentEncode(trace_id) + "/" + net::PercentEncode(span_id);
  const int code = Ask(options, target, nullptr, answer);
  if (code != kExitOk) return code;
  if (PrintForPrograms(options, answer, "pieces")) return kExitOk;
  const JsonValue request = answer.root()["request"], response = answer.root()["response"];
  std::printf("> %s %s\n", Printable(request["method"].text()).c_str(),
              Printable(request["url"].text()).c_str());
  PrintSide(request, '>');
  if (response["status"].is_nothing()) {
    std::printf("\n< no answer came\n");
    return kExitOk;
  }
  std::printf("\n< %s\n", std::string(response["status"].raw()).c_str());
  PrintSide(response, '<');
  return kExitOk;
}

int RunDoctor(const ReadOptions& options) {
  Answer answer;
  const int code = Ask(options, "/api/v1/doctor", nullptr, answer);
  if (code != kExitOk) return code;
  if (options.jsonl) {
    PrintForPrograms(options, answer, "unmapped");
    PrintForPrograms(options, answer, "quarantined");
  }
  if (PrintForPrograms(options, answer, "malformed")) return kExitOk;
  PrintFindings("attributes no rule maps (kept as sent)", answer.root()["unmapped"], "example");
  PrintFindings("malformed attributes (kept as sent)", answer.root()["malformed"], "reason");
  const JsonValue refused = answer.root()["quarantined"];
  std::printf("rows the engine refused (kept in the data folder, quarantine/): %zu\n",
              refused.size());
  Rows rows;
  for (const JsonValue row : refused.Elements())
    rows.push_back({"  " + Cell(row["table"]), Cell(row["row"]), Cell(row["reason"])});
  PrintTable(rows);
  std::printf("spans looked at, the newest: %s\n", Cell(answer.root()["spans_examined"]).c_str());
  return kExitOk;
}

int RunPrices(const ReadOptions& options, const std::string& words, bool unpriced) {
  Answer answer;
  const std::string target = unpriced ? std::string("/api/v1/prices?unpriced=1")
                                      : "/api/v1/prices?q=" + net::PercentEncode(words);
  const int code = Ask(options, target, nullptr, answer);
  if (code != kExitOk) return code;
  if (PrintForPrograms(options, answer, unpriced ? "unpriced" : "prices")) return kExitOk;
  if (unpriced) return PrintUnpriced(options, answer.root()["unpriced"]);
  Rows rows = {{"price_id", "tier", "input", "cache read", "output"}};
  for (const JsonValue row : answer.root()["prices"].Elements()) {
    const JsonValue rates = row["rates"];
    rows.push_back({Printable(row["price_id"].text()), Cell(row["tier"]), Dollars(rates["input"]),
                    Dollars(rates["cache_read"]), Dollars(rates["output"])});
  }
  if (rows.size() == 1) {
    std::fprintf(stderr, "no price is called that\n");
    return kExitOk;
  }
  PrintTable(rows, 2);
  std::fprintf(stderr, "%zu of %s rows; dollars per million tokens; other rates: --json\n",
               rows.size() - 1, Cell(answer.root()["total"]).c_str());
  return kExitOk;
}

}  // namespace vitrine::cli
