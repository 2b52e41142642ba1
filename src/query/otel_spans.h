// Whole traces as OpenTelemetry has them, for those who read them in its words.
// Owner: values. Threads: free functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

struct OtelAttribute {
  std::string key;
  char type = 's';  ///< model::ValueTypeLetter.
  std::string text;
};

struct OtelSpan {
  TraceId trace_id;
  SpanId span_id, parent_span_id;
  int64_t start_ns = 0, end_ns = 0;
  std::string name, kind, status, status_message, service, scope_name, scope_version;
  /// What the columns hold, then what came and has no column.
  std::vector<OtelAttribute> attributes, resource;
  std::string events, links;  ///< JSON arrays as in the API, or empty.
};

/// Every span of these traces, by trace and start. Errors: kLimitExceeded (too much for one
/// answer), the client's.
Result<std::vector<OtelSpan>> ReadOtelSpans(clickhouse::Client& client, std::string_view project,
                                            std::span<const TraceId> traces);

}  // namespace vitrine::query
