// RecordingWriter: takes recordings from the queue, makes spans of them and appends them to the
// log. What the log refuses is offered again while the queue fills behind it, and drops its oldest.
// Owner: the door; queue, sink and clock outlive it. Threads: one of its own, at low priority, so
// that calls come first.
#pragma once

#include <atomic>
#include <thread>

#include "capture/gateway/pace_rules.h"
#include "capture/gateway/recording_queue.h"
#include "capture/gateway/retry_links.h"
#include "pipeline/ingest_stats.h"
#include "pipeline/span_sink.h"

namespace vitrine::capture {

class RecordingWriter {
 public:
  RecordingWriter(RecordingQueue& queue, pipeline::SpanSink& sink, pipeline::IngestStats& stats,
                  PaceRules pace);
  ~RecordingWriter();  ///< Stops.

  /// Writes what waits, as long as the log takes it, and ends. Harmless to repeat.
  void Stop();

 private:
  using Recordings = std::vector<std::unique_ptr<Recording>>;

  void Run();
  void Write(Recordings recordings);
  void LeaveOutBodies(Recording& recording);
  /// Appends the recordings of one project; true when they are durable.
  Result<void> Append(const Recordings& recordings);

  RecordingQueue& queue_;
  pipeline::SpanSink& sink_;
  pipeline::IngestStats& stats_;
  RetryLinks links_;
  const PaceRules pace_;
  std::thread thread_;
};

}  // namespace vitrine::capture
