// POST /api/v1/difference and /api/v1/heatmap.
#include "api/internal/list_parameters.h"
#include "api/internal/metrics_parameters.h"
#include "api/internal/routes.h"
#include "query/metrics/analysis_request.h"
#include "syntax/json/json_writer.h"

namespace vitrine::api {
namespace {

using syntax::JsonWriter;

Result<net::HttpResponse> Difference(const Routes& routes, const Question& question) {
  TRY_ASSIGN(const query::CallFilter terms, CallFilterOf(question));
  std::string filter, selection;
  TRY_ASSIGN(
      query::DifferenceRequest request,
      query::ParseDifference(*question.request.body, terms, question.now, filter, selection));
  if (auto refusal = TakeFilter(question, filter, request.unit, request.scope.filter.expression))
    return *std::move(refusal);
  if (auto refusal = TakeFilter(question, selection, request.unit, request.selection))
    return *std::move(refusal);
  TRY_ASSIGN(const query::DifferenceReport report,
             query::FindDifference(routes.engine(), std::move(request)));
  std::string body;
  JsonWriter json(body);
  json.BeginObject()
      .Member("selected_count", report.selected_count)
      .Member("other_count", report.other_count)
      .Member("sampling", report.sampling)
      .Member("selected_sampling", report.selected_sampling)
      .Member("attribute_sampling", report.attribute_sampling);
  json.Key("dimensions").BeginArray();
  for (const query::DifferingValue& value : report.values) {
    json.BeginObject()
        .Member("dimension", value.dimension)
        .Member("value", value.value)
        .Member("selected_share", value.selected_share)
        .Member("other_share", value.other_share)
        .Member("selected_count", value.selected_count)
        .Member("other_count", value.other_count)
        .Member("score", value.score)
        .EndObject();
  }
  json.EndArray().Member("elapsed_ms", question.elapsed_ms()).EndObject();
  return JsonAnswer(std::move(body));
}

Result<net::HttpResponse> HeatmapAnswer(const Routes& routes, const Question& question) {
  TRY_ASSIGN(const query::CallFilter terms, CallFilterOf(question));
  std::string filter;
  TRY_ASSIGN(query::HeatmapRequest request,
             query::ParseHeatmap(*question.request.body, terms, question.now, filter));
  if (auto refusal = TakeFilter(question, filter, request.unit, request.scope.filter.expression))
    return *std::move(refusal);
  TRY_ASSIGN(const query::Heatmap heatmap, query::AskHeatmap(routes.engine(), std::move(request)));
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("buckets").BeginArray();
  for (const Nanos bucket : heatmap.buckets) json.String(FormatRfc3339(bucket));
  json.EndArray().Key("bounds").BeginArray();
  for (const double bound : heatmap.bounds) json.Double(bound);
  json.EndArray().Key("counts").BeginArray();
  for (const auto& column : heatmap.counts) {
    json.BeginArray();
    for (const uint64_t count : column) json.Uint(count);
    json.EndArray();
  }
  json.EndArray().Member("elapsed_ms", question.elapsed_ms()).EndObject();
  return JsonAnswer(std::move(body));
}

}  // namespace

void AddAnalysisRoutes(Routes& routes) {
  routes.Ask("POST", "/api/v1/difference", TermParameters(),
             [&routes](const Question& question) { return Difference(routes, question); });
  routes.Ask("POST", "/api/v1/heatmap", TermParameters(),
             [&routes](const Question& question) { return HeatmapAnswer(routes, question); });
}

}  // namespace vitrine::api
