// In which time zone a command reads and prints times: the project's, unless its flags name
// another. Threads: one command at a time.
#pragma once

#include <string>
#include <vector>

#include "cli/api_client.h"
#include "cli/read_commands.h"
#include "cli/time_zone.h"

namespace vitrine::cli {

/// What a command needs a zone for.
struct ZoneNeed {
  bool prints_times = false;
  std::vector<const std::string*> typed;  ///< Times of its flags.
};

/// Sets `zone`; asks the server for the project's where no flag names one and something depends on
/// it. Prints an error; returns the exit code.
int ChooseZone(const ZoneOptions& options, ApiClient& client, const ZoneNeed& need, TimeZone& zone);

/// The bounds of a question as they were typed.
struct TypedRange {
  std::string from, to;
  const char* from_flag = "--from";
};

/// Whether both are times, whatever the zone. Errors: kInvalidInput naming the flag.
Result<void> CheckRange(const TypedRange& range);
/// "&from=…&to=…", what was given of them.
Result<std::string> TimeQuery(const TypedRange& range, const TimeZone& zone);

}  // namespace vitrine::cli
