// CallerLimits: the limits that requests name themselves (caller_wishes.h), each with its own
// counts. In memory alone. Owner: the door. Threads: every function from any thread. Memory:
// kCallerPoliciesMax policies, beyond which new ones are let through: limits fail open.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "capture/gateway/caller_wishes.h"
#include "capture/gateway/usage_limits.h"

namespace vitrine::capture {

class CallerLimits {
 public:
  /// The counts of a policy in a project; null where there are too many. They last as long as this.
  UsageLimits* Find(const std::string& project, const RateWish& wish);

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, std::unique_ptr<UsageLimits>> policies_;
};

}  // namespace vitrine::capture
