// StoreClient: signed requests to one bucket of an S3-compatible storage, path-style.
// Owner: one destination; the clock outlives it. Threads: one at a time; stop tokens from any.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http_client.h"
#include "platform/clock.h"
#include "services/exports/export_setting.h"
#include "upstream/upstream_table.h"

namespace vitrine::exports {

struct StoreRequest {
  std::string_view method;
  std::string key;         ///< Of the object, without the prefix; empty: the bucket itself.
  std::string query = {};  ///< "partNumber=1&uploadId=x", escaped.
  std::string_view body = {};
  std::stop_token stop = {};
  int64_t total_timeout_ms = 0;  ///< 0 is none.
};

class StoreClient {
 public:
  StoreClient(ObjectStore store, const upstream::Upstream& endpoint, platform::Clock& clock);

  /// Errors: the HTTP client's; kUnavailable with what the storage said, where that is no 2xx.
  Result<net::HttpResponse> Send(const StoreRequest& request);

  const ObjectStore& store() const { return store_; }
  /// The object's whole key, with the prefix.
  std::string KeyOf(const std::string& path) const;

 private:
  std::string TargetOf(const std::string& path) const;

  const ObjectStore store_;
  const std::string base_, authority_;
  platform::Clock& clock_;
  net::HttpClient client_;
};

/// What the storage says, as one short line.
std::string StoreWords(std::string_view body);
/// The text of the first element of this name, from `at` on, which then is behind it; nothing
/// where there is none. Enough of XML for what storages answer.
std::optional<std::string> NextElement(std::string_view xml, std::string_view name, size_t& at);

}  // namespace vitrine::exports
