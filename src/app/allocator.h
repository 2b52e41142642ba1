// The allocator's habits. Threads: none; call before the first thread.
#pragma once

namespace vitrine::app {

/// Keeps freed memory for a twentieth of a second instead of giving it back to the system at once:
/// bodies and batches come and go many times a second, and each page that comes back is cleared
/// first. A quarter of the processor time of requests with long histories was that. Longer spares
/// little more, and at 200 MB of bodies a second holds 10 MB for every twentieth of a second.
void KeepFreedMemoryAwhile();

}  // namespace vitrine::app
