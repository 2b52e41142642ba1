// ListKey and cursors: where a page of a list ended; opaque to callers, checked when it comes back.
// Format: hex of the start (8 bytes), the trace id (16), the span id (8, zero in lists of traces)
// and the filter's digest (4). Threads: values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

namespace vitrine::query {

/// Place of a row in a list, newest first; after the last one of a page the next page begins.
struct ListKey {
  Nanos start;
  TraceId trace_id;
  SpanId span_id;  ///< Zero in lists of traces.
  bool operator==(const ListKey&) const = default;
};

std::string CursorText(const ListKey& last, uint32_t filter_digest);
/// Errors: kInvalidInput (not a cursor of ours, or of another filter).
Result<ListKey> ParseCursor(std::string_view text, uint32_t filter_digest);

}  // namespace vitrine::query
