#include "query/trace_histogram.h"

#include "base/arena.h"
#include "query/limits.h"
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

Result<void> Fill(clickhouse::Client& client, const TraceFilter& filter, const TextMatch& match,
                  Histogram& histogram) {
  SqlText sql;
  sql << "SELECT intDiv(reinterpretAsInt64(start_time) - ("
      << std::to_string(histogram.from.since_epoch) << "), " << std::to_string(histogram.bucket_ns)
      << ") AS bucket, count(), countIf(status = 'error'), sum(cost_usd) FROM ";
  AppendMatchingTraces(sql, filter, match);
  sql << " GROUP BY bucket FORMAT JSONCompactEachRow";
  TRY_ASSIGN(const auto lines, AskLines(client, sql));
  for (const std::string& line : lines) {
    Arena arena;
    syntax::JsonDocument document;
    if (document.Parse(line, arena) != syntax::JsonStatus::kOk)
      return Fail(ErrorCode::kInternal, "unexpected row of the histogram: " + line);
    const auto row = document.root();
    const auto index = row.At(0).ToUint();
    if (!index || *index >= histogram.buckets.size()) continue;  // Arrived since the bounds.
    HistogramBucket& bucket = histogram.buckets[*index];
    bucket.count = row.At(1).ToUint().value_or(0);
    bucket.error_count = row.At(2).ToUint().value_or(0);
    if (row.At(3).is_string()) bucket.cost_usd = std::string(row.At(3).text());
  }
  return {};
}

}  // namespace

Result<Histogram> TraceHistogram(clickhouse::Client& client, const TraceFilter& filter,
                                 uint32_t bucket_count) {
  TRY(CheckFilter(filter));
  if (bucket_count == 0 || bucket_count > kBucketsMax)
    return Fail(ErrorCode::kInvalidInput, "buckets: is 1 to " + std::to_string(kBucketsMax));
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
  const auto width = static_cast<uint64_t>(histogram.to - histogram.from);
  histogram.bucket_ns = static_cast<int64_t>((width + bucket_count - 1) / bucket_count);
  histogram.buckets.resize((width + static_cast<uint64_t>(histogram.bucket_ns) - 1) /
                           static_cast<uint64_t>(histogram.bucket_ns));
  for (size_t i = 0; i < histogram.buckets.size(); ++i)
    histogram.buckets[i].start = histogram.from + static_cast<int64_t>(i) * histogram.bucket_ns;
  if (!nothing) TRY(Fill(client, filter, match, histogram));
  return histogram;
}

}  // namespace vitrine::query
