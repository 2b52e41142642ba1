// The trace list: one page, newest first, of the traces a filter matches. Reads `trace_rows` and
// the view `traces`, never payloads. Threads: free functions.
//
// Merging versions (FINAL) would read every row of the range before it sorts. So a page is taken
// in two steps: candidates by the sort key, newest first, versions unmerged, which stops as soon
// as there are enough; then just those, merged and checked against the filter again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "query/limits.h"
#include "query/trace_filter.h"

namespace vitrine::query {

struct TraceListRequest {
  TraceFilter filter;
  uint32_t limit = kPageSizeDefault;  ///< 1 to kPageSizeMax.
  std::string cursor;                 ///< Of the page before, or empty.
};

struct TracePage {
  std::vector<std::string> traces;  ///< JSON objects in the API's shape.
  std::string next_cursor;          ///< Empty: this was the last page.
};

/// Errors: kInvalidInput (filter, limit, cursor), the client's.
Result<TracePage> ListTraces(clickhouse::Client& client, const TraceListRequest& request);

}  // namespace vitrine::query
