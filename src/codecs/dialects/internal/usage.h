// Usage: token counts of one span from every spelling, made inclusive
// (WIRE-FORMATS 8.1; 10.3-10.7).
#pragma once

#include "codecs/dialects/internal/content_reader.h"
#include "codecs/dialects/internal/span_work.h"
#include "model/span.h"

namespace vitrine::codecs::dialects {

/// A usage object of any provider, as its own words have it.
struct RawUsage {
  model::Count input, output, total, cache_read, cache_write, cache_write_5m, cache_write_1h,
      reasoning, audio_input, audio_output, image_input, image_output, tool_prompt, web_searches,
      uncached_input;
  bool excludes_cache = false;      ///< The names say so: Anthropic, Bedrock.
  bool excludes_reasoning = false;  ///< The names say so: Gemini.
};
RawUsage ReadUsageObject(syntax::JsonValue usage);

/// Fills usage, reported cost and price modifiers. `answer` is what a response body on the span
/// said.
void ResolveUsage(SpanWork& work, const ScopeFacts& scope, const BodyFacts& answer,
                  ContentReader& reader, model::Span& span);

}  // namespace vitrine::codecs::dialects
