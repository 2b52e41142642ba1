#include "query/metrics/time_buckets.h"

#include <algorithm>
#include <charconv>

#include "base/arena.h"
#include "query/limits.h"
#include "query/sql_text.h"
#include "syntax/json/json_document.h"

namespace vitrine::query {
namespace {

constexpr int64_t kMinute = 60, kHour = 3600, kDay = 86'400;

int64_t FloorSeconds(Nanos time) {
  const int64_t seconds = time.since_epoch / kNanosPerSecond;
  return time.since_epoch % kNanosPerSecond < 0 ? seconds - 1 : seconds;
}

/// About how long an interval is; a month is never shorter.
int64_t LeastSeconds(const Interval& interval) {
  switch (interval.unit) {
    case Interval::Unit::kSeconds: return interval.count;
    case Interval::Unit::kDays: return interval.count * kDay - kHour * 2;
    case Interval::Unit::kWeeks: return interval.count * 7 * kDay - kHour * 2;
    default: return interval.count * 28 * kDay;
  }
}

uint64_t BucketCountMax(const TimeRange& range, const Interval& interval) {
  const int64_t seconds = FloorSeconds(range.to) - FloorSeconds(range.from);
  return static_cast<uint64_t>(seconds / std::max<int64_t>(LeastSeconds(interval), 1)) + 1;
}

/// The whole numbers of the answer's one line, an array.
Result<std::vector<int64_t>> AskNumbers(clickhouse::Client& client, const SqlText& sql) {
  TRY_ASSIGN(const auto lines, AskLines(client, sql));
  Arena arena;
  syntax::JsonDocument document;
  if (lines.size() != 1 || document.Parse(lines[0], arena) != syntax::JsonStatus::kOk)
    return Fail(ErrorCode::kInternal, "unexpected answer about times");
  std::vector<int64_t> numbers;
  for (const auto element : document.root().At(0).Elements())
    numbers.push_back(element.ToInt().value_or(0));
  return numbers;
}

/// The zone is known to the engine, so it holds nothing that ends a string.
std::string Quoted(const std::string& time_zone) { return "'" + time_zone + "'"; }

/// Where the days, weeks or months start that a range touches, and one more.
SqlText CalendarStarts(const TimeRange& range, const Interval& interval, const std::string& zone) {
  const bool months = interval.unit == Interval::Unit::kMonths;
  const char* first = months                                    ? "toStartOfMonth"
                      : interval.unit == Interval::Unit::kWeeks ? "toMonday"
                                                                : "toDate";
  const int64_t step =
      interval.unit == Interval::Unit::kWeeks ? interval.count * 7 : interval.count;
  SqlText sql;
  sql << "SELECT arrayMap(i -> toUnixTimestamp(toDateTime(" << (months ? "addMonths(" : "addDays(")
      << first << "(toDateTime(" << std::to_string(FloorSeconds(range.from)) << ", " << Quoted(zone)
      << ")), toInt32(i * " << std::to_string(step) << ")), " << Quoted(zone) << ")), range("
      << BucketCountMax(range, interval) + 2 << ")) FORMAT JSONCompactEachRow";
  return sql;
}

Result<int64_t> Midnight(clickhouse::Client& client, Nanos time, const std::string& zone) {
  const int64_t seconds = FloorSeconds(time);
  if (zone == "UTC") return seconds - seconds % kDay;
  SqlText sql;
  sql << "SELECT [toUnixTimestamp(toStartOfDay(toDateTime(" << std::to_string(seconds) << ", "
      << Quoted(zone) << ")))] FORMAT JSONCompactEachRow";
  TRY_ASSIGN(const auto numbers, AskNumbers(client, sql));
  return numbers.empty() ? 0 : numbers[0];
}

}  // namespace

Result<void> CheckTimeZone(clickhouse::Client& client, const std::string& time_zone) {
  SqlText sql;
  (sql << "SELECT count() FROM system.time_zones WHERE time_zone = ").Param(time_zone);
  TRY_ASSIGN(const std::string answer, AskText(client, sql));
  if (answer.starts_with("1")) return {};
  return Fail(ErrorCode::kInvalidInput, "time_zone: there is no time zone '" + time_zone +
                                            "'; it is a name like UTC or Europe/Berlin");
}

Result<Interval> ParseInterval(std::string_view text) {
  using Unit = Interval::Unit;
  if (text == "month") return Interval{Unit::kMonths, 1};
  int64_t count = 0;
  const char* last = text.data() + text.size();
  const auto [end, problem] = std::from_chars(text.data(), last, count);
  const std::string_view unit(end, static_cast<size_t>(last - end));
  if (problem == std::errc() && count > 0 && count <= 1'000) {
    if (unit == "m") return Interval{Unit::kSeconds, count * kMinute};
    if (unit == "h" && count <= 24) return Interval{Unit::kSeconds, count * kHour};
    if (unit == "d") return Interval{Unit::kDays, count};
    if (unit == "w") return Interval{Unit::kWeeks, count};
  }
  return Fail(ErrorCode::kInvalidInput,
              "interval: is auto, month, or a number and m, h, d or w, like 15m");
}

std::string IntervalText(const Interval& interval) {
  switch (interval.unit) {
    case Interval::Unit::kSeconds:
      return interval.count % kHour == 0 ? std::to_string(interval.count / kHour) + "h"
                                         : std::to_string(interval.count / kMinute) + "m";
    case Interval::Unit::kDays: return std::to_string(interval.count) + "d";
    case Interval::Unit::kWeeks: return std::to_string(interval.count) + "w";
    default: return "month";
  }
}

Interval AutoInterval(const TimeRange& range) {
  using Unit = Interval::Unit;
  for (const int64_t seconds : {kMinute, 5 * kMinute, 15 * kMinute, 30 * kMinute, kHour, 3 * kHour,
                                6 * kHour, 12 * kHour}) {
    const Interval interval{Unit::kSeconds, seconds};
    if (BucketCountMax(range, interval) <= kTimeBucketsAuto) return interval;
  }
  for (const Unit unit : {Unit::kDays, Unit::kWeeks}) {
    if (BucketCountMax(range, {unit, 1}) <= kTimeBucketsAuto) return {unit, 1};
  }
  return {Unit::kMonths, 1};
}

Result<std::vector<Nanos>> BucketStarts(clickhouse::Client& client, const TimeRange& range,
                                        const Interval& interval, const std::string& time_zone) {
  if (time_zone != "UTC") TRY(CheckTimeZone(client, time_zone));
  if (BucketCountMax(range, interval) > kTimeBucketsMax) {
    return Fail(ErrorCode::kLimitExceeded, "interval: makes more than " +
                                               std::to_string(kTimeBucketsMax) +
                                               " buckets; take a longer one, or auto");
  }
  std::vector<int64_t> starts;
  if (interval.unit == Interval::Unit::kSeconds) {
    TRY_ASSIGN(const int64_t midnight, Midnight(client, range.from, time_zone));
    int64_t at = FloorSeconds(range.from);
    at -= (at - midnight) % interval.count;
    for (; Nanos{at * kNanosPerSecond} < range.to; at += interval.count) starts.push_back(at);
  } else {
    TRY_ASSIGN(starts, AskNumbers(client, CalendarStarts(range, interval, time_zone)));
  }
  std::vector<Nanos> buckets;
  for (const int64_t start : starts) {
    if (Nanos{start * kNanosPerSecond} < range.to) buckets.push_back({start * kNanosPerSecond});
  }
  return buckets;
}

Result<TimeRange> PreviousRange(clickhouse::Client& client, const TimeRange& range,
                                const std::string& time_zone) {
  const TimeRange plain{range.from + -(range.to - range.from), range.from};
  const bool whole_minutes = range.from.since_epoch % (60 * kNanosPerSecond) == 0 &&
                             range.to.since_epoch % (60 * kNanosPerSecond) == 0;
  if (!whole_minutes) return plain;
  if (time_zone != "UTC") TRY(CheckTimeZone(client, time_zone));
  SqlText sql;
  sql << "WITH toDateTime(" << std::to_string(FloorSeconds(range.from)) << ", " << Quoted(time_zone)
      << ") AS f, toDateTime(" << std::to_string(FloorSeconds(range.to)) << ", "
      << Quoted(time_zone) << ") AS t, toDate(f) AS fd, toDate(t) AS td "
      << "SELECT [multiIf(f != toStartOfDay(f) OR t != toStartOfDay(t), toUnixTimestamp(f) * 2 - "
         "toUnixTimestamp(t), toDayOfMonth(fd) = 1 AND toDayOfMonth(td) = 1, "
         "toUnixTimestamp(toDateTime(addMonths(fd, -dateDiff('month', fd, td)), "
      << Quoted(time_zone)
      << ")), toUnixTimestamp(toDateTime(addDays(fd, -dateDiff('day', fd, td)), "
      << Quoted(time_zone) << ")))] FORMAT JSONCompactEachRow";
  TRY_ASSIGN(const auto numbers, AskNumbers(client, sql));
  if (numbers.empty()) return plain;
  return TimeRange{{numbers[0] * kNanosPerSecond}, range.from};
}

}  // namespace vitrine::query
