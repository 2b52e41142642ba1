#include "query/ingest_times.h"

#include <charconv>

#include "query/sql_text.h"

namespace vitrine::query {

Result<Arrivals> StoredArrivals(clickhouse::Client& client, std::string_view project) {
  Arrivals arrivals;
  for (const bool first : {true, false}) {
    SqlText sql;
    sql << "SELECT reinterpretAsInt64(received_time) FROM vitrine.span_rows WHERE project = ";
    sql.Param(project) << " AND is_deleted = 0 ORDER BY start_time " << (first ? "ASC" : "DESC")
                       << " LIMIT 1 FORMAT TSV";
    TRY_ASSIGN(const auto lines, AskLines(client, sql));
    if (lines.empty()) return arrivals;
    Nanos time;
    const auto [end, error] =
        std::from_chars(lines[0].data(), lines[0].data() + lines[0].size(), time.since_epoch);
    if (error != std::errc()) return Fail(ErrorCode::kInternal, "unexpected time: " + lines[0]);
    (first ? arrivals.first : arrivals.last) = time;
  }
  return arrivals;
}

}  // namespace vitrine::query
