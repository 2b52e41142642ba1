#include "query/metrics/analysis_request.h"

#include "base/arena.h"
#include "query/limits.h"

namespace vitrine::query {
namespace {

using syntax::JsonValue;

std::unexpected<Error> Wrong(std::string message) {
  return Fail(ErrorCode::kInvalidInput, std::move(message));
}

/// What both have: unit, from, to, filter.
template <typename Request>
Result<void> ReadScope(const JsonValue& root, const CallFilter& terms, Nanos now, Request& request,
                       std::string& filter) {
  TRY_ASSIGN(request.unit, ParseMetricsUnit(root["unit"]));
  TRY(CheckTerms(terms, request.unit));
  request.scope.filter = terms;
  TRY_ASSIGN(request.scope.range, ParseTimeRange(root, now));
  if (!root["filter"].is_nothing() && !root["filter"].is_string())
    return Wrong("filter: is a text like \"model:gpt-4o\"");
  filter = root["filter"].text();
  return {};
}

Result<uint32_t> ReadSize(const JsonValue& value, const char* name, uint32_t otherwise,
                          uint32_t max) {
  if (value.is_nothing()) return otherwise;
  const auto size = value.AsInt();
  if (!size || *size < 1 || *size > max)
    return Wrong(std::string(name) + ": is a whole number from 1 to " + std::to_string(max));
  return static_cast<uint32_t>(*size);
}

}  // namespace

Result<DifferenceRequest> ParseDifference(std::string_view body, const CallFilter& terms, Nanos now,
                                          std::string& filter, std::string& selection) {
  Arena arena;
  syntax::JsonDocument document;
  TRY(ParseBody(body, "{\"filter\":\"kind:llm\",\"selection\":\"status:error\"}", arena, document));
  const JsonValue root = document.root();
  TRY(CheckMembers(root, "unit, filter, selection, from, to"));
  DifferenceRequest request;
  TRY(ReadScope(root, terms, now, request, filter));
  if (root["selection"].text().empty())
    return Wrong("selection: is the filter of the part that stands out, like \"status:error\"");
  selection = root["selection"].text();
  return request;
}

Result<HeatmapRequest> ParseHeatmap(std::string_view body, const CallFilter& terms, Nanos now,
                                    std::string& filter) {
  Arena arena;
  syntax::JsonDocument document;
  TRY(ParseBody(body, "{\"measure\":\"duration\"}", arena, document));
  const JsonValue root = document.root();
  TRY(CheckMembers(root, "unit, filter, measure, columns, rows, from, to"));
  HeatmapRequest request;
  TRY(ReadScope(root, terms, now, request, filter));
  // The parser of measures knows the numbers, and says which there are.
  TRY_ASSIGN(const Formula formula,
             ParseFormula("max(" + std::string(root["measure"].text()) + ")"));
  if (formula.nodes.size() != 1) return Wrong("measure: is one number, like duration");
  request.value = formula.nodes[0].leaf;
  TRY_ASSIGN(request.columns, ReadSize(root["columns"], "columns", 120, kHeatmapColumnsMax));
  TRY_ASSIGN(request.rows, ReadSize(root["rows"], "rows", 40, kHeatmapRowsMax));
  return request;
}

}  // namespace vitrine::query
