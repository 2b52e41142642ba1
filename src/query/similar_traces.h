// Traces that began with the same input as another one: what the first model call of both brought
// in last. Threads: free functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "query/limits.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

/// Rows as in the list of traces, those without an error first, then the newest; the trace itself
/// is not among them. Nothing where its first call was sent without messages. Of each stretch of
/// days the newest kSimilarCandidatesMax traces are considered. Errors: kNotFound, kInvalidInput
/// (limit: 1 to kSimilarTracesMax), the client's.
Result<std::vector<std::string>> ListSimilarTraces(clickhouse::Client& client,
                                                   std::string_view project, TraceId trace_id,
                                                   uint32_t limit);

}  // namespace vitrine::query
