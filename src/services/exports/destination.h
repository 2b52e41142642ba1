// Destination: where a finished file goes: a folder, or an S3-compatible storage. A file that is
// there is replaced, and nobody ever sees half of one.
// Owner: one export. Threads: one at a time; the stop token from any.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "net/http_relay.h"
#include "platform/clock.h"
#include "platform/file.h"
#include "services/exports/export_setting.h"

namespace vitrine::exports {

class Destination {
 public:
  virtual ~Destination() = default;
  /// Puts the whole file at `spool` there as `path`, durably; the spool file is the caller's.
  /// Errors: kIo, kUnavailable, kLimitExceeded, kInvalidInput (refused), kCancelled.
  virtual Result<void> Put(const std::string& spool, const std::string& path,
                           const std::stop_token& stop) = 0;
  /// For people: "/var/exports", "s3://bucket/prefix".
  virtual std::string name() const = 0;
};

std::unique_ptr<Destination> FolderDestination(std::string folder,
                                               platform::FileSystem& file_system);
/// Errors: kInvalidInput (an endpoint that is no URL).
Result<std::unique_ptr<Destination>> StoreDestination(const ObjectStore& store,
                                                      std::shared_ptr<net::UpstreamTls> tls,
                                                      platform::Clock& clock);

}  // namespace vitrine::exports
