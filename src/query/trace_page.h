// One trace: its row of the list, and all its spans as columns, streamed.
// Threads: free functions; the callback runs on the caller's thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "query/trace_place.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

struct TraceHead {
  std::string json;  ///< As in the list.
  Nanos start;
};

/// Errors: kNotFound, the client's.
Result<TraceHead> FindTrace(clickhouse::Client& client, std::string_view project,
                            const TracePlace& place);

/// The names of the columns StreamSpans hands over, in order.
const std::vector<std::string>& SpanFields();

/// Asked once, before the first span is handed over; nothing ends it there. Spans may be asked for
/// while their trace is still looked for; one that came in between may start before its trace.
using TraceStart = std::function<std::optional<Nanos>()>;

/// Hands over the spans by start time, as the elements of one JSON array in pieces (commas
/// included, brackets not). A false return of `sink` ends it.
/// Returns the parent ids that no span of the trace has, sorted.
/// Errors: the client's; some rows may have been handed over. Ended by `start` or `sink` it is no
/// error.
Result<std::vector<std::string>> StreamSpans(clickhouse::Client& client, std::string_view project,
                                             const TracePlace& place, const TraceStart& start,
                                             const std::function<bool(std::string_view)>& sink);

}  // namespace vitrine::query
