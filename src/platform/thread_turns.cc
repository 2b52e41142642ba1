#include "platform/thread_turns.h"

#include <sys/resource.h>
#include <unistd.h>

namespace vitrine::platform {

namespace {

// Below every thread that a client waits for, above nothing. Each step takes a fifth; ten leave a
// tenth.
constexpr int kNiceness = 10;

}  // namespace

// Linux keeps a niceness for each thread, whatever POSIX says.
void GiveWay() { (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNiceness); }

}  // namespace vitrine::platform
