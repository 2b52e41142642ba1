// The list of sessions: one page, by their latest matching turn, newest first; and one session's
// sums. A session is every trace with its id; a turn is one of them. Reads `trace_rows`, and
// `span_rows` and `score_rows` only for which turn went bad. Threads: free functions.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "query/limits.h"
#include "query/list_page.h"
#include "query/trace_filter.h"

namespace vitrine::query {

struct SessionListRequest {
  TraceFilter filter;                 ///< A session is listed when one of its traces matches.
  uint32_t limit = kPageSizeDefault;  ///< 1 to kPageSizeMax.
  std::string cursor;                 ///< Of the page before, or empty.
};

/// Numbers of a row are of the whole session, whichever of its traces the filter matched;
/// `last_match_time` is when the latest of these began, and what rows are ordered by.
/// Errors: kInvalidInput (filter, limit, cursor), the client's.
Result<ListPage> ListSessions(clickhouse::Client& client, const SessionListRequest& request);

/// When the traces of a session start and end.
struct SessionTimes {
  Nanos first_start, last_end;
};
struct SessionSums {
  std::string json;  ///< As in the list.
  SessionTimes times;
};
/// Errors: kNotFound, the client's.
Result<SessionTimes> FindSessionTimes(clickhouse::Client& client, std::string_view project,
                                      const std::string& session_id);
/// `meanwhile` is called once the times are known, and does its work while the rest is looked for.
/// Errors: kNotFound, the client's.
Result<SessionSums> FindSession(clickhouse::Client& client, std::string_view project,
                                const std::string& session_id,
                                const std::function<void(const SessionTimes&)>& meanwhile = {});

}  // namespace vitrine::query
