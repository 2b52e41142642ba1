// Turns of the processor: threads whose work can wait.
// Threads: about the thread that calls unless said otherwise. Source: sched(7).
#pragma once

#include <string_view>

namespace vitrine::platform {

/// This thread's work, and that of threads it starts, can wait: on a busy processor it gets a
/// twentieth of what others get. It cannot be undone without privileges.
void GiveWay();

/// Between two pieces of work that can wait: lets others run, if this thread gave way and has not
/// done so for a while (50 us). Elsewhere, and more often, it costs a look at the clock at most.
void YieldIfLong();

/// The same as GiveWay for threads of this process that run already under `name` (as in /proc, at most 15
/// letters). For those that a library starts; which start later are found by the next call.
void LetGiveWay(std::string_view name);

/// Turns of this thread, and of threads it starts, end after a tenth of a millisecond when another
/// wants the processor, instead of some three. Its share stays the same. Kernels before 6.12 have
/// one length of turns and ignore it.
void TakeShortTurns();

/// This thread, and threads it starts, run when nothing else wants the processor. It cannot be
/// undone without privileges.
void RunWhenIdle();

/// The processes of this session together get the least share that a session can have, where the
/// kernel shares out processors by sessions (autogroups; not for processes in control groups). For
/// a process that leads a session of its own.
void LowerSession();

}  // namespace vitrine::platform
