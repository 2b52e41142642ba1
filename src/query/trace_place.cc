#include "query/trace_place.h"

#include <map>

#include "query/internal/binary_rows.h"

namespace vitrine::query {

namespace {

Result<std::vector<storage::TracePlace>> ReadPlaces(clickhouse::Client& client,
                                                    std::string_view project,
                                                    std::span<const TraceId> traces) {
  SqlText sql;
  (sql << storage::kPlacesSql).Param(project)
      << storage::OfTracesSql(traces) << " FORMAT RowBinary";
  TRY_ASSIGN(const std::string answer, AskText(client, sql));
  std::map<TraceId, storage::TracePlace> places;
  for (BinaryRow row(answer); !row.rest().empty();) {
    storage::TracePlace place;
    place.trace_id = TraceId::FromBytes(row.Bytes(TraceId::size)).value_or(TraceId{});
    place.times.first.since_epoch = row.Int64();
    place.times.last.since_epoch = row.Int64();
    place.first_day = row.Number<uint16_t>();
    place.last_day = row.Number<uint16_t>();
    if (!row.complete()) return Fail(ErrorCode::kInternal, "a row of places was cut off");
    places.try_emplace(place.trace_id, place).first->second.Widen(place);
  }
  std::vector<storage::TracePlace> found;
  for (const auto& [id, place] : places) found.push_back(place);
  return found;
}

}  // namespace

Result<TracePlace> FindPlace(clickhouse::Client& client, std::string_view project,
                             TraceId trace_id) {
  TRY_ASSIGN(const auto places, ReadPlaces(client, project, std::span(&trace_id, 1)));
  return TracePlace{trace_id, places.empty() ? std::nullopt : std::optional(places.front())};
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
  TRY_ASSIGN(const auto places, ReadPlaces(client, project, ids));
  if (places.size() == ids.size()) sql << storage::InPlacesSql(places);
  return {};
}

void AppendTrace(SqlText& sql, const TracePlace& place) {
  sql << " AND lower(hex(trace_id)) = '" << place.trace_id.ToHex() << "'";
  if (place.place) sql << storage::InPlacesSql(std::span(&*place.place, 1));
}

void AppendTraceDays(SqlText& sql, const TracePlace& place) {
  if (!place.place) return;
  sql << " AND day BETWEEN toDate(" << static_cast<uint32_t>(place.place->first_day)
      << ") AND toDate(" << static_cast<uint32_t>(place.place->last_day) << ")";
}

}  // namespace vitrine::query
