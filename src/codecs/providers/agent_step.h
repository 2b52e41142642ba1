// AgentStep: one thing that an agent which runs at the provider did within a call: a model call, a
// tool, a look-up, another agent, a guardrail.
// Owner: texts borrow from the CallDecoder that made it and its arena. Values only.
// Source: AWS's reference of InvokeAgent (TracePart).
#pragma once

#include <cstdint>
#include <optional>

#include "model/span.h"

namespace vitrine::codecs::providers {

struct AgentStep {
  std::optional<uint32_t> parent;  ///< The step that it ran within; nothing: the call itself.
  /// What it was, without ids, owner and money. Times are the provider's clock; an end before the
  /// start is not known, and a start of zero neither.
  model::Span span;
};

}  // namespace vitrine::codecs::providers
