// Sizes as people write them in settings.
// Threads: free functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vitrine::app {

/// What to say about a text that is none.
inline constexpr std::string_view kByteSizeExamples = "512MB or 8GiB";

/// Bytes of "4096", "512MB", "8GiB".
std::optional<uint64_t> ParseByteSize(std::string_view text);

}  // namespace vitrine::app
