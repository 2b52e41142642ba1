// Where a trace's rows lie: span_rows and trace_rows are ordered by time, so whoever looks for one
// trace reads next to nothing once its time is known. Threads: free functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "query/sql_text.h"
#include "storage/schema/row_lookup.h"

namespace vitrine::query {

struct TracePlace {
  TraceId trace_id;
  std::optional<storage::TracePlace> place;  ///< Nothing where nothing of the trace is stored.
};

/// Errors: the client's.
Result<TracePlace> FindPlace(clickhouse::Client& client, std::string_view project,
                             TraceId trace_id);

/// Appends " AND …" over columns of span_rows or trace_rows: where the rows of these traces lie,
/// which is asked for; nothing where one of them has no place. Ids are hexadecimal digits.
/// Errors: the client's.
Result<void> AppendPlaces(clickhouse::Client& client, std::string_view project,
                          const std::vector<std::string>& trace_ids, SqlText& sql);

/// Appends " AND …" over columns of span_rows or trace_rows: the rows of this trace.
void AppendTrace(SqlText& sql, const TracePlace& place);
/// Appends " AND …" over `day` of any table whose rows lie in the days of their span: those of this
/// trace; nothing where they are not known.
void AppendTraceDays(SqlText& sql, const TracePlace& place);

}  // namespace vitrine::query
