// ScoreMeter: counts accepted scores, as CallMeter counts calls: as they came, without reading a
// table, with bounded labels.
// Owner: the app. Threads: every function from any thread.
#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "model/score_series.h"
#include "model/span.h"

namespace vitrine::pipeline {

class ScoreMeter {
 public:
  /// What one batch has to count; borrows nothing of the batch.
  struct Sample {
    model::ScoreLabels labels;
    std::optional<double> value;
  };
  using Samples = std::vector<Sample>;

  static Samples Gather(const model::SpanBatch& batch);
  /// Counts it, when the batch is durable.
  void Add(const Samples& samples);

  std::vector<model::ScoreSeries> series() const;

 private:
  model::ScoreSeries& SeriesOf(const model::ScoreLabels& labels);

  mutable std::mutex mutex_;
  std::map<model::ScoreLabels, model::ScoreSeries> series_;
};

}  // namespace vitrine::pipeline
