// The list of calls: one page, newest first, of the counted model calls a filter matches; and the
// attempts of one call. Reads `span_rows`, never payloads. Threads: free functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "query/call_filter.h"
#include "query/limits.h"
#include "query/list_page.h"
#include "query/newest_starts.h"

namespace vitrine::query {

struct CallListRequest {
  CallFilter filter;
  uint32_t limit = kPageSizeDefault;  ///< 1 to kPageSizeMax.
  std::string cursor;                 ///< Of the page before, or empty.
  NewestStarts* newest = nullptr;     ///< Of this list; null: it remembers nothing.
};

/// Errors: kInvalidInput (filter, limit, cursor), the client's.
Result<ListPage> ListCalls(clickhouse::Client& client, const CallListRequest& request);

/// The same of spans of any kind, counted or not: objects with tool_name and agent_name besides.
Result<ListPage> ListSpans(clickhouse::Client& client, const CallListRequest& request);

/// The spans that have the call id of this one, counted or not, whichever trace they are in, by
/// attempt, at most kAttemptsMax of those that start within kAttemptsApartMax of it; only itself
/// where it has no call id. Elements are objects as ListCalls has them.
/// Errors: kNotFound (no such span), the client's.
Result<std::vector<std::string>> ListAttempts(clickhouse::Client& client, std::string_view project,
                                              TraceId trace_id, SpanId span_id);

}  // namespace vitrine::query
