// The allocator's habits. Threads: none; call before the first thread.
#pragma once

namespace vitrine::app {

/// Keeps freed memory for a fifth of a second instead of giving it back to the system at once:
/// bodies and batches come and go many times a second, and each page that comes back is cleared
/// first. A quarter of the processor time of requests with long histories was that; it costs 10 MB
/// of resident memory.
void KeepFreedMemoryAwhile();

}  // namespace vitrine::app
