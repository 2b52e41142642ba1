#include "platform/thread_turns.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

namespace vitrine::platform {

namespace {

// Below every thread that a client waits for, above nothing. Each step takes a fifth: thirteen
// leave a twentieth. With ten the gateway's tokens waited longer for the threads that record them.
constexpr int kNiceness = 13;
/// The shortest there is.
constexpr uint64_t kShortTurnNs = 100'000;

/// A yield costs about a microsecond, a wait for the end of a turn up to four thousand.
constexpr std::chrono::microseconds kYieldAfter{50};

thread_local bool gives_way = false;
thread_local std::chrono::steady_clock::time_point turn_began;

/// What the kernel calls sched_attr: its own header clashes with glibc's. Source: sched_setattr(2).
struct TurnAttributes {
  uint32_t size = sizeof(TurnAttributes);
  uint32_t policy = 0;
  uint64_t flags = 0;
  int32_t niceness = 0;
  uint32_t priority = 0;
  uint64_t runtime_ns = 0;
  uint64_t deadline_ns = 0;
  uint64_t period_ns = 0;
};

// Linux keeps a niceness for each thread, whatever POSIX says. Root could raise what is lower.
void LowerShare(id_t thread) {
  if (::getpriority(PRIO_PROCESS, thread) < kNiceness)
    (void)::setpriority(PRIO_PROCESS, thread, kNiceness);
}

}  // namespace

// Whoever wakes up waits for the turn that runs, however low its share: of whole turns 1% of calls
// waited for milliseconds.
void GiveWay() {
  LowerShare(static_cast<id_t>(::gettid()));
  TakeShortTurns();
  gives_way = true;
}

// Turns end when the clock ticks, every four milliseconds, and until then a thread that has waited
// runs on, if it was owed that much: a small share makes such turns rare, not short. Whoever yields
// gives that up. Beside a hundred streams on one processor the thread that records held up their
// calls for 22 to 45 ms in 18 s, and for 2 to 11 since it yields (Linux 6.18).
void YieldIfLong() {
  if (!gives_way) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - turn_began < kYieldAfter) return;
  ::sched_yield();
  turn_began = std::chrono::steady_clock::now();
}

// A thread that ends meanwhile is no longer there to be read.
void LetGiveWay(std::string_view name) {
  std::error_code ended;
  for (std::filesystem::directory_iterator thread("/proc/self/task", ended), end;
       !ended && thread != end; thread.increment(ended)) {
    std::string is;
    std::getline(std::ifstream(thread->path() / "comm"), is);
    if (is != name) continue;
    const std::string text = thread->path().filename().string();
    id_t id = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), id).ec == std::errc())
      LowerShare(id);
  }
}

// glibc has no functions for these two.
void TakeShortTurns() {
  TurnAttributes attributes;
  if (::syscall(SYS_sched_getattr, 0, &attributes, sizeof(attributes), 0) != 0) return;
  if (attributes.policy != SCHED_OTHER) return;
  attributes.runtime_ns = kShortTurnNs;
  (void)::syscall(SYS_sched_setattr, 0, &attributes, 0);
}

void RunWhenIdle() {
  const sched_param none{};
  (void)::sched_setscheduler(0, SCHED_IDLE, &none);
}

void LowerSession() {
  constexpr int kLeast = 19;
  std::ofstream("/proc/self/autogroup") << kLeast;
}

}  // namespace vitrine::platform
