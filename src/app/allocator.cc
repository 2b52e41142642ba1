// The habits of the heap, jemalloc's. Freed memory is kept for a quarter of a second before it is
// given back to the system: bodies and batches come and go many times a second, and each page that
// comes back is cleared first, which was a quarter of the processor time of requests with long
// histories. Kept for a second, the server held 182 MB instead of 133 while agents called (in
// turns). A thread of its own gives back, so that memory goes also where nothing comes any more.
#include <jemalloc/jemalloc.h>

const char* malloc_conf = "background_thread:true,dirty_decay_ms:250,muzzy_decay_ms:0";
