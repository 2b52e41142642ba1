// Usage: token counts of one span from every spelling, made inclusive
// (WIRE-FORMATS 8.1; 10.3-10.7).
#pragma once

#include "codecs/content/content_reader.h"
#include "codecs/content/usage_object.h"
#include "codecs/dialects/internal/span_work.h"
#include "model/span.h"

namespace vitrine::codecs::dialects {

/// Fills usage, reported cost and price modifiers. `answer` is what a response body on the span
/// said.
void ResolveUsage(SpanWork& work, const ScopeFacts& scope, const BodyFacts& answer,
                  ContentReader& reader, model::Span& span);

}  // namespace vitrine::codecs::dialects
