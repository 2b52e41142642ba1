#include "capture/gateway/pace_rules.h"

#include <algorithm>
#include <charconv>

namespace vitrine::capture {

namespace {

/// FNV-1a: the same on every machine and in every version, so that a session stays in or out.
uint64_t StableHash(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  // Its low bits are even; its high ones, for short texts, are not yet.
  return hash ^ hash >> 32;
}

}  // namespace

Result<uint32_t> TimelinePolicy::ParseShare(std::string_view text) {
  if (text == "all") return kWhole;
  if (text == "none") return 0u;
  double percent = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, percent);
  const bool is_share =
      error == std::errc() && rest + 1 == end && *rest == '%' && percent >= 0 && percent <= 100;
  if (!is_share) {
    return Fail(ErrorCode::kInvalidInput,
                "'" + std::string(text) + "' is no share; write all, none or 10%");
  }
  return static_cast<uint32_t>(percent * kWhole / 100 + 0.5);
}

Result<TimelinePolicy> TimelinePolicy::Parse(
    std::string_view share, const std::vector<std::pair<std::string, std::string>>& by_feature) {
  TimelinePolicy policy;
  const auto of = [](std::string_view where, Result<uint32_t> read) -> Result<uint32_t> {
    if (!read) read.error().message = std::string(where) + ": " + read.error().message;
    return read;
  };
  TRY_ASSIGN(policy.share_, of("gateway.timelines", ParseShare(share)));
  for (const auto& [feature, text] : by_feature) {
    TRY_ASSIGN(const uint32_t own, of("gateway.timeline_features." + feature, ParseShare(text)));
    policy.by_feature_.emplace_back(feature, own);
  }
  return policy;
}

bool TimelinePolicy::Keeps(std::string_view feature, std::string_view key) const {
  const auto own = std::ranges::find(
      by_feature_, feature, [](const auto& entry) { return std::string_view(entry.first); });
  const uint32_t share = own == by_feature_.end() ? share_ : own->second;
  return share == kWhole || StableHash(key) % kWhole < share;
}

}  // namespace vitrine::capture
