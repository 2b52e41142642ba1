#include "cli/typed_time.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "cli/time_zone.h"

namespace vitrine::cli {
namespace {

Nanos At(const char* text) { return *ParseRfc3339(text); }

std::string Typed(std::string_view text, const char* now, const TimeZone& zone) {
  const auto time = ParseTypedTime(text, At(now), zone);
  return time ? FormatRfc3339(*time).substr(0, 19) : "no time";
}

TEST(TypedTime, MomentsDaysMonthsAndAges) {
  constexpr const char* kNow = "2026-11-21T12:00:00Z";
  const std::pair<const char*, const char*> cases[] = {
      {"now", "2026-11-21T12:00:00"},
      {"90s", "2026-11-21T11:58:30"},
      {"15m", "2026-11-21T11:45:00"},
      {"24h", "2026-11-20T12:00:00"},
      {"7d", "2026-11-14T12:00:00"},
      {"today", "2026-11-21T00:00:00"},
      {"yesterday", "2026-11-20T00:00:00"},
      {"2026-11", "2026-11-01T00:00:00"},
      {"2026-11-02", "2026-11-02T00:00:00"},
      {"2026-11-02T03:04", "2026-11-02T03:04:00"},
      {"2026-11-02 03:04:05", "2026-11-02T03:04:05"},
      {"2026-11-01T02:00:00+02:00", "2026-11-01T00:00:00"}};
  for (const auto& [text, expected] : cases) EXPECT_EQ(Typed(text, kNow, {}), expected) << text;
  for (const char* text : {"", "d", "-1d", "1w", "1", "99999999999999999999d", "9999999999999d",
                           "2026-13-01", "2026-13", "tomorrow", "1d ", "2026-11-01T02:00ZZ"}) {
    EXPECT_FALSE(ParseTypedTime(text, At(kNow), {})) << text;
  }
}

TEST(TypedTime, DaysAreThoseOfTheZone) {
  const auto berlin = TimeZone::Load("Europe/Berlin");
  ASSERT_TRUE(berlin) << berlin.error().message;
  constexpr const char* kNow = "2026-11-21T23:30:00Z";  // 00:30 of the 22nd in Berlin.
  const std::pair<const char*, const char*> cases[] = {
      {"today", "2026-11-21T23:00:00"},
      {"yesterday", "2026-11-20T23:00:00"},
      {"2026-07-01", "2026-06-30T22:00:00"},
      {"2026-04", "2026-03-31T22:00:00"},
      {"2026-01-10T08:30", "2026-01-10T07:30:00"},
      {"2026-01-10T08:30Z", "2026-01-10T08:30:00"},
      {"24h", "2026-11-20T23:30:00"},
      // Clocks skip from 2 to 3 on this day, and go back from 3 to 2 on that one.
      {"2026-03-29T02:30", "2026-03-29T01:00:00"},
      {"2026-03-29T03:30", "2026-03-29T01:30:00"},
      {"2026-10-25T02:30", "2026-10-25T00:30:00"},
      {"2026-10-25T03:00", "2026-10-25T02:00:00"}};
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(Typed(text, kNow, *berlin), expected) << text;
  EXPECT_EQ(ShownTime("2026-03-29T00:59:59.999999999Z", *berlin), "2026-03-29T01:59:59");
  EXPECT_EQ(ShownTime("2026-03-29T01:00:00.000000000Z", *berlin), "2026-03-29T03:00:00");
  EXPECT_EQ(ShownTimeOfDay("2026-11-21T23:30:01.250000000Z", *berlin), "00:30:01.250");
  EXPECT_EQ(ShownTime("not a time", *berlin), "not a time");
  EXPECT_EQ(ShownTime("2262-04-11T23:47:16.854775807Z", *berlin), "2262-04-11T23:47:16");
}

TEST(TypedTime, MidnightThatClocksLeaveOut) {
  const auto santiago = TimeZone::Load("America/Santiago");
  ASSERT_TRUE(santiago);
  // On 2024-09-08 clocks went from 24:00 of the day before to 1:00.
  EXPECT_EQ(Typed("2024-09-08", "2024-09-08T12:00:00Z", *santiago), "2024-09-08T04:00:00");
  EXPECT_EQ(Typed("today", "2024-09-08T12:00:00Z", *santiago), "2024-09-08T04:00:00");
  EXPECT_EQ(ShownTime("2024-09-08T04:00:00Z", *santiago), "2024-09-08T01:00:00");
}

TEST(TypedTime, TheLastMomentThereIsStaysIt) {
  const auto santiago = TimeZone::Load("America/Santiago"), tokyo = TimeZone::Load("Asia/Tokyo");
  ASSERT_TRUE(santiago && tokyo);
  EXPECT_EQ(santiago->FirstMoment(Nanos{INT64_MAX - 1}).since_epoch, INT64_MAX);
  EXPECT_EQ(tokyo->FirstMoment(Nanos{INT64_MIN + 1}).since_epoch, INT64_MIN);
}

TEST(TypedTime, DependsOnTheZoneWhatSaysNoOffset) {
  for (const char* text : {"today", "yesterday", "2026-11", "2026-11-21", "2026-11-21T01:31"})
    EXPECT_TRUE(DependsOnZone(text)) << text;
  for (const char* text : {"", "now", "24h", "2026-11-21T01:31:07Z", "2026-11-21T01:31+01:00"})
    EXPECT_FALSE(DependsOnZone(text)) << text;
}

TEST(TimeZone, AgreesWithTheCLibraryEveryHourOfAYear) {
  for (const char* name : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
                           "Africa/Casablanca", "Asia/Kathmandu", "Pacific/Apia"}) {
    const auto zone = TimeZone::Load(name);
    ASSERT_TRUE(zone) << name;
    setenv("TZ", name, 1);
    tzset();
    for (int64_t hour = 0; hour < 366 * 24; ++hour) {
      const time_t second = 1'767'225'600 + hour * 3600;  // 2026
      tm parts = {};
      localtime_r(&second, &parts);
      ASSERT_EQ(zone->OffsetSeconds({second * kNanosPerSecond}), parts.tm_gmtoff)
          << name << " " << second;
    }
    unsetenv("TZ");
    tzset();
  }
}

TEST(TimeZone, LeavesTheProcessItsOwn) {
  setenv("TZ", "Asia/Tokyo", 1);
  ASSERT_TRUE(TimeZone::Load("Europe/Berlin"));
  EXPECT_STREQ(std::getenv("TZ"), "Asia/Tokyo");
  unsetenv("TZ");
  ASSERT_TRUE(TimeZone::Load("Europe/Berlin"));
  EXPECT_EQ(std::getenv("TZ"), nullptr);
}

TEST(TimeZone, NamesLeadNowhereElse) {
  for (const char* name : {"", "Europe/Nowhere", "../zoneinfo/UTC", "/usr/share/zoneinfo/UTC",
                           "Europe", "tzdata.zi"}) {
    EXPECT_FALSE(TimeZone::Load(name)) << name;
  }
  EXPECT_TRUE(TimeZone::Load("UTC")->is_utc());
}

}  // namespace
}  // namespace vitrine::cli
