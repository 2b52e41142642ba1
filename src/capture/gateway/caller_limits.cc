#include "capture/gateway/caller_limits.h"

#include <algorithm>

#include "capture/gateway/limits.h"

namespace vitrine::capture {

UsageLimits* CallerLimits::Find(const std::string& project, const RateWish& wish) {
  const std::lock_guard lock(mutex_);
  const std::string key = project + '\n' + wish.text;
  const auto found = policies_.find(key);
  if (found != policies_.end()) return found->second.get();
  if (policies_.size() >= kCallerPoliciesMax) return nullptr;
  constexpr int64_t kNanosPerCent = 10'000'000;
  LimitSetting setting;
  setting.name = wish.text;
  setting.by = LimitBy::kUser;
  setting.window_ms = wish.window_ms;
  if (wish.is_cents) {
    const auto cents = std::min<uint64_t>(wish.count, INT64_MAX / kNanosPerCent);
    setting.cost = Money{static_cast<int64_t>(cents) * kNanosPerCent};
  } else {
    setting.requests = wish.count;
  }
  auto limits = std::make_unique<UsageLimits>(std::vector<LimitSetting>{setting});
  return policies_.emplace(key, std::move(limits)).first->second.get();
}

}  // namespace vitrine::capture
