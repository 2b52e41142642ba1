// CallMeter: counts accepted model calls for /metrics, without reading a table. As accepted: a call
// that is sent again, or reported by two observers, is counted as often as it came; the tables know
// better, this is there at once. Labels are bounded: what comes after kCallSeriesMax sets goes to
// "other".
// Owner: the app. Threads: every function from any thread.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "model/call_series.h"
#include "model/span.h"

namespace vitrine::pipeline {

class CallMeter {
 public:
  /// What one batch has to count; borrows nothing of the batch.
  class Samples {
   public:
    bool empty() const { return samples_.empty(); }

   private:
    friend class CallMeter;
    struct Sample {
      model::CallLabels labels;
      std::optional<double> duration_s, first_token_s;
      std::optional<uint64_t> input_tokens, output_tokens;
      std::optional<model::ErrorType> error;
      std::optional<Money> cost;
      bool is_unpriced = false;
    };
    std::vector<Sample> samples_;
  };

  static Samples Gather(const model::SpanBatch& batch);
  /// Counts it, when the batch is durable.
  void Add(const Samples& samples);

  std::vector<model::CallSeries> series() const;

 private:
  model::CallSeries& SeriesOf(const model::CallLabels& labels);

  mutable std::mutex mutex_;
  std::map<model::CallLabels, model::CallSeries> series_;
};

}  // namespace vitrine::pipeline
