// CallerLimits: the limits that requests name themselves (caller_wishes.h), each with its own
// counts. In memory alone. Owner: the door. Threads: every function from any thread. Memory:
// kCallerPoliciesMax policies, of which the one that was not named for longest goes, and
// kLimitSubjectsMax windows of all of them.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "capture/gateway/caller_wishes.h"
#include "capture/gateway/usage_limits.h"

namespace vitrine::capture {

class CallerLimits {
 public:
  /// The counts of a policy in a project. Never null.
  std::shared_ptr<UsageLimits> Find(const std::string& project, const RateWish& wish);

 private:
  struct Policy {
    std::string key;
    std::shared_ptr<UsageLimits> limits;
  };

  std::mutex mutex_;
  std::list<Policy> policies_;  ///< The one that was named last first.
  std::unordered_map<std::string, std::list<Policy>::iterator> by_key_;
  const UsageLimits::WindowCount window_count_ = std::make_shared<std::atomic<size_t>>(0);
};

}  // namespace vitrine::capture
