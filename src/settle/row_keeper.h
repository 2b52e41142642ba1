// KeepRow: takes a row off the record it was built from, so that the record's memory can go.
// Source of the fields: storage::DescribeColumns; what no column has is emptied.
#pragma once

#include "base/arena.h"
#include "storage/schema/stored_span.h"

namespace vitrine::settle {

/// Copies every text of the row into `arena`. The project's name is left: the caller keeps it.
void KeepRow(storage::StoredSpan& row, Arena& arena);

}  // namespace vitrine::settle
