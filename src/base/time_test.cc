#include "base/time.h"

#include <gtest/gtest.h>

namespace vitrine {
namespace {

TEST(Time, FormatsNineDigitsAndRoundTrips) {
  Nanos time{1'795'224'667'204'123'456};
  EXPECT_EQ(FormatRfc3339(time), "2026-11-21T01:31:07.204123456Z");
  EXPECT_EQ(ParseRfc3339(FormatRfc3339(time)), time);
  EXPECT_EQ(ParseRfc3339(FormatRfc3339(Nanos{-1})), Nanos{-1});
}

TEST(Time, ReadsOffsetsDatesAndShortFractions) {
  EXPECT_EQ(ParseRfc3339("2026-11-21T02:31:07.2+01:00"), Nanos{1'795'224'667'200'000'000});
  EXPECT_EQ(ParseRfc3339("1970-01-02"), Nanos{kNanosPerDay});
  EXPECT_EQ(ParseRfc3339("1970-01-01T00:00:01.1234567899Z"), Nanos{1'123'456'789});
}

TEST(Time, RefusesWhatIsNotATime) {
  for (const char* text : {"", "2026", "2026-13-01", "2026-02-30", "2026-11-21T25:00:00Z",
                           "2026-11-21T01:31:07.Z", "2026-11-21T01:31:07Zx", "0001-01-01"}) {
    EXPECT_EQ(ParseRfc3339(text), std::nullopt) << text;
  }
}

TEST(Time, ReadsEveryTimeThat64BitsHold) {
  for (int64_t time : {INT64_MAX, INT64_MAX - 1, INT64_MIN + 1'000'000'000, int64_t{0}}) {
    auto read = ParseRfc3339(FormatRfc3339(Nanos{time}));
    ASSERT_TRUE(read) << FormatRfc3339(Nanos{time});
    EXPECT_EQ(read->since_epoch, time);
  }
  EXPECT_FALSE(ParseRfc3339("2262-04-12T00:00:00Z"));
  EXPECT_FALSE(ParseRfc3339("9999-12-31T00:00:00Z"));
  EXPECT_FALSE(ParseRfc3339("1600-01-01T00:00:00Z"));
}

TEST(Time, ADayBeginsAtMidnightAlsoBefore1970) {
  EXPECT_EQ(NanosOfDay(Nanos{0}), 0);
  EXPECT_EQ(NanosOfDay(Nanos{-1}), kNanosPerDay - 1);
  EXPECT_EQ(NanosOfDay(Nanos{kNanosPerDay + 7}), 7);
  EXPECT_EQ(NanosOfDay(Nanos{INT64_MIN}), kNanosPerDay + INT64_MIN % kNanosPerDay);
}

TEST(Time, AnEndBeforeTheStartIsNotKnown) {
  EXPECT_EQ(LengthOf(Nanos{5}, Nanos{9}), 4);
  EXPECT_EQ(LengthOf(Nanos{5}, Nanos{5}), 0);
  EXPECT_EQ(LengthOf(Nanos{5}, Nanos{0}), std::nullopt);
  EXPECT_EQ(LengthOf(Nanos{5}, UnknownEnd(Nanos{5})), std::nullopt);
}

TEST(Time, DayNumberRoundsDown) {
  EXPECT_EQ(DayNumber(Nanos{0}), 0);
  EXPECT_EQ(DayNumber(Nanos{-1}), -1);
  EXPECT_EQ(DayNumber(Nanos{kNanosPerDay}), 1);
}

}  // namespace
}  // namespace vitrine
