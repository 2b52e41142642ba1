#include "pipeline/call_meter.h"

#include "pipeline/limits.h"

namespace vitrine::pipeline {

using model::CallLabels;
using model::CallSeries;

CallMeter::Samples CallMeter::Gather(const model::SpanBatch& batch) {
  Samples gathered;
  for (const model::Span& span : batch.spans) {
    if (span.is_fragment || !model::IsModelCall(span.kind)) continue;
    Samples::Sample sample;
    sample.labels = {
        batch.project, std::string(span.operation), std::string(span.provider),
        std::string(span.request_model.empty() ? span.response_model : span.request_model),
        std::string(span.feature)};
    if (const auto length = LengthOf(span.start, span.end))
      sample.duration_s = static_cast<double>(*length) / 1e9;
    if (span.ttft_ns) sample.first_token_s = static_cast<double>(*span.ttft_ns) / 1e9;
    // What sums up its children's calls is no call's usage.
    if (!span.usage_is_aggregate) {
      sample.input_tokens = span.usage.input_tokens;
      sample.output_tokens = span.usage.output_tokens;
      sample.cost = span.cost.total;
      sample.is_unpriced = !span.cost.total;
    }
    if (span.status == model::SpanStatus::kError) {
      sample.error =
          span.error_type == model::ErrorType::kNone ? model::ErrorType::kOther : span.error_type;
    }
    gathered.samples_.push_back(std::move(sample));
  }
  return gathered;
}

void CallMeter::Add(const Samples& samples) {
  const std::lock_guard lock(mutex_);
  for (const Samples::Sample& sample : samples.samples_) {
    CallSeries& series = SeriesOf(sample.labels);
    if (sample.duration_s) series.duration_s.Add(*sample.duration_s, model::kDurationBounds);
    if (sample.first_token_s)
      series.first_token_s.Add(*sample.first_token_s, model::kFirstTokenBounds);
    if (sample.input_tokens) {
      series.input_tokens.Add(static_cast<double>(*sample.input_tokens), model::kTokenBounds);
    }
    if (sample.output_tokens) {
      series.output_tokens.Add(static_cast<double>(*sample.output_tokens), model::kTokenBounds);
    }
    if (sample.error) ++series.errors[static_cast<size_t>(*sample.error)];
    if (sample.cost) series.cost += *sample.cost;
    if (sample.is_unpriced) ++series.unpriced_count;
  }
}

CallSeries& CallMeter::SeriesOf(const CallLabels& labels) {
  const auto found = series_.find(labels);
  if (found != series_.end()) return found->second;
  CallLabels wanted = labels;
  // Names that senders make up may not fill the memory: model and feature go first, then the rest.
  if (series_.size() >= kCallSeriesMax) wanted.model = wanted.feature = "other";
  if (series_.size() >= kCallSeriesMax + kCallSeriesOtherMax && !series_.contains(wanted))
    wanted = {"other", "other", "other", "other", "other"};
  CallSeries& series = series_[wanted];
  series.labels = wanted;
  return series;
}

std::vector<CallSeries> CallMeter::series() const {
  const std::lock_guard lock(mutex_);
  std::vector<CallSeries> all;
  all.reserve(series_.size());
  for (const auto& [labels, series] : series_) all.push_back(series);
  return all;
}

}  // namespace vitrine::pipeline
