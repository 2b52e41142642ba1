// Times as people type them: a moment, a day, or an age. Threads: free functions.
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace vitrine {

/// Reads "2026-11-21T01:31:07Z", "2026-11-21" (its first moment, UTC), "now", or an age before
/// `now`: "90s", "15m", "24h", "7d".
/// Errors: kInvalidInput.
Result<Nanos> ParseTime(std::string_view text, Nanos now);

}  // namespace vitrine
