#include "query/metrics/heatmap.h"

#include <algorithm>
#include <cmath>

#include "base/arena.h"
#include "query/limits.h"
#include "query/metrics/leaf_sql.h"
#include "query/metrics/row_source.h"
#include "query/metrics/score_joins.h"
#include "syntax/json/json_document.h"

namespace vitrine::query {
namespace {

/// A double as SQL reads it back the same.
std::string Exact(double value) {
  char digits[40];
  std::snprintf(digits, sizeof digits, "%.17g", value);
  return digits;
}

struct ValueRange {
  uint64_t count = 0, not_positive = 0;
  double least = 0, greatest = 0;  ///< Of those above 0.
};

Result<ValueRange> AskRange(clickhouse::Client& client, const HeatmapRequest& request,
                            const std::string& value, const std::vector<std::string>& scores) {
  SqlText sql;
  sql << "SELECT count(v), countIf(v <= 0), minIf(v, v > 0), maxIf(v, v > 0) FROM (SELECT "
         "toFloat64("
      << value << ") AS v";
  AppendRows(sql, request.unit, request.scope, scores);
  sql << ") FORMAT JSONCompactEachRow";
  TRY_ASSIGN(const auto lines, AskMetricsLines(client, sql));
  Arena arena;
  syntax::JsonDocument document;
  if (lines.size() != 1 || document.Parse(lines[0], arena) != syntax::JsonStatus::kOk)
    return Fail(ErrorCode::kInternal, "unexpected range of values");
  const auto row = document.root();
  return ValueRange{row.At(0).ToUint().value_or(0), row.At(1).ToUint().value_or(0),
                    row.At(2).ToDouble().value_or(0), row.At(3).ToDouble().value_or(0)};
}

/// The bounds between the least and the greatest value, each a step of the same ratio.
std::vector<double> Bounds(const ValueRange& range, uint32_t rows) {
  const double ratio = range.least > 0 ? range.greatest / range.least : 1;
  std::vector<double> bounds;
  for (uint32_t i = 0; i <= rows; ++i)
    bounds.push_back(range.least * std::pow(ratio, static_cast<double>(i) / rows));
  bounds.back() = range.greatest;
  if (range.not_positive > 0) bounds.front() = 0;
  return bounds;
}

Result<void> FillCounts(clickhouse::Client& client, const HeatmapRequest& request,
                        const std::string& value, const std::vector<std::string>& scores,
                        const ValueRange& range, Heatmap& heatmap) {
  const int64_t from = request.scope.range.from.since_epoch;
  const int64_t width = heatmap.buckets.size() > 1 ? heatmap.buckets[1] - heatmap.buckets[0]
                                                   : request.scope.range.to.since_epoch - from;
  const double steps =
      range.greatest > range.least ? request.rows / std::log(range.greatest / range.least) : 0;
  SqlText sql;
  sql << "SELECT intDiv(reinterpretAsInt64(start_time) - " << std::to_string(from) << ", "
      << std::to_string(width) << ") AS c, if(v <= 0, 0, least(" << request.rows - 1
      << ", greatest(0, toInt64(floor(log(v / " << Exact(range.least > 0 ? range.least : 1)
      << ") * " << Exact(steps) << "))))) AS r, count() FROM (SELECT start_time, toFloat64("
      << value << ") AS v";
  AppendRows(sql, request.unit, request.scope, scores);
  sql << ") WHERE isNotNull(v) GROUP BY c, r FORMAT JSONCompactEachRow";
  TRY_ASSIGN(const auto lines, AskMetricsLines(client, sql));
  heatmap.counts.assign(heatmap.buckets.size(), std::vector<uint64_t>(request.rows));
  for (const std::string& line : lines) {
    Arena arena;
    syntax::JsonDocument document;
    if (document.Parse(line, arena) != syntax::JsonStatus::kOk)
      return Fail(ErrorCode::kInternal, "unexpected cell of a heatmap: " + line);
    const auto cell = document.root();
    const auto column = cell.At(0).ToUint(), row = cell.At(1).ToUint();
    if (!column || !row || *column >= heatmap.counts.size() || *row >= request.rows) continue;
    heatmap.counts[*column][*row] += cell.At(2).ToUint().value_or(0);
  }
  return {};
}

}  // namespace

Result<Heatmap> AskHeatmap(clickhouse::Client& client, HeatmapRequest request) {
  request.value.kind = LeafKind::kMax;
  TRY(CheckLeaf(request.value, request.unit));
  TRY(FindScopeWords(client, request.scope));
  std::vector<std::string> scores;
  if (request.value.number == nullptr) scores.push_back(request.value.score);
  TRY(FindScores(client, scores, request.scope));
  const std::string value = RowNumberSql(request.value, request.unit, scores);
  Heatmap heatmap;
  TRY_ASSIGN(const ValueRange range, AskRange(client, request, value, scores));
  const auto length = static_cast<uint64_t>(request.scope.range.to - request.scope.range.from);
  const uint64_t width = (length + request.columns - 1) / request.columns;
  for (uint64_t at = 0; at < length; at += width)
    heatmap.buckets.push_back(request.scope.range.from + static_cast<int64_t>(at));
  if (range.count == 0) return heatmap;
  heatmap.bounds = Bounds(range, request.rows);
  TRY(FillCounts(client, request, value, scores, range, heatmap));
  return heatmap;
}

}  // namespace vitrine::query
