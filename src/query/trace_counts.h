// TraceCounts: how many traces each project has. Counting merges versions, which takes a tenth of a
// second for a million traces; so what was counted of a day is kept for as long as the day's stored
// parts are the same, and mostly only today is counted again. The answer is always exact.
// Owner: the routes. Threads: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "base/result.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

class TraceCounts {
 public:
  using ByProject = std::map<std::string, uint64_t>;

  /// Traces by project; projects without any are not there. Errors: the client's.
  Result<ByProject> Count(clickhouse::Client& client);

 private:
  struct Day {
    std::string parts;  ///< A digest of the day's stored parts, by their content.
    ByProject traces;
  };
  using Days = std::map<std::string, Day>;  ///< By date.

  void Keep(Days days);

  std::mutex mutex_;
  Days days_;  ///< At most kTraceCountsMax counts.
};

}  // namespace vitrine::query
