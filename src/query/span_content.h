// One span with everything that hangs on it: the row of the view `spans`, its messages by hash,
// its token timeline. Owner: values. Threads: free functions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

struct StoredMessage {
  std::string role, name;
  std::string parts;  ///< JSON array.
};

struct SpanContent {
  std::string row;                                ///< JSON object: every column of `spans`.
  std::map<std::string, StoredMessage> messages;  ///< By hex hash; what was not kept is not here.
  std::string timeline;                           ///< {"offsets_ns","sizes"}, or empty.
};

/// Errors: kNotFound, kCorrupt (a message), kLimitExceeded (kMessagesMax), the client's.
Result<SpanContent> ReadSpan(clickhouse::Client& client, std::string_view project, TraceId trace_id,
                             SpanId span_id);

}  // namespace vitrine::query
