// `vitrine export`: every row that a filter matches, into a file, counted and with its checksum.
// Threads: one command at a time.
#pragma once

#include <string>

#include "cli/read_commands.h"

namespace vitrine::cli {

struct ExportOptions {
  std::string unit, filter, from, to, last, format = "jsonl";
  std::string output;  ///< A file, or empty for stdout.
};

int RunExport(const ReadOptions& read, const ExportOptions& options);

}  // namespace vitrine::cli
