// Small files of the server, read and replaced as a whole. Threads: free functions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace vitrine::app {

/// Errors: kIo ("cannot read PATH: why"), also for a folder.
Result<std::string> ReadWhole(const std::string& path);

/// Writes aside, syncs and renames, so that a crash leaves the old file or the new one.
/// Errors: kIo.
Result<void> WriteWhole(const std::string& path, std::string_view bytes, unsigned mode);

}  // namespace vitrine::app
