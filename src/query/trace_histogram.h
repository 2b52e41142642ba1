// The histogram above the trace list: traces by start, in buckets of equal length.
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
  int64_t bucket_ns = 1;
  std::vector<HistogramBucket> buckets;  ///< All of them, empty ones too.
};

/// Where the filter has no bound, the first or last matching trace is it.
/// Errors: kInvalidInput (filter, buckets), the client's.
Result<Histogram> TraceHistogram(clickhouse::Client& client, const TraceFilter& filter,
                                 uint32_t bucket_count);

}  // namespace vitrine::query
