// The raw HTTP exchange of a gateway call, its bodies put together from their skeletons.
// Owner: values. Threads: free functions. Source: docs/ARCHITECTURE.md "HTTP API";
// docs/formats/exchange_skeleton.md.
#pragma once

#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

/// The whole answer of GET /api/v1/exchanges/{trace}/{span}.
/// Errors: kNotFound (the call has none), kCorrupt, kLimitExceeded (kMessagesMax,
///         kExchangeBodyBytesMax), the client's.
Result<std::string> ExchangeJson(clickhouse::Client& client, std::string_view project,
                                 TraceId trace_id, SpanId span_id);

}  // namespace vitrine::query
