// `vitrine top`: calls, errors, tokens and dollars in the terminal, while they happen.
// Threads: one command at a time; it has a thread that asks and one that follows the live tail.
#pragma once

#include <string>

#include "cli/read_commands.h"

namespace vitrine::cli {

struct TopOptions {
  std::string filter;
  double every_s = 2;
};

int RunTop(const ReadOptions& options, const TopOptions& top);

}  // namespace vitrine::cli
