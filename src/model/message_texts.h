// The texts of a stored message, one by one. Threads: free functions. Format: message.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "model/message.h"

namespace vitrine::model {

/// How many texts a template has places for.
uint32_t TextCount(std::string_view parts_template);

/// Text `index` of a message. The one behind the last is the JSON value of a tool definition's
/// member `parameters`, which lies in the template. Nothing where there is none.
std::optional<std::string_view> TextAt(std::string_view parts_template, std::string_view texts,
                                       uint32_t index);

}  // namespace vitrine::model
