// MetricsValues: the leaves of groups and buckets as the engine answered them, of each plan of a
// question, and the values of formulas over them. Private to query/metrics. Owner: values; borrows
// the plans. Not thread-safe.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
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

  explicit MetricsValues(const std::vector<MetricsPlan>& plans) : plans_(plans) {}

  /// Takes one line of a ValuesStatement of plan number `plan`.
  Result<void> Add(size_t plan, const std::string& line);

  /// The value of a measure in JSON. `bucket` in seconds; nothing: the whole time.
  std::string Value(const Formula& formula, const Group& group, std::optional<int64_t> bucket,
                    double seconds) const;
  std::optional<long double> Number(const Formula& formula, const Group& group,
                                    std::optional<int64_t> bucket, double seconds) const;

 private:
  /// Null where no row of the group and bucket came.
  const std::string* Find(const Leaf& leaf, const Group& group,
                          std::optional<int64_t> bucket) const;

  struct Place {
    size_t plan = 0;
    int64_t group = 0, bucket = 0;
    auto operator<=>(const Place&) const = default;
  };

  const std::vector<MetricsPlan>& plans_;
  std::map<Place, LeafTexts> rows_;
};

}  // namespace vitrine::query
