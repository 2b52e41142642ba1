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

TEST(Time, DayNumberRoundsDown) {
  EXPECT_EQ(DayNumber(Nanos{0}), 0);
  EXPECT_EQ(DayNumber(Nanos{-1}), -1);
  EXPECT_EQ(DayNumber(Nanos{kNanosPerDay}), 1);
}

}  // namespace
}  // namespace vitrine
