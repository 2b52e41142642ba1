#include "app/allocator.h"

#ifdef VITRINE_MIMALLOC
#include <mimalloc.h>
#endif

namespace vitrine::app {

void KeepFreedMemoryAwhile() {
#ifdef VITRINE_MIMALLOC
  constexpr long kKeptMs = 50;
  mi_option_set_default(mi_option_decommit_delay, kKeptMs);
  mi_option_set_default(mi_option_segment_decommit_delay, kKeptMs);
#endif
}

}  // namespace vitrine::app
