#include "settle/rollups.h"

#include <algorithm>
#include <cmath>

#include "settle/facts.h"

namespace vitrine::settle {

namespace {

// Weights are rounded to 1/1024, so that sums of doubles are exact and a subtracted row leaves
// exactly nothing.
constexpr double kWeightUnit = 1024.0;

// The last whole day of a DateTime, 2106-02-06.
constexpr int64_t kRollupLastDay = 49'709;

double ExactWeight(const model::Span& span) {
  return span.weight ? std::max(1.0, std::round(*span.weight * kWeightUnit)) / kWeightUnit : 1.0;
}

/// Of the span's start. What would be over a year before its arrival, or days after it, is a wrong
/// clock's, and would make a partition of its own for every month there is; it counts at the bound.
int64_t RollupMinute(const storage::StoredSpan& row) {
  constexpr int64_t kDaysBack = 400, kDaysAhead = 2;
  const int64_t today = DayNumber(row.received);
  const bool is_import = row.capture == model::Capture::kImport;
  const int64_t first = is_import ? 0 : std::max<int64_t>(0, today - kDaysBack);
  const int64_t last = is_import ? kRollupLastDay : std::min(kRollupLastDay, today + kDaysAhead);
  const int64_t start = std::clamp(row.span.start.since_epoch, first * kNanosPerDay,
                                   std::max(first, last) * kNanosPerDay + kNanosPerDay - 1);
  return start / (60 * kNanosPerSecond);
}

void AddToHistogram(Histogram& histogram, const std::optional<int64_t>& value, double weight) {
  if (value) histogram[HistogramBucket(static_cast<double>(*value))] += weight;
}

void DropZeros(Histogram& histogram) {
  std::erase_if(histogram, [](const auto& entry) { return entry.second == 0; });
}

RollupKey KeyOf(const storage::StoredSpan& row) {
  const model::Span& span = row.span;
  RollupKey key;
  key.project = row.project;
  key.minute = RollupMinute(row);
  key.kind = model::Name(span.kind);
  key.provider = span.provider;
  key.model = span.response_model.empty() ? span.request_model : span.response_model;
  key.service = span.service;
  key.environment = span.environment;
  key.release = span.release;
  key.feature = span.feature;
  key.request_model = span.request_model;
  key.counted = row.counted;
  if (span.status == model::SpanStatus::kError) {
    auto error =
        span.error_type == model::ErrorType::kNone ? model::ErrorType::kOther : span.error_type;
    key.error_type = model::Name(error);
  }
  return key;
}

void AddTokens(const model::Count& count, double weight, double& tokens, double& calls) {
  if (!count) return;
  tokens += weight * static_cast<double>(*count);
  calls += weight;
}

/// Clocks may be wrong by centuries; sums of a month of such spans still fit.
int64_t Bounded(int64_t duration_ns) {
  constexpr int64_t kDurationMax = 366 * 24 * 3600 * kNanosPerSecond;
  return std::min(duration_ns, kDurationMax);
}

int64_t Weighed(int64_t duration_ns, double weight) {
  return std::llround(weight * static_cast<double>(std::max<int64_t>(Bounded(duration_ns), 0)));
}

void AddCall(const storage::StoredSpan& row, double weight, RollupSums& sums) {
  const model::Span& span = row.span;
  const model::Usage& usage = span.usage;
  if (model::IsModelCall(span.kind)) {
    sums.calls += weight;
    if (IsUnpriced(row)) sums.unpriced_calls += weight;
    if (!usage.has_any()) sums.usage_missing_calls += weight;
  }
  AddTokens(usage.input_tokens, weight, sums.input_tokens, sums.input_calls);
  AddTokens(usage.cached_input_tokens, weight, sums.cached_input_tokens, sums.cached_input_calls);
  AddTokens(usage.cache_write_tokens, weight, sums.cache_write_tokens, sums.cache_write_calls);
  AddTokens(usage.output_tokens, weight, sums.output_tokens, sums.output_calls);
  AddTokens(usage.reasoning_tokens, weight, sums.reasoning_tokens, sums.reasoning_calls);
  if (span.cost.total) sums.priced_calls += weight;
  auto money = [&](const std::optional<Money>& cost) {
    return cost ? std::llround(weight * static_cast<double>(cost->nano_usd)) : 0;
  };
  sums.cost_nano_usd += money(span.cost.total);
  sums.saved_nano_usd += money(span.cost.saved);
}

}  // namespace

int16_t HistogramBucket(double value) {
  if (!(value > 0)) return kZeroBucket;
  return static_cast<int16_t>(std::floor(std::log(value) / std::log(kHistogramRatio)));
}

bool RollupSums::is_zero() const {
  bool scalars = spans == 0 && errors == 0 && calls == 0 && unpriced_calls == 0 &&
                 usage_missing_calls == 0 && input_tokens == 0 && cached_input_tokens == 0 &&
                 cache_write_tokens == 0 && output_tokens == 0 && reasoning_tokens == 0 &&
                 priced_calls == 0 && input_calls == 0 && cached_input_calls == 0 &&
                 cache_write_calls == 0 && output_calls == 0 && reasoning_calls == 0 &&
                 duration_ns == 0 && ttft_ns == 0 && tpot_ns == 0 && cost_nano_usd == 0 &&
                 saved_nano_usd == 0;
  return scalars && duration_histogram.empty() && ttft_histogram.empty() && tpot_histogram.empty();
}

void RollupDelta::Add(const storage::StoredSpan& row, int sign) {
  if (row.span.is_fragment || row.is_deleted) return;
  double weight = sign * ExactWeight(row.span);
  const int64_t duration = Bounded(row.span.end - row.span.start);
  RollupSums& sums = sums_[KeyOf(row)];
  sums.spans += weight;
  if (row.span.status == model::SpanStatus::kError) sums.errors += weight;
  sums.duration_ns += Weighed(duration, weight);
  sums.ttft_ns += Weighed(row.span.ttft_ns.value_or(0), weight);
  sums.tpot_ns += Weighed(row.span.tpot_ns.value_or(0), weight);
  AddToHistogram(sums.duration_histogram, duration, weight);
  if (row.counted) AddCall(row, weight, sums);
  AddToHistogram(sums.ttft_histogram, row.span.ttft_ns, weight);
  AddToHistogram(sums.tpot_histogram, row.span.tpot_ns, weight);
}

const std::map<RollupKey, RollupSums>& RollupDelta::Finish() {
  for (auto& [key, sums] : sums_) {
    DropZeros(sums.duration_histogram);
    DropZeros(sums.ttft_histogram);
    DropZeros(sums.tpot_histogram);
  }
  std::erase_if(sums_, [](const auto& entry) { return entry.second.is_zero(); });
  return sums_;
}

}  // namespace vitrine::settle
