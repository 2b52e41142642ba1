// Plain text: a recorded body without its content encoding and the caller's credentials, for those
// who read it beside the call's own decoding.
// Threads: free functions.
#pragma once

#include <optional>
#include <string>

#include "capture/gateway/recording.h"

namespace vitrine::capture {

/// As far as it can be undone; nothing where that is not at all.
std::optional<std::string> PlainRequest(const Recording& recording);
std::optional<std::string> PlainResponse(const Recording& recording);

}  // namespace vitrine::capture
