// When the stored spans of a project arrived. Threads: free functions.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

/// Arrival of the span that starts first in the first day, and of the one that starts last in the
/// last: read from the two ends of the table, so that it costs little. Nothing where there is none.
struct Arrivals {
  std::optional<Nanos> first, last;
};

/// Errors: the client's.
Result<Arrivals> StoredArrivals(clickhouse::Client& client, std::string_view project);

}  // namespace vitrine::query
