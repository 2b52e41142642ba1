#include "capture/gateway/key_desk.h"

#include "access/limits.h"

namespace vitrine::capture {

KeyDesk::KeyDesk(std::vector<CallKey> configured, const access::VirtualKeys* virtual_keys,
                 access::LimitUse* use)
    : configured_(std::move(configured)), virtual_keys_(virtual_keys), use_(use) {}

Result<std::shared_ptr<const CallKey>> KeyDesk::Find(const net::HttpHeaders& headers,
                                                     std::string_view target) const {
  const SentKeys sent(headers, target);
  if (auto configured = configured_.Find(sent.all())) return configured;
  if (virtual_keys_ == nullptr) return nullptr;
  for (const std::string_view key : sent.all()) {
    if (access::VirtualKeys::LooksLikeOne(key)) return FindVirtual(key);
  }
  return nullptr;
}

Result<std::shared_ptr<const CallKey>> KeyDesk::FindVirtual(std::string_view sent) const {
  const auto found = virtual_keys_->Find(sent);
  if (found == nullptr) {
    return Fail(ErrorCode::kCancelled,
                "this virtual key is not known here: it was revoked or rotated, or another server "
                "made it");
  }
  if (found->expires_at && *found->expires_at <= platform::SystemClock().Now()) {
    return Fail(ErrorCode::kCancelled, "the virtual key '" + found->name + "' expired at " +
                                           FormatRfc3339(*found->expires_at));
  }
  if (found->provider_key.empty()) {
    const auto fault = virtual_keys_->fault();
    return Fail(ErrorCode::kUnavailable,
                fault ? fault->message
                      : "what the virtual key '" + found->name +
                            "' stands for cannot be opened; rotate it with its provider_key");
  }
  auto key = std::make_shared<CallKey>();
  key->name = found->name;
  key->project = found->project;
  key->upstreams = {found->upstream};
  key->models = found->models;
  key->provider_key = found->provider_key;
  key->limits = LimitsOf(*found);
  return key;
}

std::shared_ptr<UsageLimits> KeyDesk::LimitsOf(const access::VirtualKey& key) const {
  if (key.limits.empty()) return nullptr;
  const std::lock_guard lock(mutex_);
  if (const auto known = limits_.find(key.id); known != limits_.end()) return known->second;
  // More than there can be keys: the others were revoked.
  if (limits_.size() >= 2 * access::kVirtualKeysMax)
    std::erase_if(limits_, [this](const auto& known) { return !virtual_keys_->Has(known.first); });
  std::vector<LimitSetting> settings;
  for (const access::KeyLimit& limit : key.limits) {
    settings.push_back({.name = key.name,
                        .by = LimitBy::kAll,
                        .window_ms = limit.window_s * 1000,
                        .requests = limit.requests,
                        .tokens = limit.tokens,
                        .cost = limit.dollars});
  }
  auto limits = std::make_shared<UsageLimits>(std::move(settings), use_, "key/" + key.id);
  return limits_.emplace(key.id, std::move(limits)).first->second;
}

}  // namespace vitrine::capture
