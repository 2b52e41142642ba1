// The trace list: one page, newest first, of the traces a filter matches. Reads `trace_rows`, never
// payloads. Threads: free functions.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "query/limits.h"
#include "query/list_page.h"
#include "query/newest_starts.h"
#include "query/trace_filter.h"

namespace vitrine::query {

struct TraceListRequest {
  TraceFilter filter;
  uint32_t limit = kPageSizeDefault;  ///< 1 to kPageSizeMax.
  std::string cursor;                 ///< Of the page before, or empty.
  NewestStarts* newest = nullptr;     ///< Of this list; null: it remembers nothing.
};

/// Errors: kInvalidInput (filter, limit, cursor), the client's.
Result<ListPage> ListTraces(clickhouse::Client& client, const TraceListRequest& request);

}  // namespace vitrine::query
