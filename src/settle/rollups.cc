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
  key.prompt_name = span.prompt_name;
  key.prompt_version = span.prompt_version;
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

int64_t Weighed(const std::optional<int64_t>& duration_ns, double weight) {
  const int64_t known = std::max<int64_t>(Bounded(duration_ns.value_or(0)), 0);
  return std::llround(weight * static_cast<double>(known));
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
  if (span.cost.saved) sums.saved_calls += weight;
  if (usage.input_tokens || usage.output_tokens) sums.token_spans += weight;
  const auto add = [weight](const std::optional<Money>& cost, int64_t& sum) {
    constexpr double kMost = 9e18;  // Of an int64.
    if (!cost) return;
    const double weighed = std::clamp(weight * static_cast<double>(cost->nano_usd), -kMost, kMost);
    sum = (Money{sum} + Money{std::llround(weighed)}).nano_usd;
  };
  add(span.cost.total, sums.cost_nano_usd);
  add(span.cost.saved, sums.saved_nano_usd);
}

std::optional<int64_t> Duration(const model::Span& span) {
  return LengthOf(span.start, span.end).transform(Bounded);
}

/// Everything but the histograms.
void AddSpan(const storage::StoredSpan& row, double weight, RollupSums& sums) {
  sums.spans += weight;
  const bool has_failed = row.span.status == model::SpanStatus::kError;
  if (has_failed) sums.errors += weight;
  if (row.span.attempt > 0) sums.retries += weight;
  if (row.span.refusal) sums.refusals += weight;
  if (row.span.kind == model::SpanKind::kLlm) sums.llm_spans += weight;
  if (row.span.kind == model::SpanKind::kTool) {
    sums.tool_spans += weight;
    if (has_failed) sums.tool_errors += weight;
  }
  sums.duration_ns += Weighed(Duration(row.span), weight);
  sums.ttft_ns += Weighed(row.span.ttft_ns, weight);
  sums.tpot_ns += Weighed(row.span.tpot_ns, weight);
  if (row.counted) AddCall(row, weight, sums);
}

int64_t HourOf(int64_t minute) {
  constexpr int64_t kMinutesPerHour = 60;
  return minute - minute % kMinutesPerHour;
}

}  // namespace

int16_t HistogramBucket(double value) {
  if (!(value > 0)) return kZeroBucket;
  return static_cast<int16_t>(std::floor(std::log(value) / std::log(kHistogramRatio)));
}

const char* TableName(RollupTable table) {
  constexpr const char* names[] = {"rollup_rows", "hour_rollup_rows", "user_rollup_rows"};
  return names[static_cast<size_t>(table)];
}

RollupSums::Fields<double> RollupSums::numbers() {
  static constexpr std::pair<const char*, double RollupSums::*> fields[] = {
      {"spans", &RollupSums::spans},
      {"errors", &RollupSums::errors},
      {"calls", &RollupSums::calls},
      {"unpriced_calls", &RollupSums::unpriced_calls},
      {"usage_missing_calls", &RollupSums::usage_missing_calls},
      {"input_tokens", &RollupSums::input_tokens},
      {"cached_input_tokens", &RollupSums::cached_input_tokens},
      {"cache_write_tokens", &RollupSums::cache_write_tokens},
      {"output_tokens", &RollupSums::output_tokens},
      {"reasoning_tokens", &RollupSums::reasoning_tokens},
      {"retries", &RollupSums::retries},
      {"refusals", &RollupSums::refusals},
      {"llm_spans", &RollupSums::llm_spans},
      {"tool_spans", &RollupSums::tool_spans},
      {"tool_errors", &RollupSums::tool_errors},
      {"priced_calls", &RollupSums::priced_calls},
      {"saved_calls", &RollupSums::saved_calls},
      {"token_spans", &RollupSums::token_spans},
      {"input_calls", &RollupSums::input_calls},
      {"cached_input_calls", &RollupSums::cached_input_calls},
      {"cache_write_calls", &RollupSums::cache_write_calls},
      {"output_calls", &RollupSums::output_calls},
      {"reasoning_calls", &RollupSums::reasoning_calls},
  };
  return fields;
}

RollupSums::Fields<int64_t> RollupSums::wholes() {
  static constexpr std::pair<const char*, int64_t RollupSums::*> fields[] = {
      {"duration_ns", &RollupSums::duration_ns},
      {"ttft_ns", &RollupSums::ttft_ns},
      {"tpot_ns", &RollupSums::tpot_ns},
      {"cost_nano_usd", &RollupSums::cost_nano_usd},
      {"saved_nano_usd", &RollupSums::saved_nano_usd},
  };
  return fields;
}

RollupSums::Fields<Histogram> RollupSums::histograms() {
  static constexpr std::pair<const char*, Histogram RollupSums::*> fields[] = {
      {"duration_histogram", &RollupSums::duration_histogram},
      {"ttft_histogram", &RollupSums::ttft_histogram},
      {"tpot_histogram", &RollupSums::tpot_histogram},
  };
  return fields;
}

bool RollupSums::is_zero() const {
  const auto is_zero = [this](const auto& field) { return this->*field.second == 0; };
  const auto is_empty = [this](const auto& field) { return (this->*field.second).empty(); };
  return std::ranges::all_of(numbers(), is_zero) && std::ranges::all_of(wholes(), is_zero) &&
         std::ranges::all_of(histograms(), is_empty);
}

RollupSums& RollupSums::operator+=(const RollupSums& other) {
  for (const auto& [name, field] : numbers()) this->*field += other.*field;
  for (const auto& [name, field] : wholes()) this->*field += other.*field;
  for (const auto& [name, field] : histograms())
    for (const auto& [bucket, weight] : other.*field) (this->*field)[bucket] += weight;
  return *this;
}

void RollupDelta::Add(const storage::StoredSpan& row, int sign) {
  if (row.span.is_fragment || row.is_deleted) return;
  const double weight = sign * ExactWeight(row.span);
  RollupKey key = KeyOf(row);
  if (row.counted && model::IsModelCall(row.span.kind)) {
    RollupKey of_user;
    of_user.project = key.project;
    of_user.minute = HourOf(key.minute);
    of_user.user_id = row.span.user_id;
    of_user.kind = key.kind;
    AddSpan(row, weight, user_hours_[std::move(of_user)]);
  }
  RollupSums& sums = minutes_[std::move(key)];
  AddSpan(row, weight, sums);
  AddToHistogram(sums.duration_histogram, Duration(row.span), weight);
  AddToHistogram(sums.ttft_histogram, row.span.ttft_ns, weight);
  AddToHistogram(sums.tpot_histogram, row.span.tpot_ns, weight);
}

RollupDelta::Sums RollupDelta::Finish(RollupTable table) const {
  Sums sums = table == RollupTable::kUserHours ? user_hours_ : Sums();
  if (table == RollupTable::kMinutes) sums = minutes_;
  if (table == RollupTable::kHours) {
    for (const auto& [key, of_minute] : minutes_) {
      RollupKey of_hour = key;
      of_hour.minute = HourOf(key.minute);
      sums[std::move(of_hour)] += of_minute;
    }
  }
  for (auto& [key, of_key] : sums)
    for (const auto& [name, histogram] : RollupSums::histograms()) DropZeros(of_key.*histogram);
  std::erase_if(sums, [](const auto& entry) { return entry.second.is_zero(); });
  return sums;
}

}  // namespace vitrine::settle
