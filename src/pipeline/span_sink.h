// SpanSink: what every write door calls: scrub, price, encode, append; the answer comes when the
// log has it on disk, and then live tails see it. Owner: the app; the log, the price book, the
// hub and the meter outlive it. Threads: Accept from
// any thread; done runs on the log's writer thread.
#pragma once

#include <functional>

#include "model/span.h"
#include "pipeline/call_meter.h"
#include "pipeline/price_table.h"
#include "pipeline/score_meter.h"
#include "pipeline/secret_scrubber.h"
#include "pipeline/tail_hub.h"
#include "storage/wal/log.h"

namespace vitrine::pipeline {

class SpanSink {
 public:
  using Done = std::move_only_function<void(Result<void>)>;

  /// `tails` may be null: nobody watches; and so may the meters: nobody counts.
  SpanSink(wal::Log& log, const PriceBook& prices, TailHub* tails = nullptr,
           CallMeter* meter = nullptr, ScoreMeter* score_meter = nullptr)
      : log_(log), prices_(prices), tails_(tails), meter_(meter), score_meter_(score_meter) {}

  /// Takes a batch. `batch` may borrow from buffers of the caller: everything is encoded before
  /// Accept returns. Errors: (to done) kUnavailable (log full, failing or overloaded: nothing was
  /// taken), kLimitExceeded (batch too large).
  void Accept(model::SpanBatch& batch, Done done);

  wal::LogHealth health() const { return log_.health(); }

 private:
  void Append(model::SpanBatch& batch, Done done);
  void AppendRecord(const model::SpanBatch& batch, wal::Log::AppendCallback done);

  wal::Log& log_;
  const PriceBook& prices_;
  TailHub* const tails_;
  CallMeter* const meter_;
  ScoreMeter* const score_meter_;
  SecretScrubber scrubber_;
};

}  // namespace vitrine::pipeline
