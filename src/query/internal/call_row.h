// One row of `span_rows` as a call in the API's shape. Private to query. Threads: free functions.
#pragma once

#include "query/internal/page_reader.h"

namespace vitrine::query {

/// What a statement over `span_rows` selects, FORMAT RowBinary, for ReadCallRow. Most values come
/// from the row's brief (ADR 0007).
inline constexpr const char* kCallColumns =
    "trace_id, span_id, parent_span_id, start_time, end_time, brief, operation, user_id, "
    "session_id, "
    "feature, environment, release, tags, tpot_ns, output_tokens_per_second, rare['http_status'], "
    "rare['stall_count'], rare['longest_stall_ns'], rare['call_id'], input_preview, output_preview";

ListRow ReadCallRow(BinaryRow& row);
/// The same row as a span of any kind: with what tool it ran and which agent it was.
ListRow ReadSpanRow(BinaryRow& row);

}  // namespace vitrine::query
