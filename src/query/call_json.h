// A call as lists and live tails show it; both write it here, so that it has one shape.
// Threads: free functions. Source: docs/ARCHITECTURE.md "HTTP API".
#pragma once

#include <string>

#include "model/span.h"

namespace vitrine::query {

enum class CallShape {
  kCall,
  kSpan,  ///< With tool_name and agent_name besides.
};

/// Appends one JSON object. Reads scalars and tags of `span`, never its content.
void AppendCallJson(std::string& out, const model::Span& span, model::Capture capture,
                    CallShape shape = CallShape::kCall);

}  // namespace vitrine::query
