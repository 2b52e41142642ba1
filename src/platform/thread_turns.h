// Turns of the processor: threads whose work can wait.
// Threads: about the thread that calls. Source: sched(7).
#pragma once

namespace vitrine::platform {

/// This thread's work, and that of threads it starts, can wait: on a busy processor it gets a tenth
/// of what others get. It cannot be undone without privileges.
void GiveWay();

}  // namespace vitrine::platform
