// Text: trimming, comparing without case, printing values.
// Threads: free functions. ASCII alone has case here; other bytes compare as they are.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/arena.h"
#include "model/value.h"

namespace vitrine::codecs {

std::string_view Trim(std::string_view text);
bool EqualsIgnoreCase(std::string_view left, std::string_view right);
bool StartsWithIgnoreCase(std::string_view text, std::string_view prefix);
bool ContainsIgnoreCase(std::string_view text, std::string_view lower_case_part);

/// The beginning of `text`: at most `bytes_max` bytes, and no character cut in two.
std::string_view CutAtCharacter(std::string_view text, size_t bytes_max);

/// Text as it is; numbers and flags printed.
std::string_view ReadText(const model::Value& value, Arena& arena);

}  // namespace vitrine::codecs
