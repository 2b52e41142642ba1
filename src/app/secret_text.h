// Secret text: a setting's secret, or where it is kept: "env:NAME", "file:PATH".
// Threads: free functions; they read the environment and files, at start alone.
#pragma once

#include <string>

#include "base/result.h"

namespace vitrine::app {

/// Without white space behind it, where it is read from a file.
/// Errors: kInvalidInput ("names the environment variable X, which is not set"), kIo.
Result<std::string> ReadSecret(const std::string& text);

}  // namespace vitrine::app
