// Metrics: the answer to one typed question: values of measures in all, by group, by time, and what
// they are compared with. What the signed rollups hold of a question is read from them, the rest
// from the rows. Threads: free functions. Source: docs/metrics.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "query/metrics/metrics_request.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

/// One value for each measure, and for each measure one for each bucket; all of them JSON.
struct MetricsRow {
  std::vector<std::string> values;
  std::vector<std::vector<std::string>> series;
};

struct MetricsGroup {
  std::vector<std::optional<std::string>> key;  ///< Nothing: not known.
  bool is_other = false;                        ///< All groups that are not among the first.
  MetricsRow row;
  std::optional<MetricsRow> compare;
};

/// Where the values of a measure come from.
enum class MeasureSource { kRollups, kRows, kBoth };

struct MeasureFacts {
  std::string name;
  ValueUnit unit = ValueUnit::kCount;
  MeasureSource source = MeasureSource::kRows;
  double error = 0;  ///< The greatest relative error of a part of a value.
};

struct MetricsAnswer {
  TimeRange range;
  std::optional<TimeRange> compare_range;
  std::vector<MeasureFacts> measures;
  std::string interval;  ///< Empty: no series.
  std::vector<Nanos> buckets, compare_buckets;
  MetricsRow totals;
  std::optional<MetricsRow> compare_totals;
  std::vector<MetricsGroup> groups;
  uint64_t group_count = 0;  ///< All of them.
  uint64_t unpriced_calls = 0;
  std::optional<uint64_t> compare_unpriced_calls;
};

/// Errors: kInvalidInput, kLimitExceeded (buckets, groups times buckets, memory), the client's.
Result<MetricsAnswer> AskMetrics(clickhouse::Client& client, MetricsRequest request);

}  // namespace vitrine::query
