#include "platform/thread_turns.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace vitrine::platform {

namespace {

// Below every thread that a client waits for, above nothing. Each step is a quarter: ten are a
// tenth.
constexpr int kNiceness = 10;
// The shortest turn that the kernel grants (kernel/sched/fair.c takes 0.1 to 100 ms).
constexpr uint64_t kShortTurnNs = 100'000;

// As the kernel reads it, its first version; glibc 2.36 has neither the type nor the call.
struct SchedAttributes {
  uint32_t size;
  uint32_t policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime;
  uint64_t deadline;
  uint64_t period;
};
static_assert(sizeof(SchedAttributes) == 48);

}  // namespace

void TakeShortTurns() {
  SchedAttributes attributes{};
  // What is not meant to change is read first. A refusal costs a few milliseconds now and then.
  if (::syscall(SYS_sched_getattr, 0, &attributes, sizeof(attributes), 0) != 0) return;
  attributes.runtime = kShortTurnNs;
  (void)::syscall(SYS_sched_setattr, 0, &attributes, 0);
}

void GiveWay() { (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNiceness); }

}  // namespace vitrine::platform
