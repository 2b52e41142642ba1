// LossWriter: carries what doors did not take into the log, from where it reaches the ledger of
// what came in. Owner: the app; sink and clock outlive it, and the stats the log. Threads: one of
// its own.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <stop_token>
#include <thread>

#include "pipeline/ingest_stats.h"
#include "pipeline/span_sink.h"
#include "platform/clock.h"

namespace vitrine::pipeline {

class LossWriter {
 public:
  LossWriter(IngestStats& stats, SpanSink& sink, platform::Clock& clock);
  ~LossWriter();  ///< Stops.

  /// Writes what is left and ends. Harmless to repeat.
  void Stop();

 private:
  void Run(const std::stop_token& stop);
  /// What the log does not take waits for the next time; so does all, while answers are open.
  void Write();

  IngestStats& stats_;
  SpanSink& sink_;
  platform::Clock& clock_;
  std::shared_ptr<std::atomic<size_t>> open_ = std::make_shared<std::atomic<size_t>>(0);
  std::jthread thread_;
};

}  // namespace vitrine::pipeline
