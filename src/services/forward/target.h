// Target: one thread that reads the durable log from a saved position and sends its spans to one
// OTLP receiver. At least once: what was sent, and whose answer or whose position was lost, is sent
// again.
//
// The queue is the log itself: nothing is copied at the doors, and what was acknowledged to a
// sender is in the queue, whatever happens next. Beyond its bound, or when the disk is full, the
// oldest records are passed over and their spans counted as dropped. Owner: Forwarder; the log
// outlives it. Threads: Start, Stop and the destructor on one; the rest any.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>

#include "model/forward_status.h"
#include "platform/clock.h"
#include "platform/random.h"
#include "services/forward/forward_setting.h"
#include "services/forward/otlp_post.h"
#include "services/forward/position_file.h"
#include "services/forward/span_choice.h"
#include "storage/wal/log.h"

namespace vitrine::forward {

struct TargetParts {
  ForwardSetting setting;
  std::unique_ptr<OtlpPost> post;
  SpanChoice choice;
  PositionFile file;
  Position position;
};

class Target {
 public:
  /// `moved` is called on the target's thread when its position has changed.
  Target(TargetParts parts, wal::Log& log, platform::Clock& clock, platform::Random& random,
         std::function<void()> moved);
  ~Target();  ///< Stops.

  void Start();
  /// Ends a request that runs, saves the position.
  void Stop();

  /// Nothing before it is needed any more.
  wal::Lsn next_lsn() const;
  model::ForwardStatus status() const;

 private:
  /// What became of a batch.
  enum class BatchEnd : uint8_t { kDone, kStopped, kGivenUp };
  struct Batch;

  void Run(std::stop_token stop);
  Result<wal::ReadResult> Gather(std::stop_token stop);
  void Forward(const wal::ReadResult& read, std::stop_token stop);
  BatchEnd SendAll(Batch& batch, std::stop_token stop);
  BatchEnd SendPart(Batch& batch, size_t begin, size_t end, std::stop_token stop);
  /// Waits before the next attempt; tells whether to go on.
  BatchEnd Wait(int64_t ms, std::stop_token stop);
  bool MustDrop() const;
  void DropOldest();
  void MoveTo(const Position& position);
  void SaveIfDue(bool now);
  void NoteError(const std::string& message);
  void NoteSent(const PostOutcome& outcome);

  const ForwardSetting setting_;
  const std::unique_ptr<OtlpPost> post_;
  const SpanChoice choice_;
  const PositionFile file_;
  wal::Log& log_;
  platform::Clock& clock_;
  platform::Random& random_;
  const std::function<void()> moved_;

  int64_t backoff_ms_ = 0;  ///< Of the target's thread, as are the two after it.
  Position saved_;
  int64_t saved_at_ns_ = 0;
  mutable std::mutex mutex_;  ///< Guards what follows.
  Position position_;
  model::ForwardStatus status_;
  std::jthread thread_;
};

}  // namespace vitrine::forward
