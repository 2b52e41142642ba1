#include "query/metrics/leaf_sql.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "query/limits.h"

namespace vitrine::query {
namespace {

// Ratio of the buckets of every histogram here, as in settle/rollups.h.
constexpr const char* kRatio = "1.02";
// Half a bucket: a value is told as the middle of its bucket.
constexpr double kHalfBucket = 0.01;
// Of a sketch, as SketchSql asks for it.
constexpr double kSketchError = 0.005;

struct CountSql {
  LeafKind kind;
  const char* spans;   ///< Over span_rows.
  const char* traces;  ///< Over trace_rows; null: traces have none.
  /// Null: of calls as well; else what spans are counted.
  const char* only_spans;
};
constexpr CountSql kCounts[] = {
    {LeafKind::kCount, "count()", "count()", nullptr},
    {LeafKind::kErrorCount, "countIf(status = 'error')", "countIf(status = 'error')", nullptr},
    {LeafKind::kRefusalCount, "countIf(rare_refusal = 1)", nullptr, nullptr},
    {LeafKind::kLlmCount, "countIf(kind = 'llm')", nullptr, nullptr},
    {LeafKind::kToolCount, "countIf(kind = 'tool')", nullptr, "tools"},
    {LeafKind::kToolErrorCount, "countIf(kind = 'tool' AND status = 'error')", nullptr, "tools"},
    {LeafKind::kRetryCount, "countIf(attempt > 0)", nullptr, nullptr},
    {LeafKind::kGuardrailCount, "countIf(kind = 'guardrail')", nullptr, "guardrails"},
    {LeafKind::kGuardrailBlockCount, "countIf(kind = 'guardrail' AND guardrail_result = 'block')",
     nullptr, "guardrails"},
    {LeafKind::kUsers, "uniqExactIf(user_id, user_id != '')", "uniqExactIf(user_id, user_id != '')",
     nullptr},
    {LeafKind::kSessions, "uniqExactIf(session_id, session_id != '')",
     "uniqExactIf(session_id, session_id != '')", nullptr},
    // As numbers they are told apart in half the time.
    {LeafKind::kTraces, "uniqExact(reinterpretAsUInt128(trace_id))", "count()", nullptr},
};

const CountSql* FindCount(LeafKind kind) {
  const auto* found = std::ranges::find(kCounts, kind, &CountSql::kind);
  return found == std::end(kCounts) ? nullptr : found;
}

/// Tokens and money are counted once, however many spans tell of them.
bool IsCountedOnce(const NumberField& number) {
  return number.unit == ValueUnit::kTokens || number.unit == ValueUnit::kUsd;
}

std::string UnpricedSql(MetricsUnit unit) {
  return unit == MetricsUnit::kTraces ? "sum(unpriced_count)" : "sum(is_unpriced)";
}

std::string SumSql(const Leaf& leaf, const std::string& value, MetricsUnit unit) {
  const std::string sum = "sum(" + value + ")";
  if (leaf.number == nullptr || leaf.number->name != "cost_usd") return sum;
  // No price is known, but none was needed either.
  return "if(isNull(" + sum + ") AND " + UnpricedSql(unit) + " = 0, toDecimal64(0, 9), " + sum +
         ")";
}

std::string LevelText(double level) {
  std::string text = std::to_string(level);
  while (text.ends_with('0')) text.pop_back();
  return text;
}

std::string HistogramSql(const std::string& value) {
  const std::string number = "toFloat64(ifNull(" + value + ", 0))";
  return "sumMapIf(map(if(" + number + " > 0, toInt16(floor(log(if(" + number + " > 0, " + number +
         ", 1)) / log(" + kRatio + "))), toInt16(-32768)), toUInt64(1)), isNotNull(" + value + "))";
}

/// Some kilobytes for each group and bucket, however many values there are. Scaled, for the sketch
/// is off by more below 1; and cut off where it would refuse (no length, no sum of money is so
/// large).
std::string SketchSql(const Leaf& leaf, const std::string& value) {
  const std::string known = "isNotNull(" + value + ")";
  const std::string number = "toFloat64(assumeNotNull(" + value + "))";
  const std::string level = LevelText(leaf.level), few = std::to_string(kSketchedValuesMin);
  const std::string first = "arraySort(groupArrayIf(" + few + ")(" + number + ", " + known + "))";
  const std::string quantile =
      "multiIf(countIf(" + known + ") = 0, NULL, countIf(" + known + ") <= " + few + ", " + first +
      "[least(toUInt64(floor(" + level + " * countIf(" + known + "))) + 1, countIf(" + known +
      "))], quantileDDIf(" + LevelText(kSketchError) + ", " + level + ")(greatest(least(" + number +
      " * 1e9, 1e30), -1e30), " + known + ") / 1e9)";
  const bool is_money = leaf.number != nullptr && leaf.number->unit == ValueUnit::kUsd;
  return is_money ? "toDecimal64(" + quantile + ", 9)" : quantile;
}

std::string StatisticSql(const Leaf& leaf, const std::string& value, MetricsUnit unit,
                         bool is_sketched) {
  switch (leaf.kind) {
    case LeafKind::kSum: return SumSql(leaf, value, unit);
    case LeafKind::kAverage: return "avg(" + value + ")";
    case LeafKind::kMin: return "min(" + value + ")";
    case LeafKind::kMax: return "max(" + value + ")";
    case LeafKind::kQuantile:
      return is_sketched ? SketchSql(leaf, value)
                         : "quantileExact(" + LevelText(leaf.level) + ")(" + value + ")";
    default: return HistogramSql(value);
  }
}

/// The value in the middle of the bucket where the quantile lies: the first bucket with more than
/// `level` of all values up to it, as quantileExact takes the value at that rank. One function of
/// functions, for each costs a statement some milliseconds; rounded, so that the bucket of zero,
/// far below every other, is zero.
std::string RollupQuantileSql(std::string_view histogram, double level) {
  const std::string map = "sumMap(" + std::string(histogram) + ")";
  const std::string sums = "arrayCumSum(mapValues(" + map + "))";
  const std::string rank = "floor(" + LevelText(level) + " * " + sums + "[-1])";
  const std::string key =
      "mapKeys(" + map + ")[arrayFirstIndex(sum -> sum > " + rank + ", " + sums + ")]";
  return "if(" + sums + "[-1] > 0.5, round(pow(" + kRatio + ", " + key + " + 0.5), 6), NULL)";
}

/// The sum over the rows that say the number; null where none does, unless nothing is missing.
std::string RollupSumSql(const NumberField& number) {
  const std::string sum(number.rollup_sum);
  const std::string said = "round(" + std::string(number.rollup_count) + ")";
  if (number.unit == ValueUnit::kUsd) {
    // What calls cost that needed no price is known to be nothing.
    const std::string none =
        number.name == "cost_usd" ? " = 0 AND round(sum(unpriced_calls)) > 0" : " = 0";
    return "if(" + said + none + ", NULL, CAST(toDecimal128(" + sum +
           ", 9) / 1000000000, 'Decimal(38, 9)'))";
  }
  return "if(" + said + " = 0, NULL, toInt64(round(" + sum + ")))";
}

std::string RollupAverageSql(const NumberField& number) {
  const std::string scale = number.unit == ValueUnit::kUsd ? " / 1e9" : "";
  return "toFloat64(" + std::string(number.rollup_sum) + ")" + scale + " / nullIf(round(" +
         std::string(number.rollup_count) + "), 0)";
}

}  // namespace

std::string ScoreValueColumn(size_t index) { return "score" + std::to_string(index) + "_value"; }

Result<void> CheckLeaf(const Leaf& leaf, MetricsUnit unit) {
  const std::string of(Name(unit));
  const auto lacks = [&](const std::string& what, const char* has) {
    return Fail(ErrorCode::kInvalidInput,
                "measures: " + of + " have no " + what + "; take unit " + has);
  };
  if (leaf.has_number()) {
    if (leaf.number == nullptr) return {};
    const std::string name(leaf.number->name);
    if (unit == MetricsUnit::kTraces && leaf.number->trace_sql.empty()) return lacks(name, "calls");
    if (unit != MetricsUnit::kTraces && leaf.number->span_sql.empty()) return lacks(name, "traces");
    if (unit == MetricsUnit::kCalls && name.starts_with("retrieval")) return lacks(name, "spans");
    return {};
  }
  if (const CountSql* count = FindCount(leaf.kind)) {
    if (unit == MetricsUnit::kCalls && count->only_spans) return lacks(count->only_spans, "spans");
    if (unit == MetricsUnit::kTraces && count->traces == nullptr)
      return lacks(count->only_spans ? count->only_spans : "such a count",
                   count->only_spans ? "spans" : "calls");
  } else if (leaf.kind == LeafKind::kFallbackCount && unit == MetricsUnit::kTraces) {
    return lacks("fallbacks", "calls");
  }
  return {};
}

std::string RowNumberSql(const Leaf& leaf, MetricsUnit unit,
                         const std::vector<std::string>& scores) {
  if (leaf.number == nullptr) {
    const auto found = std::ranges::find(scores, leaf.score);
    VITRINE_CHECK(found != scores.end());
    return ScoreValueColumn(static_cast<size_t>(found - scores.begin()));
  }
  if (unit == MetricsUnit::kTraces)
    return "toNullable(" + std::string(leaf.number->trace_sql) + ")";
  const std::string value(leaf.number->span_sql);
  if (unit == MetricsUnit::kSpans && IsCountedOnce(*leaf.number))
    return "if(counted = 1, " + value + ", NULL)";
  return "toNullable(" + value + ")";
}

std::string RowLeafSql(const Leaf& leaf, MetricsUnit unit, const std::vector<std::string>& scores,
                       bool is_sketched) {
  if (leaf.has_number())
    return StatisticSql(leaf, RowNumberSql(leaf, unit, scores), unit, is_sketched);
  if (leaf.kind == LeafKind::kUnpricedCount) return UnpricedSql(unit);
  if (leaf.kind == LeafKind::kFallbackCount)
    return "countIf(attempt > 0 AND rare['call_id'] IN fallback_calls)";
  const CountSql* count = FindCount(leaf.kind);
  VITRINE_CHECK(count != nullptr);
  return unit == MetricsUnit::kTraces ? count->traces : count->spans;
}

std::string RollupLeafSql(const Leaf& leaf) {
  static constexpr std::pair<LeafKind, const char*> kSums[] = {
      {LeafKind::kCount, "spans"},
      {LeafKind::kErrorCount, "errors"},
      {LeafKind::kRefusalCount, "refusals"},
      {LeafKind::kRetryCount, "retries"},
      {LeafKind::kLlmCount, "llm_spans"},
      {LeafKind::kToolCount, "tool_spans"},
      {LeafKind::kToolErrorCount, "tool_errors"},
      {LeafKind::kUnpricedCount, "unpriced_calls"}};
  for (const auto& [kind, sum] : kSums)
    if (leaf.kind == kind) return "toUInt64(round(sum(" + std::string(sum) + ")))";
  if (!leaf.has_number() || leaf.number == nullptr) return {};
  const NumberField& number = *leaf.number;
  const bool has_sum = !number.rollup_sum.empty();
  if (leaf.kind == LeafKind::kSum && has_sum) return RollupSumSql(number);
  if (leaf.kind == LeafKind::kAverage && has_sum) return RollupAverageSql(number);
  if (number.rollup_histogram.empty()) return {};
  if (leaf.kind == LeafKind::kQuantile)
    return RollupQuantileSql(number.rollup_histogram, leaf.level);
  if (leaf.kind == LeafKind::kHistogram)
    return "sumMap(" + std::string(number.rollup_histogram) + ")";
  return {};
}

double RollupLeafError(const Leaf& leaf) {
  return leaf.kind == LeafKind::kQuantile ? kHalfBucket : 0;
}

double SketchedLeafError(const Leaf& leaf) {
  return leaf.kind == LeafKind::kQuantile ? kSketchError : 0;
}

bool IsZeroWithoutRows(const Leaf& leaf) {
  return !leaf.has_number() || leaf.kind == LeafKind::kSum;
}

}  // namespace vitrine::query
