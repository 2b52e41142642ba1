// Small files that remember how far something has come: read whole, replaced whole.
// Threads: free functions; one writer for each file.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "platform/file.h"

namespace vitrine::services {

/// The file's text; nothing where there is none. Errors: kIo.
Result<std::optional<std::string>> ReadStateFile(const std::string& path,
                                                 platform::FileSystem& file_system);
/// Replaces the file in `folder`. Durable when it returns; a crash in between leaves the old one.
/// Errors: kIo, kLimitExceeded (disk full).
Result<void> WriteStateFile(const std::string& folder, const std::string& path,
                            std::string_view text, platform::FileSystem& file_system);

}  // namespace vitrine::services
