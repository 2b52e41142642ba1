// The steps of a trace, in order, with what they are compared by. Private to query.
// Owner: values. Threads: free functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "query/internal/step_alignment.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

/// A step as it is shown and compared. Digests are of content without the ids of tool calls, which
/// are new in every run.
struct TraceStep {
  StepKey key;
  std::string json;  ///< One object.
  std::string status, model, finish_reason;
  uint64_t input = 0;      ///< What was new in its input.
  uint64_t output = 0;     ///< Texts it answered with.
  uint64_t tools = 0;      ///< Names of the tools it asked for.
  uint64_t arguments = 0;  ///< What it asked them for.
};

/// The steps of a trace by their start. Errors: kNotFound, kLimitExceeded, kCorrupt, the client's.
Result<std::vector<TraceStep>> ReadSteps(clickhouse::Client& client, std::string_view project,
                                         TraceId trace_id);

}  // namespace vitrine::query
