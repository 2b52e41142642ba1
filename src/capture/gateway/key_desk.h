// KeyDesk: which key of ours a request carries: one of the configuration's, or a virtual one.
// Owner: the door; the virtual keys outlive it. Threads: any.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "access/virtual_keys.h"
#include "base/result.h"
#include "capture/gateway/call_keys.h"
#include "platform/clock.h"

namespace vitrine::capture {

class KeyDesk {
 public:
  /// Without virtual keys (null) those of the configuration are all there are.
  KeyDesk(std::vector<CallKey> configured, const access::VirtualKeys* virtual_keys,
          access::LimitUse* use = nullptr);

  /// The key that a request carries where its provider's would be; null for none of ours.
  /// Errors: kCancelled (it looks like a virtual key and is none, or has expired), kUnavailable
  /// (what it stands for cannot be opened).
  Result<std::shared_ptr<const CallKey>> Find(const net::HttpHeaders& headers,
                                              std::string_view target) const;
  bool has_configured() const { return !configured_.empty(); }

 private:
  Result<std::shared_ptr<const CallKey>> FindVirtual(std::string_view sent) const;
  std::shared_ptr<UsageLimits> LimitsOf(const access::VirtualKey& key) const;

  const CallKeys configured_;
  const access::VirtualKeys* virtual_keys_;
  mutable std::mutex mutex_;
  access::LimitUse* const use_;
  /// By id.
  mutable std::unordered_map<std::string, std::shared_ptr<UsageLimits>> limits_;
};

}  // namespace vitrine::capture
