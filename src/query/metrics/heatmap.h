// Heatmap: how many rows have which values when: a number over time, its values in steps of equal
// ratio. Threads: free functions. Source: docs/metrics.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "query/metrics/metrics_request.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

struct HeatmapRequest {
  MetricsUnit unit = MetricsUnit::kCalls;
  MetricsScope scope;
  Leaf value;  ///< Its number or score; the kind does not matter.
  uint32_t columns = 120, rows = 40;
};

struct Heatmap {
  std::vector<Nanos> buckets;  ///< Where each column starts.
  /// One more than rows. Where a value is 0 or less the first is 0, and such values are in row 0.
  std::vector<double> bounds;
  std::vector<std::vector<uint64_t>> counts;  ///< For each column one for each row.
};

/// Without any value there are no bounds and no counts.
/// Errors: kInvalidInput (number, columns, rows), the client's.
Result<Heatmap> AskHeatmap(clickhouse::Client& client, HeatmapRequest request);

}  // namespace vitrine::query
