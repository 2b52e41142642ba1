// Reproduce: one file with everything needed to make a call again: the exact request as far as it
// was captured, what came back, the attachments' bytes. Threads: free functions.
#pragma once

#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "query/span_json.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

/// A JSON object: version, request, response, attachments, span.
/// Errors: kNotFound, kLimitExceeded (attachments over kReproduceAttachmentBytesMax), the client's.
Result<std::string> ReproduceDocument(clickhouse::Client& client, std::string_view project,
                                      TraceId trace_id, SpanId span_id,
                                      const PriceJson& price_json);

}  // namespace vitrine::query
