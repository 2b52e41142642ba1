#include "capture/gateway/caller_limits.h"

#include <algorithm>

#include "capture/gateway/limits.h"

namespace vitrine::capture {

namespace {

LimitSetting SettingOf(const RateWish& wish) {
  LimitSetting setting;
  setting.name = wish.text;
  setting.by = wish.by.empty() ? LimitBy::kAll : LimitBy::kUser;
  setting.window_ms = wish.window_ms;
  if (wish.is_cents) {
    const auto cents = std::min<uint64_t>(wish.count, INT64_MAX / kNanosPerCent);
    setting.cost = Money{static_cast<int64_t>(cents) * kNanosPerCent};
  } else {
    setting.requests = wish.count;
  }
  return setting;
}

}  // namespace

std::shared_ptr<UsageLimits> CallerLimits::Find(const std::string& project, const RateWish& wish) {
  // As it was read: spellings of one policy are one.
  const std::string key = project + '\n' + std::to_string(wish.count) +
                          (wish.is_cents ? " cents " : " requests ") +
                          std::to_string(wish.window_ms) + ' ' + wish.by;
  const std::lock_guard lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    policies_.splice(policies_.begin(), policies_, found->second);
    return found->second->limits;
  }
  if (policies_.size() >= kCallerPoliciesMax) {
    by_key_.erase(policies_.back().key);
    policies_.pop_back();
  }
  auto limits = std::make_shared<UsageLimits>(std::vector<LimitSetting>{SettingOf(wish)}, nullptr,
                                              std::string(), window_count_);
  policies_.push_front({key, limits});
  by_key_.emplace(key, policies_.begin());
  return limits;
}

}  // namespace vitrine::capture
