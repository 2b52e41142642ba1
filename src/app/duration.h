// Durations as people write them in settings.
// Threads: free functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vitrine::app {

/// What to say about a text that is none.
inline constexpr std::string_view kDurationExamples = "500ms, 30s, 10m, 24h or 7d";

/// Milliseconds of "500ms", "30s", "10m", "24h", "7d"; more than nothing, at most 366 days.
std::optional<int64_t> ParseDurationMs(std::string_view text);

}  // namespace vitrine::app
