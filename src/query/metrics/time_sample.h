// Time sample: short stretches spread over a long time, for a question that would read too much of
// it. By stretches, because rows lie in the order of time: the rest of them is not read at all.
// Threads: free functions.
#pragma once

#include <cstdint>
#include <vector>

#include "query/sql_text.h"
#include "storage/schema/row_lookup.h"

namespace vitrine::query {

/// One stretch in each of kSampleStretches equal parts of the time from `first` to `last`, together
/// one in `sampling` of it. Where in its part a stretch lies follows from its number alone: at
/// other hours of other days, and at the same ones when asked again.
std::vector<storage::TimeRange> SampleTimes(const storage::TimeRange& range, uint64_t sampling);

/// Appends " AND (…)" that a row starts within one of them; nothing where `sampling` is 1.
void AppendSample(SqlText& sql, const storage::TimeRange& range, uint64_t sampling);

}  // namespace vitrine::query
