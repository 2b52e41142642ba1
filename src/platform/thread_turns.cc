#include "platform/thread_turns.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace vitrine::platform {

namespace {

// Below every thread that a client waits for, above nothing. Each step takes a fifth; ten leave a
// tenth.
constexpr int kNiceness = 10;
/// The shortest there is.
constexpr uint64_t kShortTurnNs = 100'000;

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

}  // namespace

// Linux keeps a niceness for each thread, whatever POSIX says. Whoever wakes up waits for the turn
// that runs, however low its share: of whole turns 1% of calls waited for milliseconds.
void GiveWay() {
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNiceness);
  TakeShortTurns();
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

}  // namespace vitrine::platform
