// Finish reasons as attributes carry them.
#pragma once

#include <string_view>
#include <vector>

#include "codecs/content/finish_words.h"
#include "codecs/dialects/internal/span_work.h"
#include "model/span.h"

namespace vitrine::codecs::dialects {

/// The words of an attribute: an array, a JSON text of one, or one word.
void ReadFinishReasons(const model::Value& value, Arena& arena, std::vector<std::string_view>& out);

}  // namespace vitrine::codecs::dialects
