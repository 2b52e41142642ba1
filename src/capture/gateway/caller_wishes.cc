#include "capture/gateway/caller_wishes.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "capture/gateway/limits.h"
#include "codecs/content/text.h"

namespace vitrine::capture {

namespace {

constexpr std::string_view kPrefix = "helicone-";
// Helicone's own defaults and bounds.
constexpr int64_t kCacheDefaultS = 7 * 86'400;
constexpr int64_t kCacheMostS = 365 * 86'400;
constexpr unsigned kRetriesDefault = 5;
constexpr unsigned kRetriesMost = 10;
constexpr int64_t kWindowLeastS = 60;

template <typename Number>
std::optional<Number> ReadNumber(std::string_view text) {
  text = codecs::Trim(text);
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  return is_whole && value >= 0 ? std::optional(value) : std::nullopt;
}

bool IsTrue(const net::HttpHeaders& headers, std::string_view name) {
  return net::EqualsIgnoringCase(codecs::Trim(headers.First(name).value_or("")), "true");
}

template <typename Number>
void Take(const net::HttpHeaders& headers, std::string_view name, Number& to, Number most) {
  if (const auto sent = headers.First(name)) {
    if (const auto number = ReadNumber<Number>(*sent)) to = std::min(*number, most);
  }
}

std::string Lower(std::string_view text) {
  std::string lower(codecs::CutAtCharacter(text, kTagBytesMax));
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return lower;
}

int64_t CacheTtlMs(const net::HttpHeaders& headers) {
  int64_t seconds = kCacheDefaultS;
  auto said = headers.First("helicone-cache-control");
  if (!said) said = headers.First("cache-control");
  constexpr std::string_view kMaxAge = "max-age=";
  const std::string text = Lower(said.value_or(""));
  const size_t at = text.find(kMaxAge);
  if (at != std::string::npos) {
    const std::string_view rest = std::string_view(text).substr(at + kMaxAge.size());
    // What cannot be read is not kept.
    seconds = ReadNumber<int64_t>(rest.substr(0, rest.find_first_not_of("0123456789"))).value_or(0);
  }
  return std::min(seconds, kCacheMostS) * 1000;
}

std::optional<RateWish> ReadRate(std::string_view text) {
  RateWish wish;
  wish.text = codecs::CutAtCharacter(text, kTagBytesMax);
  const auto count = ReadNumber<uint64_t>(text.substr(0, text.find(';')));
  if (!count || *count == 0) return std::nullopt;
  wish.count = *count;
  while (text.contains(';')) {
    text.remove_prefix(text.find(';') + 1);
    const std::string_view part = codecs::Trim(text.substr(0, text.find(';')));
    if (part.starts_with("w=")) {
      const int64_t seconds = ReadNumber<int64_t>(part.substr(2)).value_or(0);
      if (seconds < kWindowLeastS || seconds > kCacheMostS) return std::nullopt;
      wish.window_ms = seconds * 1000;
    } else if (part.starts_with("u=")) {
      wish.is_cents = part.substr(2) == "cents";
    } else if (part.starts_with("s=")) {
      wish.by = Lower(part.substr(2));
    }
  }
  return wish.window_ms > 0 ? std::optional(wish) : std::nullopt;
}

}  // namespace

CallerWishes ReadWishes(const net::HttpHeaders& headers) {
  CallerWishes wishes;
  const bool speaks = std::any_of(headers.begin(), headers.end(), [](const net::HttpHeader& h) {
    return h.name.size() > kPrefix.size() &&
           net::EqualsIgnoringCase(h.name.substr(0, kPrefix.size()), kPrefix);
  });
  if (!speaks) return wishes;
  if (IsTrue(headers, "helicone-cache-enabled")) {
    wishes.cache_ttl_ms = CacheTtlMs(headers);
    wishes.cache_seed = std::string(headers.First("helicone-cache-seed").value_or(""));
  }
  if (IsTrue(headers, "helicone-retry-enabled")) {
    unsigned count = kRetriesDefault;
    Take(headers, "helicone-retry-num", count, kRetriesMost);
    wishes.retries = count;
    Take(headers, "helicone-retry-factor", wishes.retry_factor, 10.0);
    Take(headers, "helicone-retry-min-timeout", wishes.retry_min_ms, kRetryDelayMaxMs);
    Take(headers, "helicone-retry-max-timeout", wishes.retry_max_ms, kRetryDelayMaxMs);
  }
  if (const auto rate = headers.First("helicone-ratelimit-policy")) wishes.rate = ReadRate(*rate);
  return wishes;
}

std::optional<std::string> SubjectOf(const RateWish& wish, const net::HttpHeaders& headers) {
  if (wish.by.empty()) return "everybody";
  const std::string name = wish.by == "user" ? "helicone-user-id" : "helicone-property-" + wish.by;
  const auto value = headers.First(name);
  if (!value || value->empty()) return std::nullopt;
  return std::string(codecs::CutAtCharacter(*value, kCallerSubjectBytesMax));
}

}  // namespace vitrine::capture
