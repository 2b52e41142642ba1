// Filters that the rollups can answer: conditions on their own dimensions alone, joined in any way.
// Threads: free functions.
#pragma once

#include "query/filter/filter_tree.h"
#include "query/sql_text.h"

namespace vitrine::query {

/// Of filters over calls and spans; never of one over traces.
bool RollupsAnswer(const Filter& filter);

/// Appends " AND (…)" over columns of `rollup_rows`; nothing for a filter that is everything.
void AppendRollupFilter(SqlText& sql, const Filter& filter);

}  // namespace vitrine::query
