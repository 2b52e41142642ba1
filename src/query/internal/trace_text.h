// One row of `trace_rows` in the API's shape. Private to query. Threads: free functions.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "query/cursor.h"

namespace vitrine::query {

/// What a statement over `trace_rows` selects, FORMAT TSVRaw, for ReadTraceText: four cells.
const std::string& TraceTextColumns();

struct TraceText {
  TraceCursor key;
  Nanos end;
  std::string json;  ///< One object.
};

/// Errors: kInternal.
Result<TraceText> ReadTraceText(std::span<const std::string_view> cells);

}  // namespace vitrine::query
