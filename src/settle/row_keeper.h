// KeepRow, KeptScore: take rows off the record they were built from, so that its memory can go.
// Source of the fields: storage::DescribeColumns; what no column has is emptied.
#pragma once

#include "base/arena.h"
#include "storage/schema/stored_span.h"

namespace vitrine::settle {

/// Copies every text of the row into `arena`. The project's name is left: the caller keeps it.
void KeepRow(storage::StoredSpan& row, Arena& arena);
/// The same for a score.
model::Score KeptScore(model::Score score, Arena& arena);

}  // namespace vitrine::settle
