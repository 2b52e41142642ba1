// TraceCursor: where a page of traces ended; opaque to callers, checked when it comes back.
// Format: hex of the start (8 bytes), the trace id (16) and the filter's digest (4). Threads:
// values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

namespace vitrine::query {

/// The last trace of a page; the next page begins behind it, newest first.
struct TraceCursor {
  Nanos start;
  TraceId trace_id;
  bool operator==(const TraceCursor&) const = default;
};

std::string CursorText(const TraceCursor& cursor, uint32_t filter_digest);
/// Errors: kInvalidInput (not a cursor of ours, or of another filter).
Result<TraceCursor> ParseCursor(std::string_view text, uint32_t filter_digest);

}  // namespace vitrine::query
