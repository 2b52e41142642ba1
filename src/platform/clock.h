// Clock: the seam to time. Real side: SystemClock(); simulated side: SimClock.
// Threads: all are thread-safe.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/time.h"

namespace vitrine::platform {

class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall clock. May jump in either direction.
  virtual Nanos Now() = 0;
  /// Never goes backwards; its zero means nothing.
  virtual int64_t MonotonicNanos() = 0;
};

/// The machine's clock; lives for ever.
Clock& SystemClock();

/// A clock that moves only when told.
class SimClock : public Clock {
 public:
  explicit SimClock(Nanos start = {1'763'700'000 * kNanosPerSecond}) : wall_(start.since_epoch) {}
  Nanos Now() override { return {wall_.load()}; }
  int64_t MonotonicNanos() override { return monotonic_.load(); }
  /// Moves both clocks on.
  void Advance(int64_t nanos) {
    wall_ += nanos;
    monotonic_ += nanos;
  }
  /// Makes the wall clock alone jump.
  void SkewWall(int64_t nanos) { wall_ += nanos; }

 private:
  std::atomic<int64_t> wall_;
  std::atomic<int64_t> monotonic_{0};
};

}  // namespace vitrine::platform
