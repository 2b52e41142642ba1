// The matching traces as a subquery, for questions that count over all of them.
// Threads: free functions.
#pragma once

#include "query/text_search.h"
#include "query/trace_filter.h"

namespace vitrine::query {

/// Appends a bracketed subquery over the newest versions of `trace_rows` that match the filter and
/// its words, with the table's own columns.
void AppendMatchingTraces(SqlText& sql, const TraceFilter& filter, const TextMatch& match);

}  // namespace vitrine::query
