#include "pipeline/score_meter.h"

#include <algorithm>
#include <cmath>

#include "pipeline/limits.h"

namespace vitrine::pipeline {

using model::ScoreLabels;
using model::ScoreSeries;

ScoreMeter::Samples ScoreMeter::Gather(const model::SpanBatch& batch) {
  Samples samples;
  samples.reserve(batch.scores.size());
  for (const model::Score& score : batch.scores) {
    Sample sample;
    sample.labels = {batch.project, std::string(score.name), std::string(score.label),
                     std::string(score.source)};
    if (score.value && std::isfinite(*score.value)) sample.value = score.value;
    samples.push_back(std::move(sample));
  }
  return samples;
}

void ScoreMeter::Add(const Samples& samples) {
  const std::lock_guard lock(mutex_);
  for (const Sample& sample : samples) {
    ScoreSeries& series = SeriesOf(sample.labels);
    ++series.count;
    if (!sample.value) continue;
    const bool is_first = series.value_count++ == 0;
    series.sum += *sample.value;
    series.min = is_first ? *sample.value : std::min(series.min, *sample.value);
    series.max = is_first ? *sample.value : std::max(series.max, *sample.value);
  }
}

ScoreSeries& ScoreMeter::SeriesOf(const ScoreLabels& labels) {
  const auto found = series_.find(labels);
  if (found != series_.end()) return found->second;
  ScoreLabels wanted = labels;
  // Labels are many where somebody writes sentences; names come second.
  if (series_.size() >= kScoreSeriesMax) wanted.label = "other";
  if (series_.size() >= kScoreSeriesMax + kScoreSeriesOtherMax && !series_.contains(wanted))
    wanted = {"other", "other", "other", "other"};
  ScoreSeries& series = series_[wanted];
  series.labels = wanted;
  return series;
}

std::vector<ScoreSeries> ScoreMeter::series() const {
  const std::lock_guard lock(mutex_);
  std::vector<ScoreSeries> all;
  all.reserve(series_.size());
  for (const auto& [labels, series] : series_) all.push_back(series);
  return all;
}

}  // namespace vitrine::pipeline
