// Times as people type them and read them: in the time zone that a command was given.
// Threads: free functions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "cli/time_zone.h"

namespace vitrine::cli {

/// Reads what ParseTime does, and "today", "yesterday", "2026-11" (the month's first moment) and
/// "2026-11-21T01:31"; days, months and times without an offset are those of the zone's clocks.
/// Errors: kInvalidInput.
Result<Nanos> ParseTypedTime(std::string_view text, Nanos now, const TimeZone& zone);
/// Whether it means another moment in another zone.
bool DependsOnZone(std::string_view text);

/// "2026-11-21T02:31:07" of an API's time, as the zone's clocks show it; what is no time as it is.
std::string ShownTime(std::string_view rfc3339, const TimeZone& zone);
/// "02:31:07.204".
std::string ShownTimeOfDay(std::string_view rfc3339, const TimeZone& zone);

}  // namespace vitrine::cli
