// Error words: the class of a failed call, from its HTTP status, error type and message.
// Threads: free functions. Source: WIRE-FORMATS 7 and 10.
#pragma once

#include <cstdint>
#include <string_view>

#include "model/span.h"

namespace vitrine::codecs {

/// The status decides where it is one of failure; then the type, then phrases of the message.
/// kOther where nothing is known. `http_status` 0 means unknown.
model::ErrorType ClassifyError(uint16_t http_status, std::string_view type,
                               std::string_view message);

}  // namespace vitrine::codecs
