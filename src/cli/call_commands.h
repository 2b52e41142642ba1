// `vitrine calls` and `vitrine tail`: model calls that were, and as they come in.
// Threads: one command at a time.
#pragma once

#include <cstdint>
#include <string>

#include "cli/read_commands.h"
#include "cli/time_zone.h"
#include "syntax/json/json_document.h"

namespace vitrine::cli {

struct CallFilterOptions {
  std::string filter;
  std::string from, to;  ///< Of lists only.
  std::string status, error_type, model, provider, service, user, session, environment, release,
      feature, capture, kind, stream;
  int64_t limit = 50;
};

struct TailOptions {
  bool all = false;   ///< Every span.
  int64_t limit = 0;  ///< End after this many; 0 is never.
};

int RunCalls(const ReadOptions& options, const CallFilterOptions& filter);
int RunTail(const ReadOptions& options, const CallFilterOptions& filter, const TailOptions& tail);

/// A call, or another span, as one line for people; its time of day as the zone's clocks show it.
std::string CallLine(syntax::JsonValue call, const TimeZone& zone, bool color);

}  // namespace vitrine::cli
