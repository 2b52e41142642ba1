// CallKeys: keys of our own that stand for a provider's: an application has one of these in the
// place of the provider's key, which never leaves the server.
// Owner: the door. Threads: const after construction. Comparing takes the same time wherever two
// keys differ.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "capture/gateway/usage_limits.h"
#include "net/http_types.h"
#include "upstream/upstream_table.h"

namespace vitrine::capture {

struct CallKey {
  std::string key;   ///< What the application sends.
  std::string name;  ///< Shown in its place.
  std::string project = "default";
  std::vector<std::string> upstreams;  ///< Names that may be called; empty: all.
  std::vector<std::string> models;     ///< That may be asked; empty: all.
  /// The provider's key that this one alone stands for; empty: the upstream's own.
  std::string provider_key = {};
  std::shared_ptr<UsageLimits> limits = nullptr;  ///< Of this key alone; null: none.

  bool allows_upstream(std::string_view name) const;
  bool allows_model(std::string_view model) const;
};

class CallKeys {
 public:
  explicit CallKeys(std::vector<CallKey> keys);

  bool empty() const { return keys_.empty(); }
  /// The one that was sent; null for another or none.
  std::shared_ptr<const CallKey> Find(std::span<const std::string_view> sent) const;

 private:
  std::vector<std::shared_ptr<const CallKey>> keys_;
};

/// What a request carries where a provider's key would be: Authorization, x-api-key, api-key,
/// x-goog-api-key, ?key=. Borrows from the request.
class SentKeys {
 public:
  SentKeys(const net::HttpHeaders& headers, std::string_view target);
  std::span<const std::string_view> all() const { return {keys_.data(), count_}; }

 private:
  std::array<std::string_view, 5> keys_;
  size_t count_ = 0;
};

/// The provider's key that a call takes: its key's own, else the upstream's; empty: the caller's.
const std::string& ProviderKeyOf(const upstream::Upstream& upstream, const CallKey* key);

/// Puts the provider's key in the place of whatever the caller sent; an empty one leaves that.
void ReplaceCredentials(const upstream::Upstream& upstream, const CallKey* key,
                        net::HttpHeaders& headers, std::string& target);

}  // namespace vitrine::capture
