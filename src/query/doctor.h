// Doctor: attributes that senders use and no rule understands, and values that could not be read.
// Threads: free functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

struct AttributeFinding {
  std::string key;
  std::string scope;   ///< Name of the instrumentation scope that sent it.
  std::string reason;  ///< Malformed only.
  uint64_t count = 0;  ///< Spans.
  std::optional<std::string> example;
  std::string last_seen;  ///< RFC 3339.
};

struct DoctorReport {
  std::vector<AttributeFinding> unmapped, malformed;  ///< Most frequent first.
  uint64_t spans_examined = 0;                        ///< The newest, at most kDoctorSpansMax.
  std::optional<Nanos> since;                         ///< Start of the oldest of them.
};

/// Errors: the client's.
Result<DoctorReport> ExamineSpans(clickhouse::Client& client, std::string_view project);

}  // namespace vitrine::query
