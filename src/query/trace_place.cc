#include "query/trace_place.h"

#include <algorithm>
#include <string>

#include "query/internal/binary_rows.h"
#include "storage/schema/row_lookup.h"

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

Result<void> AppendPlaces(clickhouse::Client& client, std::string_view project,
                          const std::vector<std::string>& trace_ids, SqlText& sql) {
  std::vector<TraceId> ids;
  for (const std::string& text : trace_ids) {
    const auto id = TraceId::FromHex(text);
    if (!id) return Fail(ErrorCode::kInternal, "not a trace id: " + text);
    ids.push_back(*id);
  }
  if (ids.empty()) return {};
  SqlText places;
  places << "SELECT reinterpretAsInt64(min(first)), reinterpretAsInt64(max(last)) FROM "
            "vitrine.trace_place_rows WHERE project = ";
  places.Param(project) << " AND trace_id IN (" << storage::BytesSql(ids)
                        << ") GROUP BY trace_id FORMAT RowBinary";
  TRY_ASSIGN(const std::string answer, AskText(client, places));
  std::vector<storage::TimeRange> times;
  for (BinaryRow row(answer); !row.rest().empty();) {
    const Nanos first{row.Int64()}, last{row.Int64()};
    if (!row.complete()) return Fail(ErrorCode::kInternal, "a row of places was cut off");
    times.push_back({first, last});
  }
  if (times.size() == ids.size())
    sql << storage::WithinSql("start_time", storage::Cover(std::move(times)));
  return {};
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
