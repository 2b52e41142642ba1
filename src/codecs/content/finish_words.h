// Finish words: why a model stopped, in the words of every provider, as one vocabulary.
// Threads: free functions. Source: WIRE-FORMATS 2.3 and 10 (#20).
#pragma once

#include <string_view>

#include "model/span.h"

namespace vitrine::codecs {

/// kNone for a word that means nothing to us ("other", "unknown").
model::FinishReason NormalizeFinishReason(std::string_view raw);

}  // namespace vitrine::codecs
