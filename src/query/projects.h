// Projects that hold traces, and models that have no price. Threads: free functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/trace_counts.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

struct ProjectCount {
  std::string name;
  uint64_t trace_count = 0;
};

/// All projects, or just `only`, by name.
Result<std::vector<ProjectCount>> ListProjects(clickhouse::Client& client, TraceCounts& counts,
                                               const std::optional<std::string>& only);

struct UnpricedModel {
  std::string provider, model;
  uint64_t calls = 0;
  std::string last_seen;  ///< RFC 3339, to the minute.
};

/// Models with counted calls that have no price, most calls first; from the rollups.
Result<std::vector<UnpricedModel>> ListUnpricedModels(clickhouse::Client& client,
                                                      std::string_view project);

}  // namespace vitrine::query
