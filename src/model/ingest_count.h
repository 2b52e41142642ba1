// IngestCount: a line of the ledger of what came in: what a door did with what it was sent. Values
// only; texts are borrowed.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/time.h"

namespace vitrine::model {

struct IngestCount {
  std::string_view door;         ///< Name of the capture, or "scores".
  std::string_view reason = {};  ///< Why it was not taken: "invalid_input". Empty: it was.
  Nanos time;                    ///< When it came.
  uint64_t accepted = 0;         ///< Spans, log events, gateway calls, scores: acknowledged.
  uint64_t rejected = 0;  ///< Refused, and the sender was told. A request without items is one.
  uint64_t dropped = 0;   ///< Not kept, though nobody was refused.
};

}  // namespace vitrine::model
