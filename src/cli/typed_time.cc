#include "cli/typed_time.h"

#include <optional>

#include "base/time_text.h"

namespace vitrine::cli {

namespace {

constexpr size_t kToTheSecond = 19, kToTheMilli = 23, kDaySize = 10, kMonthSize = 7;

Nanos StartOfDay(Nanos time, int64_t days_before, const TimeZone& zone) {
  const int64_t day = DayNumber(zone.Shown(time)) - days_before;
  return zone.FirstMoment(Nanos{day * kNanosPerDay});
}

/// What clocks show, without saying where: "2026-11", "2026-11-21", "2026-11-21T01:31".
std::optional<Nanos> ParseShown(std::string_view text) {
  std::string whole(text);
  if (whole.size() == kMonthSize) whole += "-01";
  if (whole.size() == kDaySize) whole += "T00:00";
  // With an offset already, a second one is too much.
  return ParseRfc3339(whole + "Z");
}

}  // namespace

Result<Nanos> ParseTypedTime(std::string_view text, Nanos now, const TimeZone& zone) {
  if (text == "today") return StartOfDay(now, 0, zone);
  if (text == "yesterday") return StartOfDay(now, 1, zone);
  if (const auto shown = ParseShown(text)) return zone.FirstMoment(*shown);
  if (const auto time = ParseTime(text, now)) return *time;
  return Fail(ErrorCode::kInvalidInput,
              "'" + std::string(text) +
                  "' is no time; write 2026-11-21T01:31, 2026-11-21, 2026-11, today, yesterday, "
                  "2026-11-21T01:31:07Z, or an age like 15m, 24h, 7d");
}

bool DependsOnZone(std::string_view text) {
  return text == "today" || text == "yesterday" || ParseShown(text).has_value();
}

std::string ShownTime(std::string_view rfc3339, const TimeZone& zone) {
  const auto time = ParseRfc3339(rfc3339);
  return time ? FormatRfc3339(zone.Shown(*time)).substr(0, kToTheSecond) : std::string(rfc3339);
}

std::string ShownTimeOfDay(std::string_view rfc3339, const TimeZone& zone) {
  const auto time = ParseRfc3339(rfc3339);
  if (!time) return std::string(rfc3339);
  return FormatRfc3339(zone.Shown(*time)).substr(kDaySize + 1, kToTheMilli - kDaySize - 1);
}

}  // namespace vitrine::cli
