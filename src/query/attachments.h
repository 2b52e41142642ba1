// Attachments: bytes taken out of messages, by hash. Threads: free functions.
#pragma once

#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

struct AttachmentBytes {
  std::string media_type;
  std::string bytes;
};

/// Errors: kNotFound, the client's.
Result<AttachmentBytes> ReadAttachment(clickhouse::Client& client, std::string_view project,
                                       ContentHash hash);

}  // namespace vitrine::query
