#include "services/boards/internal/panel.h"

#include <algorithm>
#include <array>

#include "query/filter/filter_reader.h"
#include "services/boards/internal/body.h"
#include "services/boards/limits.h"

namespace vitrine::boards {
namespace {

using query::MetricsRequest;
using syntax::JsonValue;

constexpr std::array<std::string_view, 5> kCharts = {"number", "line", "bar", "table", "heatmap"};
// What the whole dashboard says, so that its panels are about the same time.
constexpr std::array<std::string_view, 3> kOfTheDashboard = {"from", "to", "time_zone"};

Error Within(const std::string& place, Error error) {
  error.message = place + ": " + error.message;
  return error;
}

/// What a chart can show of an answer.
Result<void> CheckChart(const std::string& chart, const MetricsRequest& request) {
  const auto is_histogram = [](const query::Measure& m) { return m.formula.is_histogram(); };
  const size_t measures = request.measures.size();
  if (chart == "heatmap") {
    if (measures != 1 || !is_histogram(request.measures[0]) || !request.group_by.empty())
      return Wrong("a heatmap shows one measure like histogram(duration), not grouped");
    if (request.compare != MetricsRequest::Compare::kNone)
      return Wrong("a heatmap compares with nothing; leave compare out");
    return {};
  }
  if (std::ranges::any_of(request.measures, is_histogram))
    return Wrong("histograms are shown by the chart heatmap alone");
  if (chart == "number" && (measures != 1 || !request.group_by.empty()))
    return Wrong("the chart number shows one measure, not grouped");
  if (chart == "bar" && (measures != 1 || request.group_by.empty()))
    return Wrong("the chart bar shows one measure for each group; say group_by");
  if (chart == "line" && measures != 1 && !request.group_by.empty())
    return Wrong("lines are of one measure by group, or of several measures without groups");
  return {};
}

Result<void> CheckFilters(const MetricsRequest& request, const std::string& place) {
  TRY(CheckFilter(request.filter_text, request.unit, place + ".filter"));
  if (!request.compare_filter_text) return {};
  return CheckFilter(*request.compare_filter_text, request.unit, place + ".compare.filter");
}

Result<void> ReadQuery(const JsonValue& value, const std::string& place, Panel& panel) {
  if (!value.is_object())
    return Wrong(place +
                 ": is a question like {\"measures\":[\"count\"],\"group_by\":[\"model\"]}");
  for (const std::string_view name : kOfTheDashboard) {
    if (value.Has(name)) {
      return Wrong(place + ": " + std::string(name) +
                   " is left out: the page says the time, and the project its time zone");
    }
  }
  syntax::AppendJson(panel.query, value);
  auto request = query::ParseMetricsRequest(panel.query, {}, {});
  if (!request) return std::unexpected(Within(place, std::move(request).error()));
  if (auto fits = CheckChart(panel.chart, *request); !fits)
    return std::unexpected(Within(place, std::move(fits).error()));
  panel.unit = request->unit;
  return CheckFilters(*request, place);
}

bool IsPanelId(std::string_view id) {
  constexpr size_t kSizeMax = 32;
  return !id.empty() && id.size() <= kSizeMax && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

}  // namespace

Result<void> CheckFilter(std::string_view text, query::MetricsUnit unit, const std::string& name) {
  const auto read = query::ReadFilter(text, query::FilterUnitOf(unit));
  if (read) return {};
  const query::FilterProblem& problem = read.error();
  std::string message = name + ": " + problem.message + " (bytes " + std::to_string(problem.from) +
                        " to " + std::to_string(problem.to) + ")";
  if (!problem.suggestion.empty()) message += "; did you mean " + problem.suggestion + "?";
  return Wrong(std::move(message));
}

Result<Panel> ReadPanel(const JsonValue& value, const std::string& place) {
  if (!value.is_object()) return Wrong(place + ": is an object with title, chart and query");
  TRY(CheckMembers(value, place + ": ", "id, title, chart, query, x, y, w, h"));
  Panel panel;
  TRY_ASSIGN(panel.title,
             ReadText(value["title"],
                      {.name = place + ".title", .size_max = kNameSizeMax, .may_be_empty = true}));
  panel.chart = value["chart"].text();
  if (std::ranges::find(kCharts, panel.chart) == kCharts.end())
    return Wrong(place + ".chart: is number, line, bar, table or heatmap");
  panel.id = value["id"].text();
  if (!value["id"].is_nothing() && !IsPanelId(panel.id))
    return Wrong(place + ".id: is 1 to 32 letters, digits, '-' or '_'");
  TRY_ASSIGN(panel.w, ReadNumber(value["w"], {place + ".w", 1, kGridColumns}));
  TRY_ASSIGN(panel.x, ReadNumber(value["x"], {place + ".x", 0, kGridColumns - panel.w}));
  TRY_ASSIGN(panel.h, ReadNumber(value["h"], {place + ".h", 1, kPanelHeightMax}));
  TRY_ASSIGN(panel.y, ReadNumber(value["y"], {place + ".y", 0, kGridRowsMax - panel.h}));
  TRY(ReadQuery(value["query"], place + ".query", panel));
  return panel;
}

void WritePanel(syntax::JsonWriter& json, const Panel& panel) {
  json.BeginObject()
      .Member("id", panel.id)
      .Member("title", panel.title)
      .Member("chart", panel.chart)
      .Member("x", panel.x)
      .Member("y", panel.y)
      .Member("w", panel.w)
      .Member("h", panel.h);
  json.Key("query").Raw(panel.query);
  json.EndObject();
}

}  // namespace vitrine::boards
