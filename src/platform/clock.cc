#include "platform/clock.h"

#include <ctime>

namespace vitrine::platform {

namespace {

int64_t Read(clockid_t id) {
  timespec time{};
  clock_gettime(id, &time);
  return static_cast<int64_t>(time.tv_sec) * kNanosPerSecond + time.tv_nsec;
}

class RealClock : public Clock {
 public:
  Nanos Now() override { return {Read(CLOCK_REALTIME)}; }
  int64_t MonotonicNanos() override { return Read(CLOCK_MONOTONIC); }
};

}  // namespace

Clock& SystemClock() {
  static RealClock clock;
  return clock;
}

}  // namespace vitrine::platform
