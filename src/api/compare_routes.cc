// Two traces side by side, and which traces began like one.
#include "api/internal/list_parameters.h"
#include "api/internal/routes.h"
#include "query/similar_traces.h"
#include "query/trace_diff.h"
#include "syntax/json/json_writer.h"

namespace vitrine::api {

namespace {

/// How many similar traces are answered when the caller does not say: a list one can read.
constexpr uint32_t kSimilarDefault = 20;

Result<TraceId> TraceOf(const Question& question, std::string_view name) {
  const auto id = TraceId::FromHex(question.request.PathParam(name));
  if (!id) return Fail(ErrorCode::kInvalidInput, "a trace id has 32 hexadecimal digits");
  return *id;
}

Result<net::HttpResponse> Diff(const Routes& routes, const Question& question) {
  TRY_ASSIGN(const TraceId a, TraceOf(question, "trace_id"));
  TRY_ASSIGN(const TraceId b, TraceOf(question, "other_id"));
  TRY_ASSIGN(const query::TraceDiff diff,
             query::DiffTraces(routes.engine(), question.project, a, b));
  std::string text;
  syntax::JsonWriter json(text);
  json.BeginObject().Key("steps").BeginArray();
  for (const std::string& step : diff.steps) json.Raw(step);
  json.EndArray().Member("first_divergence", diff.first_divergence);
  json.Member("elapsed_ms", question.elapsed_ms()).EndObject();
  return JsonAnswer(std::move(text));
}

Result<net::HttpResponse> Similar(const Routes& routes, const Question& question) {
  TRY_ASSIGN(const TraceId id, TraceOf(question, "trace_id"));
  TRY_ASSIGN(const uint32_t limit,
             QueryNumber(question.request, "limit", kSimilarDefault, query::kSimilarTracesMax));
  TRY_ASSIGN(const auto rows,
             query::ListSimilarTraces(routes.engine(), question.project, id, limit));
  std::string text;
  syntax::JsonWriter json(text);
  json.BeginObject().Key("traces").BeginArray();
  for (const std::string& row : rows) json.Raw(row);
  json.EndArray().Member("elapsed_ms", question.elapsed_ms()).EndObject();
  return JsonAnswer(std::move(text));
}

}  // namespace

void AddCompareRoutes(Routes& routes) {
  routes.Ask("GET", "/api/v1/traces/{trace_id}/diff/{other_id}", {},
             [&routes](const Question& question) { return Diff(routes, question); });
  routes.Ask("GET", "/api/v1/traces/{trace_id}/similar", {"limit"},
             [&routes](const Question& question) { return Similar(routes, question); });
}

}  // namespace vitrine::api
