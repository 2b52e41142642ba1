// The histogram above the trace list: traces by start, in buckets of equal length or of whole days.
// Threads: free functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "query/trace_filter.h"

namespace vitrine::query {

struct HistogramBucket {
  Nanos start;
  uint64_t count = 0;
  uint64_t error_count = 0;
  std::optional<std::string> cost_usd;  ///< Decimal; nothing where no trace has a price.
};

struct Histogram {
  Nanos from, to;
  int64_t bucket_ns = 1;                 ///< Of the first one; days of a time zone differ.
  std::vector<HistogramBucket> buckets;  ///< All of them, empty ones too.
};

struct HistogramShape {
  uint32_t bucket_count = 60;  ///< At most, and one more.
  /// Where it is said, and equal buckets would be half a day long or longer, they are whole days,
  /// weeks or months of this zone instead; the first then begins before `from` or with it.
  std::string time_zone;
};

/// Where the filter has no bound, the first or last matching trace is it.
/// Errors: kInvalidInput (filter, shape), the client's.
Result<Histogram> TraceHistogram(clickhouse::Client& client, const TraceFilter& filter,
                                 const HistogramShape& shape);

}  // namespace vitrine::query
