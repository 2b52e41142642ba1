// Difference: what the rows of a selection have that the others have not: every dimension's values
// ranked by how far they tell the two apart. Threads: free functions. Source: docs/metrics.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "query/metrics/metrics_request.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

struct DifferenceRequest {
  MetricsUnit unit = MetricsUnit::kCalls;
  MetricsScope scope;  ///< All that is looked at.
  Filter selection;    ///< Of them, the part that stands out.
};

struct DifferingValue {
  std::string dimension;
  std::optional<std::string> value;  ///< Nothing: not known.
  uint64_t selected_count = 0, other_count = 0;
  double selected_share = 0, other_share = 0;
  double score = 0;  ///< 0 to 1 bit; its part of the Jensen-Shannon divergence of the dimension.
};

struct DifferenceReport {
  uint64_t selected_count = 0, other_count = 0;
  std::vector<DifferingValue>
      values;  ///< The greatest score first; differences by chance left out.
  /// Attributes and tags are of one in this many minutes.
  uint64_t attribute_sampling = 1;
};

/// Errors: kInvalidInput, the client's.
Result<DifferenceReport> FindDifference(clickhouse::Client& client, DifferenceRequest request);

}  // namespace vitrine::query
