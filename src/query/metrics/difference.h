// Difference: what the rows of a selection have that the others have not: every dimension's values
// ranked by how far they tell the two apart. Threads: free functions. Source: docs/metrics.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "query/limits.h"
#include "query/metrics/metrics_request.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

struct DifferenceRequest {
  MetricsUnit unit = MetricsUnit::kCalls;
  MetricsScope scope;                      ///< All that is looked at.
  Filter selection;                        ///< Of them, the part that stands out.
  uint64_t rows_max = kDifferenceRowsMax;  ///< Of more a sample is looked at.
};

struct DifferingValue {
  std::string dimension;
  std::optional<std::string> value;  ///< Nothing: not known.
  uint64_t selected_count = 0, other_count = 0;
  double selected_share = 0, other_share = 0;
  double score = 0;  ///< 0 to 1 bit; its part of the Jensen-Shannon divergence of the dimension.
};

struct DifferenceReport {
  uint64_t selected_count = 0, other_count = 0;  ///< Of what was looked at.
  /// One in this many parts of the time was looked at (time_sample.h); of a selection of which that
  /// would be too little, all.
  uint64_t sampling = 1, selected_sampling = 1;
  std::vector<DifferingValue>
      values;  ///< The greatest score first; differences by chance left out.
  /// As `sampling`, of attributes and tags.
  uint64_t attribute_sampling = 1;
};

/// Errors: kInvalidInput, the client's.
Result<DifferenceReport> FindDifference(clickhouse::Client& client, DifferenceRequest request);

}  // namespace vitrine::query
