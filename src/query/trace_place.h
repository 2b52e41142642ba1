// Where a trace's rows lie: span_rows and trace_rows are ordered by time, so whoever looks for one
// trace reads next to nothing once its time is known. Threads: free functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "query/sql_text.h"

namespace vitrine::query {

struct TracePlace {
  TraceId trace_id;
  /// The first start, and the last moment at which a span started or ended. Nothing where only
  /// fragments of the trace are stored so far, or nothing at all.
  std::optional<std::pair<Nanos, Nanos>> times;
};

/// Errors: the client's.
Result<TracePlace> FindPlace(clickhouse::Client& client, std::string_view project,
                             TraceId trace_id);

/// Appends " AND …" over columns of span_rows or trace_rows: where in time the rows of these traces
/// lie, which is asked for; nothing where one of them has no place. Ids are hexadecimal digits.
/// Errors: the client's.
Result<void> AppendPlaces(clickhouse::Client& client, std::string_view project,
                          const std::vector<std::string>& trace_ids, SqlText& sql);

/// Appends " AND …" over columns of span_rows or trace_rows: the rows of this trace.
void AppendTrace(SqlText& sql, const TracePlace& place);
/// The same by time alone, over `start_time`; nothing where the time is not known.
void AppendTimes(SqlText& sql, const TracePlace& place);

}  // namespace vitrine::query
