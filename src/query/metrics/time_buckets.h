// Time buckets of a series: hours, days and months as people in a time zone count them.
// Owner: values. Threads: free functions. The rules of time zones are the engine's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

/// From `from` up to, but without, `to`.
struct TimeRange {
  Nanos from, to;
};

struct Interval {
  enum class Unit { kSeconds, kDays, kWeeks, kMonths };
  Unit unit = Unit::kSeconds;
  int64_t count = 60;
  bool operator==(const Interval&) const = default;
};

/// "5m", "2h", "1d", "1w", "month". Errors: kInvalidInput.
Result<Interval> ParseInterval(std::string_view text);
std::string IntervalText(const Interval& interval);
/// The shortest of some common ones that makes at most kTimeBucketsAuto buckets.
Interval AutoInterval(const TimeRange& range);

/// A zone that days and months can be asked in. Errors: kInvalidInput, the client's.
Result<void> CheckTimeZone(clickhouse::Client& client, const std::string& time_zone);

/// Where each bucket starts. The first may start before the range; no bucket is outside of it.
/// Shorter than a day they are of equal length, and one starts at midnight of the first day.
/// Errors: kInvalidInput (no such time zone), kLimitExceeded (kTimeBucketsMax), the client's.
Result<std::vector<Nanos>> BucketStarts(clickhouse::Client& client, const TimeRange& range,
                                        const Interval& interval, const std::string& time_zone);

/// The range of the same length before this one: whole days where it is whole days of the time
/// zone, whole months where it is whole months.
Result<TimeRange> PreviousRange(clickhouse::Client& client, const TimeRange& range,
                                const std::string& time_zone);

}  // namespace vitrine::query
