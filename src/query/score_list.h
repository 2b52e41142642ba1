// The list of scores: one page, newest first. Threads: free functions. Source: docs/scores.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "query/limits.h"
#include "query/list_page.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

/// Empty text means: not asked for. Times are of the score, half-open.
struct ScoreListRequest {
  std::string project;
  std::optional<TraceId> trace_id;  ///< Of the trace and of its spans.
  std::optional<SpanId> span_id;
  std::string session_id, response_id, name;
  std::optional<Nanos> from, to;
  uint32_t limit = kPageSizeDefault;  ///< 1 to kPageSizeMax.
  std::string cursor;                 ///< Of the page before, or empty.
};

/// Errors: kInvalidInput (limit, cursor, an empty range), the client's.
Result<ListPage> ListScores(clickhouse::Client& client, const ScoreListRequest& request);

}  // namespace vitrine::query
