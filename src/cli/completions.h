// Completion scripts for shells, made from the command tree. Threads: free functions.
#pragma once

#include <string>

#include "cli/command_info.h"

namespace vitrine::cli {

/// Scripts for the program `root`; each completes commands, flags and values that have a fixed
/// choice, and files elsewhere.
std::string BashCompletions(const CommandInfo& root);
std::string ZshCompletions(const CommandInfo& root);
std::string FishCompletions(const CommandInfo& root);

}  // namespace vitrine::cli
