// RecordingQueue: recordings on their way from calls to the writer, within a budget of bytes that
// running calls share. Never waits for anybody: where memory is short the oldest recordings that
// wait give way, and each that is lost is counted.
// Owner: the door. Threads: every function from any thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "capture/gateway/recording.h"

namespace vitrine::capture {

/// Numbers since the start, but for the last two.
struct RecordingCounts {
  uint64_t begun = 0;         ///< Calls that were to be recorded.
  uint64_t written = 0;       ///< Durable in the log.
  uint64_t dropped = 0;       ///< Given up whole: no memory, or nobody could take them.
  uint64_t without_body = 0;  ///< Recorded, but a body was left out.
  uint64_t bytes_held = 0;    ///< Now.
  uint64_t waiting = 0;       ///< Now.
};

class RecordingQueue {
 public:
  using OnDropped = std::function<void(const Recording& recording)>;

  /// `on_dropped` hears of each that is given up, on the thread that does so; it must be quick.
  explicit RecordingQueue(
      uint64_t bytes_max, OnDropped on_dropped = [](const Recording&) {})
      : bytes_max_(bytes_max), on_dropped_(std::move(on_dropped)) {}
  RecordingQueue(const RecordingQueue&) = delete;
  RecordingQueue& operator=(const RecordingQueue&) = delete;

  /// An empty recording; with the memory of one that is done, where there is one: at a busy server
  /// the allocator costs a tenth of what a call does.
  std::unique_ptr<Recording> New();
  /// Takes `bytes` more for a recording that runs; the oldest that wait are dropped to make room.
  /// False where that is not enough: nothing was taken.
  bool Reserve(Recording& recording, uint64_t bytes);
  /// Gives back bytes of a recording that runs.
  void Release(Recording& recording, uint64_t bytes);
  /// Hands over a recording whose call has ended.
  void Push(std::unique_ptr<Recording> recording);
  /// Gives up a recording that runs.
  void Drop(std::unique_ptr<Recording> recording);

  /// Waits until there is something, then takes what there is, oldest first, at most `count_max`
  /// and about `bytes_max` of bodies. Nothing when it was stopped and is empty. Their bytes stay
  /// taken until Finish.
  std::vector<std::unique_ptr<Recording>> Take(size_t count_max, size_t bytes_max);
  /// Releases what Take gave: written, or lost.
  void Finish(std::vector<std::unique_ptr<Recording>>& recordings, bool is_written);

  /// Wakes who waits in Take, and makes it not wait again.
  void Stop();
  bool is_stopped() const { return is_stopped_.load(std::memory_order_relaxed); }

  void CountBegun() { begun_.fetch_add(1, std::memory_order_relaxed); }
  void CountWithoutBody() { without_body_.fetch_add(1, std::memory_order_relaxed); }
  RecordingCounts counts() const;

 private:
  void CountDropped(const Recording& recording);
  /// Keeps the memory for New.
  void Recycle(std::unique_ptr<Recording> recording);
  /// Drops the oldest that wait until `bytes` fit, or none waits.
  void MakeRoom(uint64_t bytes);

  const uint64_t bytes_max_;
  const OnDropped on_dropped_;
  std::atomic<uint64_t> bytes_held_{0};
  std::atomic<uint64_t> begun_{0}, written_{0}, dropped_{0}, without_body_{0};
  std::atomic<bool> is_stopped_{false};

  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<std::unique_ptr<Recording>> waiting_;
  std::mutex spares_mutex_;
  // Guarded by spares_mutex_.
  std::vector<std::unique_ptr<Recording>> spares_;
  size_t spare_bytes_ = 0;
};

}  // namespace vitrine::capture
