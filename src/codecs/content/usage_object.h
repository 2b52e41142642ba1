// Usage objects: the token counts of one call in a provider's own words, and as model::Usage.
// Threads: free functions. Source: WIRE-FORMATS 7, 8.1 and 10 (#4, #5).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "model/usage.h"
#include "syntax/json/json_document.h"

namespace vitrine::codecs {

/// Adds counts; unknown only where both are. A sum beyond 64 bits is unknown.
model::Count Sum(model::Count left, model::Count right);
/// All parts known, or at least one of them, and their sum is the total.
bool Equals(model::Count total, std::initializer_list<model::Count> parts);
/// A length in seconds, begun ones whole: some write fractions.
model::Count WholeSeconds(syntax::JsonValue seconds);
inline uint64_t Known(model::Count count) { return count.value_or(0); }

/// A usage object of any provider, as its own words have it.
struct RawUsage {
  model::Count input, output, total, cache_read, cache_write, cache_write_5m, cache_write_1h,
      reasoning, audio_input, audio_output, image_input, image_output, tool_prompt, web_searches,
      uncached_input, billed_input, billed_output, cached_audio, seconds, pages, search_units,
      more_input, more_cache_read, more_cache_write, more_cache_write_1h,
      more_output;  ///< These five: billed beside what is counted; input includes the cache.
  model::Count largest_pass, smallest_pass;  ///< Input of the passes of a call with several.
  bool excludes_cache = false;               ///< The names say so: Anthropic, Bedrock.
  bool excludes_reasoning = false;           ///< The names say so: Gemini.
};
/// Reads an object whose vocabulary its names tell; a count of zero may be left out, so any of the
/// names does.
RawUsage ReadUsageObject(syntax::JsonValue usage);

/// What is counted on one call, before anybody asked what includes what.
struct UsageDraft {
  RawUsage raw;
  bool input_includes_cache = true;
  bool output_includes_reasoning = true;
};

/// Lets the total decide what input and output include. Google's total alone may hold the thoughts.
void UseTotal(UsageDraft& draft, bool is_google);

/// Input with the cache, output with the reasoning. The source is left to the caller.
model::Usage ToUsage(UsageDraft draft);

}  // namespace vitrine::codecs
