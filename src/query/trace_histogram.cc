#include "query/trace_histogram.h"

#include <tuple>

#include "base/arena.h"
#include "query/internal/visit_rows.h"
#include "query/limits.h"
#include "query/metrics/time_buckets.h"
#include "query/text_search.h"
#include "query/trace_view.h"
#include "syntax/json/json_document.h"

namespace vitrine::query {
namespace {

struct Bounds {
  int64_t first = 0, last = 0, count = 0;
};

/// First and last start of what matches.
Result<Bounds> BoundsOf(clickhouse::Client& client, const TraceFilter& filter,
                        const TextMatch& match) {
  SqlText sql;
  sql << "SELECT reinterpretAsInt64(min(start_time)), reinterpretAsInt64(max(start_time)), count() "
         "FROM ";
  AppendMatchingTraces(sql, filter, match);
  sql << " FORMAT JSONCompactEachRow";
  TRY_ASSIGN(const auto lines, AskLines(client, sql));
  Arena arena;
  syntax::JsonDocument document;
  if (lines.empty() || document.Parse(lines[0], arena) != syntax::JsonStatus::kOk)
    return Fail(ErrorCode::kInternal, "unexpected bounds of traces");
  const auto row = document.root();
  return Bounds{row.At(0).ToInt().value_or(0), row.At(1).ToInt().value_or(0),
                row.At(2).ToInt().value_or(0)};
}

/// Which bucket a trace is in, counted from 0, as SQL.
void AppendIndex(SqlText& sql, const Histogram& histogram, bool is_calendar) {
  if (!is_calendar) {
    sql << "intDiv(reinterpretAsInt64(start_time) - (" << std::to_string(histogram.from.since_epoch)
        << "), " << std::to_string(histogram.bucket_ns) << ")";
    return;
  }
  std::string starts;
  for (const HistogramBucket& bucket : histogram.buckets) {
    starts += starts.empty() ? "[" : ",";
    starts += std::to_string(bucket.start.since_epoch / kNanosPerSecond);
  }
  starts += "]";
  sql << "indexOf(" << starts << ", roundDown(toInt64(toUnixTimestamp(start_time)), " << starts
      << ")) - 1";
}

Result<void> Fill(clickhouse::Client& client, const TraceFilter& filter, const TextMatch& match,
                  bool is_calendar, Histogram& histogram) {
  SqlText sql;
  sql << "SELECT ";
  AppendIndex(sql, histogram, is_calendar);
  sql << " AS bucket, count(), countIf(status = 'error'), sum(cost_usd) FROM ";
  AppendMatchingTraces(sql, filter, match);
  sql << " GROUP BY bucket FORMAT JSONCompactEachRow";
  return VisitRows(client, sql, [&](const syntax::JsonValue& row) {
    const auto index = row.At(0).ToUint();
    if (!index || *index >= histogram.buckets.size()) return;  // Arrived since the bounds.
    HistogramBucket& bucket = histogram.buckets[*index];
    bucket.count = row.At(1).ToUint().value_or(0);
    bucket.error_count = row.At(2).ToUint().value_or(0);
    if (row.At(3).is_string()) bucket.cost_usd = std::string(row.At(3).text());
  });
}

/// Days, weeks or months where equal buckets would be about a day long or longer.
std::optional<Interval> CalendarInterval(const Histogram& histogram, uint32_t bucket_count) {
  // The engine counts days of these years.
  const bool is_countable =
      histogram.from.since_epoch >= 0 && histogram.to <= Nanos{130 * 365 * kNanosPerDay};
  const int64_t width = histogram.to - histogram.from;
  if (!is_countable || width / bucket_count < kNanosPerDay / 2) return std::nullopt;
  for (const auto& [unit, count, days] : {std::tuple(Interval::Unit::kDays, 1, 1),
                                          {Interval::Unit::kDays, 2, 2},
                                          {Interval::Unit::kWeeks, 1, 7},
                                          {Interval::Unit::kWeeks, 2, 14}}) {
    if (width / (days * kNanosPerDay) < bucket_count) return Interval{unit, count};
  }
  return Interval{Interval::Unit::kMonths, 1};
}

void MakeEqualBuckets(Histogram& histogram, uint32_t bucket_count) {
  const auto width = static_cast<uint64_t>(histogram.to - histogram.from);
  histogram.bucket_ns = static_cast<int64_t>((width + bucket_count - 1) / bucket_count);
  histogram.buckets.resize((width + static_cast<uint64_t>(histogram.bucket_ns) - 1) /
                           static_cast<uint64_t>(histogram.bucket_ns));
  for (size_t i = 0; i < histogram.buckets.size(); ++i)
    histogram.buckets[i].start = histogram.from + static_cast<int64_t>(i) * histogram.bucket_ns;
}

Result<void> MakeCalendarBuckets(clickhouse::Client& client, const Interval& interval,
                                 const std::string& time_zone, Histogram& histogram) {
  TRY_ASSIGN(const auto starts,
             BucketStarts(client, {histogram.from, histogram.to}, interval, time_zone));
  for (const Nanos start : starts) histogram.buckets.push_back({.start = start, .cost_usd = {}});
  const Nanos next = starts.size() > 1 ? starts[1] : histogram.to;
  if (!starts.empty()) histogram.bucket_ns = next - starts[0];
  return {};
}

}  // namespace

Result<Histogram> TraceHistogram(clickhouse::Client& client, const TraceFilter& filter,
                                 const HistogramShape& shape) {
  TRY(CheckFilter(filter));
  const uint32_t bucket_count = shape.bucket_count;
  if (bucket_count == 0 || bucket_count > kBucketsMax)
    return Fail(ErrorCode::kInvalidInput, "buckets: is 1 to " + std::to_string(kBucketsMax));
  if (!shape.time_zone.empty() && shape.time_zone != "UTC")
    TRY(CheckTimeZone(client, shape.time_zone));
  TRY_ASSIGN(const TextMatch match, FindText(client, filter));
  Bounds bounds;
  const bool nothing = match.is_nothing();
  if ((!filter.from || !filter.to) && !nothing) {
    TRY_ASSIGN(bounds, BoundsOf(client, filter, match));
  }
  Histogram histogram;
  if (!filter.from && !filter.to && bounds.count == 0) return histogram;
  histogram.from = filter.from.value_or(bounds.count > 0 ? Nanos{bounds.first} : *filter.to + -1);
  histogram.to = filter.to.value_or(bounds.count > 0 ? Nanos{bounds.last + 1} : *filter.from + 1);
  std::optional<Interval> calendar;
  if (!shape.time_zone.empty()) calendar = CalendarInterval(histogram, bucket_count);
  if (calendar) {
    TRY(MakeCalendarBuckets(client, *calendar, shape.time_zone, histogram));
  } else {
    MakeEqualBuckets(histogram, bucket_count);
  }
  if (!nothing) TRY(Fill(client, filter, match, calendar.has_value(), histogram));
  return histogram;
}

}  // namespace vitrine::query
