// Merge: two versions of one span become one row. Set fields win over unset, newer over older, the
// span itself over fragments of it (log events), whichever came first. Content comes from the side
// that has more of it; fragments are put together in the order of their times.
#pragma once

#include "base/arena.h"
#include "storage/schema/stored_span.h"

namespace vitrine::settle {

/// Returns `newer` completed by `older`.
/// Lifetime: borrows from both rows; combined arrays are in `arena`.
storage::StoredSpan MergeRows(const storage::StoredSpan& older, const storage::StoredSpan& newer,
                              Arena& arena);

}  // namespace vitrine::settle
