// Two traces side by side: their steps (calls, tools, retrievals, guardrails, agents) aligned, what
// differs in each pair, and where they first part. Threads: free functions.
// Source: docs/ARCHITECTURE.md "HTTP API".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

struct TraceDiff {
  std::vector<std::string> steps;          ///< JSON objects in the API's shape.
  std::optional<size_t> first_divergence;  ///< Index of a step.
};

/// Errors: kNotFound (one of them), kLimitExceeded (kDiffStepsMax), kCorrupt, the client's.
Result<TraceDiff> DiffTraces(clickhouse::Client& client, std::string_view project, TraceId a,
                             TraceId b);

}  // namespace vitrine::query
