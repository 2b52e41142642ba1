#include "base/time_text.h"

#include <charconv>
#include <optional>
#include <string>

namespace vitrine {

namespace {

std::optional<int64_t> SecondsOf(char unit) {
  switch (unit) {
    case 's': return 1;
    case 'm': return 60;
    case 'h': return 3600;
    case 'd': return 86'400;
    default: return std::nullopt;
  }
}

std::optional<Nanos> ParseAge(std::string_view text, Nanos now) {
  int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || count < 0 || end + 1 != text.data() + text.size())
    return std::nullopt;
  const auto seconds = SecondsOf(*end);
  int64_t age = 0;
  if (!seconds || __builtin_mul_overflow(count, *seconds * kNanosPerSecond, &age))
    return std::nullopt;
  return Nanos{now.since_epoch - age};
}

}  // namespace

Result<Nanos> ParseTime(std::string_view text, Nanos now) {
  if (text == "now") return now;
  if (!text.empty()) {
    if (const auto age = ParseAge(text, now)) return *age;
    if (const auto moment = ParseRfc3339(text)) return *moment;
    if (const auto day = ParseRfc3339(std::string(text) + "T00:00:00Z")) return *day;
  }
  return Fail(ErrorCode::kInvalidInput,
              "'" + std::string(text) +
                  "' is no time; write 2026-11-21T01:31:07Z, 2026-11-21, or an age like 15m, 24h, "
                  "7d");
}

}  // namespace vitrine
