// CallKeys: keys of our own that stand for a provider's: an application has one of these in the
// place of the provider's key, which never leaves the server.
// Owner: the door. Threads: const after construction. Comparing takes the same time wherever two
// keys differ.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/http_types.h"
#include "upstream/upstream_table.h"

namespace vitrine::capture {

struct CallKey {
  std::string key;   ///< What the application sends.
  std::string name;  ///< Shown in its place.
  std::string project = "default";
  std::vector<std::string> upstreams;  ///< Names that may be called; empty: all.
  std::vector<std::string> models;     ///< That may be asked; empty: all.

  bool allows_upstream(std::string_view name) const;
  bool allows_model(std::string_view model) const;
};

class CallKeys {
 public:
  explicit CallKeys(std::vector<CallKey> keys) : keys_(std::move(keys)) {}

  bool empty() const { return keys_.empty(); }
  /// The key that a request carries where its provider's would be (Authorization, x-api-key,
  /// api-key, x-goog-api-key, ?key=); null for another or none.
  const CallKey* Find(const net::HttpHeaders& headers, std::string_view target) const;

 private:
  std::vector<CallKey> keys_;
};

/// Puts the upstream's key in the place of whatever the caller sent.
void ReplaceCredentials(const upstream::Upstream& upstream, net::HttpHeaders& headers,
                        std::string& target);

}  // namespace vitrine::capture
