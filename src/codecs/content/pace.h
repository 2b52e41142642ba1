// Pace: how fast a model's answer came, from when its pieces did.
// Threads: free functions over one span. Units: nanoseconds, tokens a second.
#pragma once

#include "model/span.h"

namespace vitrine::codecs {

/// What counts as a stall: a pause between two deltas of at least so long, and so many times the
/// stream's median, because a slow model is not a stalled one.
struct StallRule {
  uint64_t min_ns = 250'000'000;
  uint64_t medians = 8;
};

/// Sets the span's stall_count and longest_stall_ns from its timeline. Timelines of less than two
/// deltas say nothing.
void MeasureStalls(model::Span& span, const StallRule& rule = {});

/// Sets tpot_ns and output_tokens_per_second where they are not known: after the first token came
/// the others, evenly as far as we know. Needs a time to first token and two tokens of output.
void MeasureRates(model::Span& span);

}  // namespace vitrine::codecs
