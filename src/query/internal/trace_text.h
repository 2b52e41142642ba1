// One row of `trace_rows` in the API's shape. Private to query. Threads: free functions.
#pragma once

#include <string>

#include "query/cursor.h"
#include "query/internal/binary_rows.h"

namespace vitrine::query {

/// What a statement over `trace_rows` selects, FORMAT RowBinary, for ReadTraceText.
inline constexpr const char* kTraceTextColumns =
    "trace_id, start_time, end_time, brief, input_preview, output_preview";

struct TraceText {
  ListKey key;
  Nanos end;
  std::string json;  ///< One object.
};

TraceText ReadTraceText(BinaryRow& row);

/// Appends a text or, where it is empty, null.
void AppendPreview(std::string& json, std::string_view preview);

}  // namespace vitrine::query
