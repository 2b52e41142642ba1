// When the stored spans of a project arrived. Threads: free functions.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

/// Arrival of the span that starts first, and of the one that starts last: read from the two ends
/// of the sort key, so that it costs nothing. Nothing where there is no span.
struct Arrivals {
  std::optional<Nanos> first, last;
};

/// Errors: the client's.
Result<Arrivals> StoredArrivals(clickhouse::Client& client, std::string_view project);

}  // namespace vitrine::query
