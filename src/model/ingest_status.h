// IngestStatus: what came in through the doors since the server started, and what went wrong.
// Values only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace vitrine::model {

/// Something a sender should know: bad requests, rejected items, wrong paths.
struct IngestProblem {
  Nanos time;  ///< When it was seen last.
  std::string door;
  int http_status = 0;
  std::string message;
  std::string hint;
  uint64_t count = 0;  ///< How often the same thing was seen.
};

struct DoorStatus {
  std::string door;
  uint64_t requests = 0, accepted = 0, rejected = 0, repaired = 0, unavailable = 0;
};

struct IngestStatus {
  std::optional<Nanos> first_span_at, last_span_at;
  std::vector<DoorStatus> doors;
  std::vector<IngestProblem> problems;  ///< Newest first.
};

}  // namespace vitrine::model
