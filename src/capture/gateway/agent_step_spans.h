// Agent step spans: what an agent at the provider did within a call, as spans below the call's.
// Threads: free functions.
#pragma once

#include <span>

#include "codecs/providers/agent_step.h"
#include "model/span.h"

namespace vitrine::capture {

/// Adds the steps below `call`, with ids made from its own: a call that is read again has the same
/// steps. Texts borrow from where those of the steps do.
void AddAgentSteps(const model::Span& call, std::span<const codecs::providers::AgentStep> steps,
                   model::SpanBatch& batch);

}  // namespace vitrine::capture
