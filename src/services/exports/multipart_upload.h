// A large file to an S3-compatible storage in parts, which become one object at once, or none:
// where it fails, what was sent is taken away again, also what a crash left of an earlier attempt.
// Threads: as StoreClient. Source: Amazon S3 API Reference, "Multipart upload".
#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"
#include "services/exports/store_client.h"

namespace vitrine::exports {

/// How long each part of a file is: as asked for, or longer where those would be too many.
uint64_t PartBytesOf(uint64_t file_bytes, uint64_t wanted_bytes);

/// Errors: kLimitExceeded (longer than an object may be), StoreClient's; kCorrupt (an answer that
/// does not say what it must).
Result<void> UploadInParts(StoreClient& client, const std::string& path, std::string_view bytes,
                           const std::stop_token& stop);

}  // namespace vitrine::exports
