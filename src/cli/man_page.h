// The man page, made from the command tree. Threads: free functions. Format: man(7).
#pragma once

#include <string>

#include "cli/command_info.h"

namespace vitrine::cli {

/// vitrine(1) in roff.
std::string ManPage(const CommandInfo& root, const std::string& version);

}  // namespace vitrine::cli
