#include "storage/schema/row_lookup.h"

#include <gmock/gmock.h>

#include <random>

namespace vitrine::storage {
namespace {

using testing::ElementsAre;

TimeRange Range(int64_t first, int64_t last) { return {Nanos{first}, Nanos{last}}; }

TEST(RowLookup, WhatOverlapsIsOne) {
  EXPECT_THAT(Cover({Range(5, 9), Range(1, 6), Range(2, 3), Range(20, 20)}, 10),
              ElementsAre(Range(1, 9), Range(20, 20)));
  EXPECT_THAT(Cover({}, 1), ElementsAre());
  EXPECT_THAT(Cover({Range(INT64_MIN, INT64_MIN), Range(INT64_MAX, INT64_MAX), Range(0, 1)}, 2),
              ElementsAre(Range(INT64_MIN, INT64_MIN), Range(0, INT64_MAX)));
}

TEST(RowLookup, TheWidestGapsStay) {
  const std::vector<TimeRange> ranges = {Range(0, 1), Range(10, 11), Range(13, 14), Range(40, 41),
                                         Range(42, 50)};
  EXPECT_THAT(Cover(ranges, 4),
              ElementsAre(Range(0, 1), Range(10, 11), Range(13, 14), Range(40, 50)));
  EXPECT_THAT(Cover(ranges, 3), ElementsAre(Range(0, 1), Range(10, 14), Range(40, 50)));
  EXPECT_THAT(Cover(ranges, 1), ElementsAre(Range(0, 50)));
}

TEST(RowLookup, AllIsCoveredAndTheyAreFew) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<TimeRange> ranges;
    for (uint64_t i = random() % 50; i > 0; --i) {
      const auto first = static_cast<int64_t>(random() % 1'000);
      ranges.push_back(Range(first, first + static_cast<int64_t>(random() % 30)));
    }
    const size_t count_max = 1 + random() % 10;
    const std::vector<TimeRange> cover = Cover(ranges, count_max);
    EXPECT_LE(cover.size(), count_max);
    for (size_t i = 1; i < cover.size(); ++i) EXPECT_LT(cover[i - 1].last, cover[i].first);
    for (const TimeRange& range : ranges) {
      EXPECT_TRUE(std::ranges::any_of(cover, [&](const TimeRange& whole) {
        return whole.first <= range.first && range.last <= whole.last;
      }));
    }
  }
}

TEST(RowLookup, IdsAreBytes) {
  const TraceId ids[] = {*TraceId::FromHex("0001027f80ff5c270a41000000000000"), TraceId{}};
  EXPECT_EQ(
      OfTracesSql(ids),
      R"( AND trace_id IN ('\x00\x01\x02\x7f\x80\xff\x5c\x27\x0a\x41\x00\x00\x00\x00\x00\x00', )"
      R"('\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00'))");
}

TEST(RowLookup, PlacesAreDaysAndTimes) {
  const TracePlace places[] = {{{}, Range(7, 7), 20, 20}, {{}, Range(1, 2), 19, 19}};
  EXPECT_EQ(InPlacesSql(places),
            " AND day BETWEEN toDate(19) AND toDate(20) AND (start_time BETWEEN "
            "fromUnixTimestamp64Nano(1, 'UTC') AND fromUnixTimestamp64Nano(2, 'UTC') OR start_time "
            "BETWEEN fromUnixTimestamp64Nano(7, 'UTC') AND fromUnixTimestamp64Nano(7, 'UTC'))");
}

TEST(RowLookup, PlacesOnlyGrow) {
  TracePlace place{{}, Range(5, 6), 3, 3};
  place.Widen(Range(5, 5), 4, 4);
  EXPECT_EQ(place, (TracePlace{{}, Range(5, 6), 3, 4}));
  place.Widen(TracePlace{{}, Range(1, 9), 2, 2});
  EXPECT_EQ(place, (TracePlace{{}, Range(1, 9), 2, 4}));
}

}  // namespace
}  // namespace vitrine::storage
