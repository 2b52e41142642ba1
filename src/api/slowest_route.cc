// GET /api/v1/traces/slowest: where the slowest traces spend their time.
#include "api/internal/list_parameters.h"
#include "api/internal/routes.h"
#include "query/limits.h"
#include "query/slowest_traces.h"
#include "syntax/json/json_writer.h"

namespace vitrine::api {
namespace {

using query::PathLine;
using query::SlowestReport;
using syntax::JsonWriter;

/// One percent, when the caller does not say.
constexpr uint32_t kPerMilleDefault = 10;

/// Null where there is nothing that it could be a share of.
std::optional<double> ShareOf(int64_t part, int64_t whole) {
  if (whole <= 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

void AddLine(JsonWriter& json, const PathLine& line, const SlowestReport& report, bool has_name) {
  json.BeginObject().Key("stage");
  line.stage.empty() ? json.Null() : json.String(line.stage);
  if (has_name) json.Member("name", line.name).Member("kind", line.kind);
  json.Member("time_ns", line.slowest_ns)
      .Member("share", ShareOf(line.slowest_ns, report.slowest_ns))
      .Member("usual_share", ShareOf(line.usual_ns, report.usual_ns))
      .Member("trace_count", line.slowest_traces)
      .Member("usual_trace_count", line.usual_traces)
      .Key("longest_trace_id");
  line.longest_ns > 0 ? json.String(line.longest_trace.ToHex()) : json.Null();
  json.Member("longest_ns", line.longest_ns).EndObject();
}

void AddLines(JsonWriter& json, std::string_view key, const std::vector<PathLine>& lines,
              const SlowestReport& report, bool has_name) {
  json.Key(key).BeginArray();
  for (const PathLine& line : lines) AddLine(json, line, report, has_name);
  json.EndArray();
}

Result<net::HttpResponse> Slowest(const Routes& routes, const Question& question) {
  query::SlowestRequest request;
  TRY_ASSIGN(request.filter, TraceFilterOf(question));
  if (auto refusal = TakeExpression(question, query::FilterUnit::kTraces, request.filter))
    return *std::move(refusal);
  TRY_ASSIGN(request.per_mille, QueryNumber(question.request, "per_mille", kPerMilleDefault,
                                            query::kSlowestPerMilleMax));
  TRY_ASSIGN(const SlowestReport report, query::FindSlowest(routes.engine(), request));
  std::string text;
  JsonWriter json(text);
  json.BeginObject()
      .Member("trace_count", report.trace_count)
      .Member("slowest_count", report.slowest_count)
      .Member("slowest_read", report.slowest_read)
      .Member("usual_read", report.usual_read)
      .Member("least_duration_ns", report.least_duration_ns)
      .Member("median_duration_ns", report.median_duration_ns)
      .Member("path_ns", report.slowest_ns);
  AddLines(json, "stages", report.stages, report, false);
  AddLines(json, "names", report.names, report, true);
  json.Member("name_count", report.name_count).Key("traces").BeginArray();
  for (const TraceId& trace : report.traces) json.String(trace.ToHex());
  json.EndArray().Member("elapsed_ms", question.elapsed_ms()).EndObject();
  return JsonAnswer(std::move(text));
}

}  // namespace

void AddSlowestRoute(Routes& routes) {
  routes.Ask("GET", "/api/v1/traces/slowest", TraceParametersAnd({"per_mille"}),
             [&routes](const Question& question) { return Slowest(routes, question); });
}

}  // namespace vitrine::api
