#include "query/trace_place.h"

#include <string>

#include "query/internal/binary_rows.h"

namespace vitrine::query {

Result<TracePlace> FindPlace(clickhouse::Client& client, std::string_view project,
                             TraceId trace_id) {
  SqlText sql;
  sql << "SELECT reinterpretAsInt64(first), reinterpretAsInt64(last) FROM "
         "vitrine.trace_place_rows WHERE project = ";
  sql.Param(project) << " AND trace_id = toFixedString(unhex('" << trace_id.ToHex()
                     << "'), 16) ORDER BY version DESC LIMIT 1 FORMAT RowBinary";
  TRY_ASSIGN(const std::string answer, AskText(client, sql));
  TracePlace place{trace_id, {}};
  if (answer.empty()) return place;
  BinaryRow row(answer);
  const Nanos first{row.Int64()}, last{row.Int64()};
  if (!row.complete()) return Fail(ErrorCode::kInternal, "a row of places was cut off");
  place.times = {first, last};
  return place;
}

void AppendTrace(SqlText& sql, const TracePlace& place) {
  sql << " AND lower(hex(trace_id)) = '" << place.trace_id.ToHex() << "'";
  AppendTimes(sql, place);
}

void AppendTimes(SqlText& sql, const TracePlace& place) {
  if (!place.times) return;
  (sql << " AND start_time >= ").Time(place.times->first);
  (sql << " AND start_time <= ").Time(place.times->second);
}

}  // namespace vitrine::query
