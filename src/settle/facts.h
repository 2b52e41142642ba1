// Facts of a row for the ledger, and the ledger's decisions back onto a row.
#pragma once

#include "settle/trace_state.h"
#include "storage/schema/stored_span.h"

namespace vitrine::settle {

/// The facts of one row. Text goes to the trace's pool. `own` comes from the row's own values,
/// `effective` from what it shows.
SpanFacts FactsOf(const storage::StoredSpan& row, TraceState& trace);

/// How facts name a text (response id, scope, model); 0 for the empty one.
uint64_t HashOrZero(std::string_view text);

/// Writes inherited ownership onto a row.
/// Lifetime: text borrows from the trace's pool, the tag list from `arena`.
void ApplyOwnership(const OwnershipIds& effective, const TraceState& trace, Arena& arena,
                    storage::StoredSpan& row);

/// A paid call whose cost is not known. A call that failed before it used tokens cost nothing and
/// is not unpriced.
bool IsUnpriced(bool counted, const SpanFacts& facts);
bool IsUnpriced(const storage::StoredSpan& row);

}  // namespace vitrine::settle
