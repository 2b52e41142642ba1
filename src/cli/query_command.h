// `vitrine query`: measures over calls, spans or traces, by dimension and over time.
// Threads: one command at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "cli/read_commands.h"
#include "cli/time_zone.h"

namespace vitrine::cli {

struct QueryOptions {
  std::string filter, unit = "calls", from, to, last, interval, order, compare;
  std::vector<std::string> measures;
  std::vector<std::string> group_by;  ///< Dimensions, and at most one of hour, day, week, month.
  int64_t top = 10;
  bool csv = false;
};

/// The body of POST /api/v1/query, with days and months of `zone`.
/// Errors: kInvalidInput naming the flag.
Result<std::string> QueryBody(const QueryOptions& query, Nanos now, const TimeZone& zone);
int RunQuery(const ReadOptions& options, const QueryOptions& query);

}  // namespace vitrine::cli
