// MetricsValues: the leaves of groups and buckets as the engine answered them, and the values of
// formulas over them. Private to query/metrics. Owner: values. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "query/metrics/metrics.h"
#include "query/metrics/metrics_statement.h"

namespace vitrine::query {

/// A leaf's value as the engine wrote it in JSON: a number, a decimal in quotes, an object or null.
using LeafTexts = std::vector<std::string>;

class MetricsValues {
 public:
  /// The place of a group: from 1 on as asked for, 0 for all others together.
  using Group = std::optional<uint32_t>;  ///< Nothing: all of them.

  /// Takes one line of a ValuesStatement.
  Result<void> Add(const std::string& line);

  /// The value of a measure in JSON. `bucket` in seconds; nothing: the whole time.
  std::string Value(const MetricsPlan& plan, const Formula& formula, const Group& group,
                    std::optional<int64_t> bucket, double seconds) const;
  std::optional<long double> Number(const MetricsPlan& plan, const Formula& formula,
                                    const Group& group, std::optional<int64_t> bucket,
                                    double seconds) const;

 private:
  const LeafTexts* Find(const Group& group, std::optional<int64_t> bucket) const;

  std::map<std::pair<int64_t, int64_t>, LeafTexts> rows_;
};

}  // namespace vitrine::query
