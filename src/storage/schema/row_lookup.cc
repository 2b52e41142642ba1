#include "storage/schema/row_lookup.h"

#include <algorithm>
#include <cstdint>
#include <functional>

#include "base/check.h"

namespace vitrine::storage {

namespace {

/// From the end of one range to the beginning of the next: clocks may be wrong by centuries.
uint64_t Gap(const TimeRange& range, const TimeRange& next) {
  if (next.first <= range.last) return 0;
  return static_cast<uint64_t>(next.first.since_epoch) -
         static_cast<uint64_t>(range.last.since_epoch);
}

/// Joins ranges that are in order of their beginnings and at most so far apart.
std::vector<TimeRange> Join(const std::vector<TimeRange>& ranges, uint64_t gap_max) {
  std::vector<TimeRange> joined;
  for (const TimeRange& range : ranges) {
    if (joined.empty() || Gap(joined.back(), range) > gap_max) {
      joined.push_back(range);
    } else {
      joined.back().last = std::max(joined.back().last, range.last);
    }
  }
  return joined;
}

}  // namespace

std::vector<TimeRange> Cover(std::vector<TimeRange> ranges, size_t count_max) {
  VITRINE_CHECK(count_max > 0);
  std::ranges::sort(ranges, {}, &TimeRange::first);
  std::vector<TimeRange> apart = Join(ranges, 0);
  if (apart.size() <= count_max) return apart;
  std::vector<uint64_t> gaps;
  for (size_t i = 1; i < apart.size(); ++i) gaps.push_back(Gap(apart[i - 1], apart[i]));
  // Only gaps wider than this one stay.
  const auto widest = gaps.begin() + static_cast<ptrdiff_t>(count_max - 1);
  std::ranges::nth_element(gaps, widest, std::greater());
  return Join(apart, *widest);
}

std::string WithinSql(std::string_view column, const std::vector<TimeRange>& ranges) {
  VITRINE_CHECK(!ranges.empty());
  std::string sql = " AND (";
  for (const TimeRange& range : ranges) {
    if (!sql.ends_with('(')) sql += " OR ";
    sql.append(column) += " BETWEEN fromUnixTimestamp64Nano(";
    sql += std::to_string(range.first.since_epoch) + ", 'UTC') AND fromUnixTimestamp64Nano(";
    sql += std::to_string(range.last.since_epoch) + ", 'UTC')";
  }
  return sql + ")";
}

void TracePlace::Widen(const TimeRange& range, int32_t first, int32_t last) {
  times.first = std::min(times.first, range.first);
  times.last = std::max(times.last, range.last);
  first_day = std::min(first_day, first);
  last_day = std::max(last_day, last);
}

std::string OfTracesSql(std::span<const TraceId> ids) {
  std::string sql = " AND trace_id IN (";
  for (const TraceId& id : ids) {
    sql += sql.ends_with('(') ? "'" : ", '";
    const std::string hex = id.ToHex();
    for (size_t i = 0; i < hex.size(); i += 2) sql.append("\\x").append(hex, i, 2);
    sql += "'";
  }
  return sql + ")";
}

std::string InPlacesSql(std::span<const TracePlace> places) {
  VITRINE_CHECK(!places.empty());
  TracePlace all = places.front();
  std::vector<TimeRange> times;
  for (const TracePlace& place : places) {
    all.Widen(place);
    times.push_back(place.times);
  }
  return " AND day BETWEEN toDate(" + std::to_string(all.first_day) + ") AND toDate(" +
         std::to_string(all.last_day) + ")" + WithinSql("start_time", Cover(std::move(times)));
}

}  // namespace vitrine::storage
