#include "query/internal/session_rows.h"

namespace vitrine::query {

void AppendSessionIn(SqlText& sql, const std::vector<std::string>& session_ids) {
  sql << "session_id IN (";
  for (size_t i = 0; i < session_ids.size(); ++i)
    (sql << (i == 0 ? "" : ", ")).Param(session_ids[i]);
  sql << ")";
}

void AppendSessionTraces(SqlText& sql, std::string_view project,
                         const std::vector<std::string>& session_ids, std::string_view columns,
                         const std::optional<std::pair<Nanos, Nanos>>& times) {
  sql << "(SELECT * FROM (SELECT session_id, start_time, trace_id, version, is_deleted, " << columns
      << " FROM vitrine.trace_rows PREWHERE project = ";
  const auto append_times = [&] {
    if (!times) return;
    (sql << " AND start_time >= ").Time(times->first);
    (sql << " AND start_time <= ").Time(times->second);
  };
  // A trace may have been of another session before: what its newest version says holds.
  sql.Param(project);
  append_times();
  sql << " AND (start_time, trace_id) IN (SELECT start_time, trace_id FROM vitrine.trace_rows "
         "WHERE project = ";
  sql.Param(project);
  append_times();
  sql << " AND ";
  AppendSessionIn(sql, session_ids);
  sql << ") ORDER BY start_time, trace_id, version DESC, is_deleted LIMIT 1 BY start_time, "
         "trace_id) WHERE is_deleted = 0 AND ";
  AppendSessionIn(sql, session_ids);
  sql << ")";
}

}  // namespace vitrine::query
