// Finish reasons: the words of every provider as one vocabulary (WIRE-FORMATS 10.20).
#pragma once

#include <string_view>
#include <vector>

#include "codecs/dialects/internal/span_work.h"
#include "model/span.h"

namespace vitrine::codecs::dialects {

/// kNone for a word that means nothing to us ("other", "unknown").
model::FinishReason NormalizeFinishReason(std::string_view raw);

/// The words of an attribute: an array, a JSON text of one, or one word.
void ReadFinishReasons(const model::Value& value, Arena& arena, std::vector<std::string_view>& out);

}  // namespace vitrine::codecs::dialects
