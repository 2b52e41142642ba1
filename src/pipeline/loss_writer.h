// LossWriter: carries what doors did not take into the log, from where it reaches the ledger of
// what came in. Owner: the app; sink and clock outlive it, and the stats the log. Threads: one of
// its own.
#pragma once

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
  /// What the log does not take waits for the next time.
  void Write();

  IngestStats& stats_;
  SpanSink& sink_;
  platform::Clock& clock_;
  std::jthread thread_;
};

}  // namespace vitrine::pipeline
