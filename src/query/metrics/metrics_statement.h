// The statements of one question about metrics: which groups are on top, and the values of groups
// and buckets, or both in one. Private to query/metrics. Owner: values. Threads: free functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "query/metrics/metrics_request.h"
#include "query/metrics/rollup_source.h"
#include "query/sql_text.h"

namespace vitrine::query {

/// What is asked of one source: what its statements share.
struct MetricsPlan {
  MetricsUnit unit = MetricsUnit::kCalls;
  RollupSource rollups = RollupSource::kNone;
  std::vector<Leaf> leaves;           ///< Each once; what the values are of, in this order.
  std::vector<std::string> scores;    ///< Names of scores that leaves or dimensions are of.
  std::vector<Dimension> dimensions;  ///< What groups are made of.
  bool is_sketched = false;           ///< Percentiles of rows: too many to keep all values.

  bool from_rollups() const { return rollups != RollupSource::kNone; }
  bool has_list() const;
  bool has(const Leaf& leaf) const;
  size_t leaf_index(const Leaf& leaf) const;
};

/// Collects what a request needs and decides where each part of it is read: rollups come before
/// rows. A leaf may be in both.
/// Errors: kInvalidInput (a measure that rows of the unit do not have).
Result<std::vector<MetricsPlan>> PlanMetrics(const MetricsRequest& request);

/// The first plan that has all leaves of the order; PlanMetrics sees to it that one has.
const MetricsPlan& PlanOfOrder(const std::vector<MetricsPlan>& plans, const Formula& order);

/// The `top` groups by `order`, the greatest first. Columns: hash of the group, its keys, the
/// number of groups there are.
SqlText TopStatement(const MetricsPlan& plan, const MetricsScope& scope, const Formula& order,
                     double seconds, uint32_t top);

/// Both at once, from sums and without a series: the leaves of the `top` groups, of all others
/// together and of everything. Columns: as of a ValuesStatement, then a group's keys and how many
/// groups a row is of.
SqlText RankedStatement(const MetricsPlan& plan, const MetricsScope& scope, const Formula& order,
                        double seconds, uint32_t top);

struct ValuesRequest {
  const std::vector<uint64_t>* groups = nullptr;  ///< Hashes; null: no groups are asked for.
  const std::vector<Nanos>* buckets = nullptr;    ///< Null: no series is asked for.
};
/// The leaves of each group and bucket, of each group, of each bucket, and of everything. Columns:
/// the group's place in `groups` from 1 on, 0 for all others together, null for all; the bucket's
/// start in seconds or null for the whole time; the leaves.
SqlText ValuesStatement(const MetricsPlan& plan, const MetricsScope& scope,
                        const ValuesRequest& values);

}  // namespace vitrine::query
