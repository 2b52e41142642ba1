// Turns of the processor: threads that others wait for, and threads that can wait.
// Threads: each function is about the thread that calls it. Source: sched(7), sched_setattr(2).
#pragma once

namespace vitrine::platform {

/// This thread answers somebody: when it wakes it takes the processor from threads with longer
/// turns instead of waiting for the end of theirs (3 ms on usual kernels). Its share of a busy
/// processor stays the same. Kernels before 6.12 do not know turns of a thread's own; there it
/// changes nothing.
void TakeShortTurns();

/// This thread's work, and that of threads it starts, can wait: on a busy processor it gets a tenth
/// of what others get. It cannot be undone without privileges.
void GiveWay();

}  // namespace vitrine::platform
