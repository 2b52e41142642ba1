#include "query/metrics/metrics_values.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/arena.h"
#include "base/check.h"
#include "base/money.h"
#include "query/limits.h"
#include "query/metrics/leaf_sql.h"
#include "syntax/json/json_document.h"
#include "syntax/json/json_writer.h"

namespace vitrine::query {
namespace {

constexpr int64_t kAll = -1;
constexpr double kBucketRatio = 1.02;
constexpr int64_t kZeroBucket = -32768;
constexpr long double kNanosPerDollar = 1e9L;

/// A number, bare or in quotes. Long doubles hold every 64-bit integer and every amount of money.
std::optional<long double> NumberOf(std::string_view json) {
  if (json.size() >= 2 && json.front() == '"') json = json.substr(1, json.size() - 2);
  const std::string text(json);
  char* end = nullptr;
  const long double value = std::strtold(text.c_str(), &end);
  if (end == text.c_str() || *end != '\0' || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::string JsonOf(std::optional<long double> value, ValueUnit unit) {
  std::string json;
  if (!value || !std::isfinite(*value)) return "null";
  if (unit == ValueUnit::kUsd) {
    const long double nano = *value * kNanosPerDollar;
    if (std::abs(nano) >= 9.2e18L) return "null";
    syntax::AppendJsonString(json, Money{std::llround(nano)}.ToString());
    return json;
  }
  const bool is_whole =
      *value == std::floor(*value) && std::abs(*value) < static_cast<long double>(kExactDoubleMax);
  if (is_whole) {
    syntax::AppendJsonInt(json, static_cast<int64_t>(*value));
  } else {
    syntax::AppendJsonDouble(json, static_cast<double>(*value));
  }
  return json;
}

/// {"57":3} -> [[lower, upper, 3]]: from the first bucket to the last, empty ones left out.
std::string HistogramJson(const std::string& map) {
  Arena arena;
  syntax::JsonDocument document;
  if (map.empty() || document.Parse(map, arena) != syntax::JsonStatus::kOk) return "[]";
  std::map<int64_t, double> counts;
  for (const auto& member : document.root().Members()) {
    const auto bucket = NumberOf(member.key);
    if (bucket) counts[std::llround(*bucket)] += member.value.ToDouble().value_or(0);
  }
  std::string json;
  syntax::JsonWriter writer(json);
  writer.BeginArray();
  for (const auto& [bucket, count] : counts) {
    if (count < 0.5) continue;
    const bool is_zero = bucket == kZeroBucket;
    const auto bound = [&](int64_t at) {
      return is_zero ? 0.0 : std::pow(kBucketRatio, static_cast<double>(at));
    };
    writer.BeginArray().Double(bound(bucket)).Double(bound(bucket + 1));
    writer.Uint(static_cast<uint64_t>(std::llround(count))).EndArray();
  }
  writer.EndArray();
  return json;
}

}  // namespace

Result<void> MetricsValues::Add(size_t plan, const std::string& line) {
  Arena arena;
  syntax::JsonDocument document;
  if (document.Parse(line, arena) != syntax::JsonStatus::kOk || document.root().size() < 2)
    return Fail(ErrorCode::kInternal, "unexpected row of metrics: " + line);
  Place place{plan, 0, 0};
  LeafTexts leaves;
  size_t index = 0;
  for (const auto cell : document.root().Elements()) {
    if (index == 0) place.group = cell.is_null() ? kAll : cell.ToInt().value_or(0);
    if (index == 1) place.bucket = cell.is_null() ? kAll : cell.ToInt().value_or(0);
    if (index++ >= 2) leaves.emplace_back(cell.raw());
  }
  rows_[place] = std::move(leaves);
  return {};
}

const std::string* MetricsValues::Find(const Leaf& leaf, const Group& group,
                                       std::optional<int64_t> bucket) const {
  const auto plan = std::ranges::find_if(plans_, [&](const auto& one) { return one.has(leaf); });
  VITRINE_CHECK(plan != plans_.end());
  const auto number = static_cast<size_t>(plan - plans_.begin());
  const auto found = rows_.find({number, group ? int64_t{*group} : kAll, bucket.value_or(kAll)});
  return found == rows_.end() ? nullptr : &found->second[plan->leaf_index(leaf)];
}

std::optional<long double> MetricsValues::Number(const Formula& formula, const Group& group,
                                                 std::optional<int64_t> bucket,
                                                 double seconds) const {
  return Evaluate(formula, [&](const Leaf& leaf) -> std::optional<long double> {
    if (leaf.kind == LeafKind::kSeconds) return seconds;
    const std::string* const value = Find(leaf, group, bucket);
    if (value == nullptr)
      return IsZeroWithoutRows(leaf) ? std::optional<long double>(0) : std::nullopt;
    return NumberOf(*value);
  });
}

std::string MetricsValues::Value(const Formula& formula, const Group& group,
                                 std::optional<int64_t> bucket, double seconds) const {
  if (formula.is_histogram()) {
    const std::string* const value = Find(formula.nodes[0].leaf, group, bucket);
    return value != nullptr ? HistogramJson(*value) : "[]";
  }
  return JsonOf(Number(formula, group, bucket, seconds), formula.unit);
}

}  // namespace vitrine::query
