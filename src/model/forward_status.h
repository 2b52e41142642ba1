// ForwardStatus: how forwarding to one target goes. Values only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"

namespace vitrine::model {

struct ForwardStatus {
  std::string name;
  std::string host;  ///< Of the target: "collector:4318". Paths may hold keys.
  /// Spans since the target was first configured; those sent around a crash may be counted twice,
  /// as they may be sent twice.
  uint64_t spans_sent = 0;
  uint64_t spans_filtered = 0;  ///< Not meant for this target.
  uint64_t spans_refused = 0;   ///< The target does not take them, and never will.
  uint64_t spans_dropped = 0;   ///< The oldest of a queue that was full.
  /// Since the start.
  uint64_t requests = 0;          ///< Answered with success.
  uint64_t requests_retried = 0;  ///< Sent again, or to be.
  uint64_t queued_bytes = 0;      ///< Of the log, before the filter.
  uint64_t queued_records = 0;
  std::string last_error;  ///< Empty when the last request went well.
  std::optional<Nanos> last_error_at, last_sent_at;
  uint64_t metrics_sent = 0, metrics_failed = 0;  ///< Requests.
  std::string metrics_error;                      ///< Empty when the last one went well.
};

}  // namespace vitrine::model
