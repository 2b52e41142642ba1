#include "capture/gateway/usage_limits.h"

#include <algorithm>
#include <set>

#include "capture/gateway/limits.h"

namespace vitrine::capture {

namespace {

struct ByName {
  LimitBy by;
  std::string_view name;
  std::string LimitSubject::* field;
};
constexpr ByName kByNames[] = {
    {LimitBy::kAll, "all", nullptr},
    {LimitBy::kProject, "project", &LimitSubject::project},
    {LimitBy::kKey, "key", &LimitSubject::key},
    {LimitBy::kUser, "user", &LimitSubject::user},
    {LimitBy::kSession, "session", &LimitSubject::session},
    {LimitBy::kFeature, "feature", &LimitSubject::feature},
};

const ByName& RowOf(LimitBy by) { return kByNames[static_cast<size_t>(by)]; }

/// Whom the limit counts this call to; nothing where it does not say.
std::optional<std::string> SubjectOf(const LimitSetting& setting, const LimitSubject& subject) {
  const ByName& row = RowOf(setting.by);
  if (row.field == nullptr) return std::string();
  const std::string& value = subject.*row.field;
  return value.empty() ? std::nullopt : std::optional(value);
}

/// What is used up, in words; empty where something is left.
std::string UsedUp(const LimitSetting& setting, uint64_t requests, const LimitedUse& used) {
  if (setting.requests && requests >= *setting.requests)
    return std::to_string(*setting.requests) + " requests";
  if (setting.tokens && used.tokens >= *setting.tokens)
    return std::to_string(*setting.tokens) + " tokens";
  if (setting.cost && used.cost >= *setting.cost) return "$" + setting.cost->ToString();
  return {};
}

std::string WindowText(int64_t window_ms) {
  constexpr std::pair<int64_t, const char*> kUnits[] = {
      {86'400'000, "d"}, {3'600'000, "h"}, {60'000, "min"}, {1000, "s"}, {1, "ms"}};
  for (const auto& [size, name] : kUnits) {
    if (window_ms % size == 0) return std::to_string(window_ms / size) + " " + name;
  }
  return {};
}

}  // namespace

void LimitedUse::Add(const LimitedUse& more) {
  if (__builtin_add_overflow(tokens, more.tokens, &tokens)) tokens = UINT64_MAX;
  cost += std::max(more.cost, Money{});
}

void LimitedUse::TakeBack(const LimitedUse& added) {
  tokens -= std::min(tokens, added.tokens);
  cost = std::max(cost - std::max(added.cost, Money{}), Money{});
}

std::string_view Name(LimitBy by) { return RowOf(by).name; }

UsageLimits::UsageLimits(std::vector<LimitSetting> settings, access::LimitUse* use,
                         std::string scope, WindowCount count)
    : settings_(std::move(settings)),
      use_(use),
      scope_(std::move(scope)),
      window_count_(std::move(count)) {
  if (use_ == nullptr) return;
  std::set<std::string> scopes;
  for (const LimitSetting& setting : settings_) scopes.insert(ScopeOf(setting));
  for (const std::string& taken : scopes) {
    for (const catalog::LimitUseRow& row : use_->Take(taken)) TakeUp(row);
  }
}

UsageLimits::~UsageLimits() {
  for (const Windows& windows : windows_) *window_count_ -= windows.size();
}

std::string UsageLimits::ScopeOf(const LimitSetting& setting) const {
  return scope_.empty() ? std::string(Name(setting.by)) : scope_;
}

void UsageLimits::TakeUp(const catalog::LimitUseRow& row) {
  for (size_t i = 0; i < settings_.size(); ++i) {
    if (settings_[i].window_ms != row.window_ms || ScopeOf(settings_[i]) != row.scope) continue;
    Window* window = Find(i, row.subject, row.window);
    if (window == nullptr) continue;
    window->requests = static_cast<uint64_t>(row.requests);
    window->used = {};
    window->used.Add({static_cast<uint64_t>(row.tokens), {row.cost_nano_usd}});
  }
}

void UsageLimits::Note(size_t limit, const std::string& subject, const Window& window) {
  if (use_ == nullptr) return;
  use_->Note({.scope = ScopeOf(settings_[limit]),
              .window_ms = settings_[limit].window_ms,
              .subject = subject,
              .window = window.number,
              .requests = static_cast<int64_t>(window.requests),
              .tokens = static_cast<int64_t>(window.used.tokens),
              .cost_nano_usd = window.used.cost.nano_usd});
}

bool UsageLimits::needs_estimate() const {
  return std::ranges::any_of(settings_, [](const LimitSetting& s) { return s.tokens || s.cost; });
}

UsageLimits::Window* UsageLimits::Find(size_t limit, const std::string& subject, int64_t number) {
  Windows& windows = windows_[limit];
  auto found = windows.find(subject);
  if (found == windows.end()) {
    if (*window_count_ >= kLimitSubjectsMax) {
      *window_count_ -= std::erase_if(
          windows, [number](const auto& entry) { return entry.second.number < number; });
    }
    if (*window_count_ >= kLimitSubjectsMax) return nullptr;
    found = windows.emplace(subject, Window{.number = number}).first;
    ++*window_count_;
  }
  if (found->second.number != number) found->second = Window{.number = number};
  return &found->second;
}

std::expected<LimitReservation, LimitRefusal> UsageLimits::Reserve(const LimitSubject& subject,
                                                                   const LimitedUse& estimate,
                                                                   int64_t now_ms) {
  LimitReservation reservation;
  reservation.use = estimate;
  std::vector<Window*> windows;
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < settings_.size(); ++i) {
    const LimitSetting& setting = settings_[i];
    const auto counted = SubjectOf(setting, subject);
    if (!counted) continue;
    const int64_t number = now_ms / setting.window_ms;
    Window* window = Find(i, *counted, number);
    if (window == nullptr) continue;
    const std::string used = UsedUp(setting, window->requests, window->used);
    if (!used.empty()) {
      LimitRefusal refusal;
      refusal.message = "the limit '" + setting.name + "' of " + used + " in " +
                        WindowText(setting.window_ms) + " is used up" +
                        (counted->empty() ? "" : " for this " + std::string(Name(setting.by)));
      refusal.retry_after_ms = (number + 1) * setting.window_ms - now_ms;
      refusal.is_budget = used.starts_with('$');
      return std::unexpected(std::move(refusal));
    }
    const int64_t reset_ms = (number + 1) * setting.window_ms - now_ms;
    reservation.parts.push_back({.limit = i,
                                 .subject = *counted,
                                 .window = number,
                                 .used = {},
                                 .requests = 0,
                                 .reset_ms = reset_ms});
    windows.push_back(window);
  }
  for (size_t i = 0; i < windows.size(); ++i) {
    Window& window = *windows[i];
    ++window.requests;
    window.used.Add(estimate);
    reservation.parts[i].used = window.used;
    reservation.parts[i].requests = window.requests;
    Note(reservation.parts[i].limit, reservation.parts[i].subject, window);
  }
  return reservation;
}

void UsageLimits::Correct(const LimitReservation& reservation, const LimitedUse& actual) {
  Replace(reservation, actual, 0);
}

void UsageLimits::Release(const LimitReservation& reservation) { Replace(reservation, {}, 1); }

void UsageLimits::Replace(const LimitReservation& reservation, const LimitedUse& actual,
                          uint64_t requests) {
  const std::lock_guard lock(mutex_);
  for (const LimitReservation::Part& part : reservation.parts) {
    const auto found = windows_[part.limit].find(part.subject);
    if (found == windows_[part.limit].end() || found->second.number != part.window) continue;
    Window& window = found->second;
    window.requests -= std::min(window.requests, requests);
    window.used.TakeBack(reservation.use);
    window.used.Add(actual);
    Note(part.limit, part.subject, window);
  }
}

}  // namespace vitrine::capture
