// CallOutcome: how a recorded call went, from the relay's end, the status and what the answer said.
// Threads: free functions.
#pragma once

#include <string>

#include "capture/gateway/recording.h"
#include "codecs/providers/model_call.h"
#include "model/span.h"

namespace vitrine::capture {

struct CallOutcome {
  model::SpanStatus status = model::SpanStatus::kOk;
  model::ErrorType error_type = model::ErrorType::kNone;
  std::string message;
  bool may_be_repeated = false;  ///< It failed in a way that clients try again.
};

/// `call` is empty for plain HTTP. A client that left is no error of the call's, but what it saw is
/// marked partial.
CallOutcome OutcomeOf(const Recording& recording, const codecs::providers::ModelCall& call,
                      bool is_body_unreadable);

}  // namespace vitrine::capture
