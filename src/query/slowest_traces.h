// Where the slowest traces spend their time: the critical paths of the slowest part of what a
// filter matches, by stage and by span name, beside those of traces in the middle.
// Threads: free functions. Source: docs/metrics.md "The slowest".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "query/trace_filter.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

struct SlowestRequest {
  TraceFilter filter;
  /// How many of a thousand traces are the slowest: 1 to kSlowestPerMilleMax.
  uint32_t per_mille = 10;
};

/// Time that one sort of span was on the critical path.
struct PathLine {
  std::string stage;       ///< Empty: of none (stage_rules.h).
  std::string name, kind;  ///< Empty in the lines by stage.
  int64_t slowest_ns = 0, usual_ns = 0;
  uint64_t slowest_traces = 0, usual_traces = 0;  ///< In whose paths it is.
  /// Where it took longest among the slowest.
  TraceId longest_trace;
  int64_t longest_ns = 0;
};

struct SlowestReport {
  uint64_t trace_count = 0;    ///< All that match.
  uint64_t slowest_count = 0;  ///< Of them, the slowest part, rounded up.
  /// So many of these were looked at, the slowest first; the rest were too many, or too large.
  uint64_t slowest_read = 0;
  uint64_t usual_read = 0;  ///< Traces around the median; 0 where there are too few to tell.
  int64_t slowest_ns = 0, usual_ns = 0;      ///< Lengths of all paths together.
  std::optional<int64_t> least_duration_ns;  ///< Of the slowest that were looked at.
  std::optional<int64_t> median_duration_ns;
  std::vector<PathLine> stages, names;  ///< By slowest_ns, descending.
  uint64_t name_count = 0;              ///< All names; `names` has kPathNamesMax at most.
  std::vector<TraceId> traces;          ///< Those looked at, the slowest first.
};

/// Errors: kInvalidInput (filter, per_mille), the client's.
Result<SlowestReport> FindSlowest(clickhouse::Client& client, const SlowestRequest& request);

}  // namespace vitrine::query
