#include "query/ingest_times.h"

#include <charconv>

#include "base/beside.h"
#include "query/internal/table_ends.h"

namespace vitrine::query {

namespace {

Result<std::optional<Nanos>> ArrivalAt(clickhouse::Client& client, std::string_view project,
                                       TableEnd end) {
  TRY_ASSIGN(const auto lines,
             AskAtEnd(client, {"vitrine.span_rows", project, "reinterpretAsInt64(received_time)",
                               " AND is_deleted = 0", end}));
  if (lines.empty()) return std::optional<Nanos>();
  Nanos time;
  const auto [rest, error] =
      std::from_chars(lines[0].data(), lines[0].data() + lines[0].size(), time.since_epoch);
  if (error != std::errc()) return Fail(ErrorCode::kInternal, "unexpected time: " + lines[0]);
  return std::optional(time);
}

}  // namespace

Result<Arrivals> StoredArrivals(clickhouse::Client& client, std::string_view project) {
  // Every page asks, and both wait for the engine to look at each part of the table.
  auto first = RunBeside([&] { return ArrivalAt(client, project, TableEnd::kFirst); });
  Arrivals arrivals;
  TRY_ASSIGN(arrivals.last, ArrivalAt(client, project, TableEnd::kLast));
  TRY_ASSIGN(arrivals.first, first.get());
  return arrivals;
}

}  // namespace vitrine::query
