#include "query/newest_starts.h"

#include <gtest/gtest.h>

#include <string>

#include "query/limits.h"

namespace vitrine::query {
namespace {

constexpr int64_t kHour = 3'600 * kNanosPerSecond;

TEST(NewestStarts, TheNewestOfAProjectIsKept) {
  platform::SimClock clock;
  NewestStarts newest(clock);
  EXPECT_EQ(newest.Of("a"), std::nullopt);
  newest.Saw("a", Nanos{5});
  newest.Saw("a", Nanos{3});
  newest.Saw("b", Nanos{9});
  EXPECT_EQ(newest.Of("a"), Nanos{5});
  EXPECT_EQ(newest.Of("b"), Nanos{9});
}

TEST(NewestStarts, AStoreIsAtRestOnceNothingHasStartedForAsLong) {
  platform::SimClock clock;
  NewestStarts newest(clock);
  EXPECT_EQ(newest.AtRest("a", kHour), std::nullopt);
  const Nanos start = clock.Now();
  newest.Saw("a", start);
  EXPECT_EQ(newest.AtRest("a", kHour), std::nullopt);
  clock.Advance(kHour);
  EXPECT_EQ(newest.AtRest("a", kHour), std::nullopt);
  clock.Advance(1);
  EXPECT_EQ(newest.AtRest("a", kHour), start);
  newest.Saw("a", clock.Now());
  EXPECT_EQ(newest.AtRest("a", kHour), std::nullopt);
}

TEST(NewestStarts, ProjectsAreBounded) {
  platform::SimClock clock;
  NewestStarts newest(clock);
  for (size_t i = 0; i <= kNewestStartsMax; ++i) newest.Saw("p" + std::to_string(i), Nanos{1});
  size_t known = 0;
  for (size_t i = 0; i <= kNewestStartsMax; ++i)
    known += newest.Of("p" + std::to_string(i)) ? 1 : 0;
  EXPECT_EQ(known, kNewestStartsMax);
}

}  // namespace
}  // namespace vitrine::query
