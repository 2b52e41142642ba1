// The cache lens: for the model calls of a session or a trace, in order, what the provider's prompt
// cache could have kept from an earlier one, which message ended that, what was expected of the
// cache against what the provider reported, and what the difference cost at the call's own price.
// Threads: free functions. Source: docs/cache-lens.md.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "model/price.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

/// The price row of an id, if it is known.
using FindPrice = std::function<std::optional<model::PriceRow>(std::string_view price_id)>;

/// The members "calls", "rules" and "totals" of the answer, as JSON without brackets around them.
/// Errors: kNotFound, kLimitExceeded (kCacheCallsMax, kCacheMessagesMax), the client's.
Result<std::string> SessionCacheJson(clickhouse::Client& client, std::string_view project,
                                     const std::string& session_id, const FindPrice& find_price);
Result<std::string> TraceCacheJson(clickhouse::Client& client, std::string_view project,
                                   TraceId trace_id, const FindPrice& find_price);

}  // namespace vitrine::query
