#include "query/trace_place.h"

#include <algorithm>
#include <string>

#include "query/internal/binary_rows.h"

namespace vitrine::query {

Result<TracePlace> FindPlace(clickhouse::Client& client, std::string_view project,
                             TraceId trace_id) {
  SqlText sql;
  sql << "SELECT version, reinterpretAsInt64(first), reinterpretAsInt64(last) FROM "
         "vitrine.trace_place_rows WHERE project = ";
  sql.Param(project) << " AND trace_id = toFixedString(unhex('" << trace_id.ToHex()
                     << "'), 16) FORMAT RowBinary";
  TRY_ASSIGN(const std::string answer, AskText(client, sql));
  TracePlace place{trace_id, {}};
  uint64_t newest = 0;
  // The few versions that are not merged yet: their order and a limit would cost a third more.
  for (BinaryRow row(answer); !row.rest().empty();) {
    const auto version = row.Number<uint64_t>();
    const Nanos first{row.Int64()}, last{row.Int64()};
    if (!row.complete()) return Fail(ErrorCode::kInternal, "a row of places was cut off");
    if (version >= newest) place.times = {first, last};
    newest = std::max(newest, version);
  }
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
