// The help of one command, made from the command tree. Threads: free functions.
#pragma once

#include <string>

#include "cli/command_info.h"

namespace vitrine::cli {

/// What `vitrine traces --help` prints; `path` is "vitrine traces".
std::string HelpText(const std::string& path, const CommandInfo& command);

}  // namespace vitrine::cli
