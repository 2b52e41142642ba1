#include "base/time.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace vitrine {

int32_t DayNumber(Nanos time) {
  int64_t day = time.since_epoch / kNanosPerDay;
  if (time.since_epoch % kNanosPerDay < 0) --day;
  return static_cast<int32_t>(day);
}

int64_t NanosOfDay(Nanos time) {
  // Not the time less its midnight: that of the first day lies before what 64 bits hold.
  const int64_t rest = time.since_epoch % kNanosPerDay;
  return rest < 0 ? rest + kNanosPerDay : rest;
}

std::string FormatRfc3339(Nanos time) {
  const int32_t day = DayNumber(time);
  const int64_t rest = NanosOfDay(time);
  std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  int64_t seconds = rest / kNanosPerSecond;
  std::array<char, 48> text{};
  int size = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%09dZ",
                           static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                           static_cast<unsigned>(date.day()), static_cast<int>(seconds / 3600),
                           static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60),
                           static_cast<int>(rest % kNanosPerSecond));
  return std::string(text.data(), static_cast<size_t>(size));
}

namespace {

struct Cursor {
  std::string_view text;
  bool failed = false;

  int Digits(size_t count) {
    int value = 0;
    for (size_t i = 0; i < count; ++i) {
      if (text.empty() || text[0] < '0' || text[0] > '9') {
        failed = true;
        return 0;
      }
      value = value * 10 + (text[0] - '0');
      text.remove_prefix(1);
    }
    return value;
  }
  bool Take(char c) {
    if (text.empty() || text[0] != c) return false;
    text.remove_prefix(1);
    return true;
  }
  void Expect(char c) { failed = !Take(c) || failed; }
};

int64_t Fraction(Cursor& cursor) {
  int64_t nanos = 0;
  int64_t unit = kNanosPerSecond / 10;
  size_t count = 0;
  while (!cursor.text.empty() && cursor.text[0] >= '0' && cursor.text[0] <= '9') {
    nanos += unit * (cursor.text[0] - '0');
    unit /= 10;
    ++count;
    cursor.text.remove_prefix(1);
  }
  if (count == 0) cursor.failed = true;
  return nanos;
}

int64_t OffsetSeconds(Cursor& cursor) {
  if (cursor.text.empty() || cursor.Take('Z') || cursor.Take('z')) return 0;
  int sign = cursor.Take('-') ? -1 : 1;
  if (sign == 1) cursor.Expect('+');
  int hours = cursor.Digits(2);
  cursor.Take(':');
  int minutes = cursor.Digits(2);
  return sign * (hours * 3600 + minutes * 60);
}

}  // namespace

std::optional<Nanos> ParseRfc3339(std::string_view text) {
  Cursor cursor{text};
  int year = cursor.Digits(4);
  cursor.Expect('-');
  int month = cursor.Digits(2);
  cursor.Expect('-');
  int day = cursor.Digits(2);
  int hour = 0, minute = 0, second = 0;
  int64_t nanos = 0;
  int64_t offset = 0;
  if (!cursor.text.empty()) {
    if (!cursor.Take('T') && !cursor.Take('t')) cursor.Expect(' ');
    hour = cursor.Digits(2);
    cursor.Expect(':');
    minute = cursor.Digits(2);
    if (cursor.Take(':')) second = cursor.Digits(2);
    if (cursor.Take('.')) nanos = Fraction(cursor);
    offset = OffsetSeconds(cursor);
  }
  std::chrono::year_month_day date{std::chrono::year(year),
                                   std::chrono::month(static_cast<unsigned>(month)),
                                   std::chrono::day(static_cast<unsigned>(day))};
  if (cursor.failed || !cursor.text.empty() || !date.ok() || hour > 23 || minute > 59 ||
      second > 60) {
    return std::nullopt;
  }
  int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  int64_t seconds = days * 86'400 + hour * 3600 + minute * 60 + second - offset;
  // 64 bits hold 1677-09-21 to 2262-04-11; wrong clocks do send the last of it.
  int64_t whole = 0, time = 0;
  if (__builtin_mul_overflow(seconds, kNanosPerSecond, &whole) ||
      __builtin_add_overflow(whole, nanos, &time)) {
    return std::nullopt;
  }
  return Nanos{time};
}

}  // namespace vitrine
