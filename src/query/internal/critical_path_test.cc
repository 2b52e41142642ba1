#include "query/internal/critical_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace vitrine::query {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

/// Time of each span on the path, by its id.
std::map<uint64_t, int64_t> TimesOf(const std::vector<PathSpan>& spans) {
  std::map<uint64_t, int64_t> times;
  for (const PathPiece& piece : CriticalPath(spans))
    times[spans[piece.span].id] += piece.to - piece.from;
  return times;
}

TEST(CriticalPath, IsTheRootWhereItHasNoChildren) {
  EXPECT_THAT(TimesOf({{1, 0, 10, 30}}), ElementsAre(Pair(1, 20)));
}

TEST(CriticalPath, GoesThroughTheChildThatEndedLastAndWhatEndedBeforeItBegan) {
  // 2 ended before 3 began; 4 ran beside 3 and could have been slower.
  EXPECT_THAT(TimesOf({{1, 0, 0, 100}, {2, 1, 10, 40}, {3, 1, 50, 90}, {4, 1, 45, 80}}),
              ElementsAre(Pair(1, 30), Pair(2, 30), Pair(3, 40)));
}

TEST(CriticalPath, GoesDownWithinTheTimeOfTheParent) {
  // 3 began before its parent by another clock: only what lies within counts.
  EXPECT_THAT(TimesOf({{1, 0, 0, 100}, {2, 1, 20, 80}, {3, 2, 10, 60}}),
              ElementsAre(Pair(1, 40), Pair(2, 20), Pair(3, 40)));
}

TEST(CriticalPath, LeavesOutWhatOutlivesItsParent) {
  EXPECT_THAT(TimesOf({{1, 0, 0, 100}, {2, 1, 20, 180}}), ElementsAre(Pair(1, 100)));
  // One part in a thousand is a clock's.
  EXPECT_THAT(TimesOf({{1, 0, 0, 10'000}, {2, 1, 2'000, 10'010}}),
              ElementsAre(Pair(1, 2'000), Pair(2, 8'000)));
}

TEST(CriticalPath, IsOfTheLongestRoot) {
  EXPECT_THAT(TimesOf({{1, 0, 0, 10}, {2, 77, 0, 50}, {3, 1, 0, 9}}), ElementsAre(Pair(2, 50)));
}

TEST(CriticalPath, EndsWhereSpansAreTheirOwnAncestors) {
  EXPECT_THAT(TimesOf({{1, 2, 0, 10}, {2, 1, 0, 10}}), IsEmpty());
  EXPECT_THAT(TimesOf({}), IsEmpty());
  EXPECT_THAT(TimesOf({{5, 0, 0, 4}, {1, 2, 0, 10}, {2, 1, 0, 10}}), ElementsAre(Pair(5, 4)));
}

TEST(CriticalPath, CoversTheRootOnce) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 2'000; ++round) {
    std::vector<PathSpan> spans{{1, 0, 1'000, 3'000}};
    const size_t count = random() % 40;
    for (uint64_t id = 2; id < count + 2; ++id) {
      const auto start = static_cast<int64_t>(random() % 4'000);
      spans.push_back(
          {id, 1 + random() % (id - 1), start, start + static_cast<int64_t>(random() % 900)});
    }
    std::vector<PathPiece> pieces = CriticalPath(spans);
    std::ranges::sort(pieces, {}, &PathPiece::from);
    int64_t at = 1'000;
    for (const PathPiece& piece : pieces) {
      ASSERT_EQ(piece.from, at) << "round " << round;
      ASSERT_LT(piece.from, piece.to);
      at = piece.to;
    }
    ASSERT_EQ(at, 3'000) << "round " << round;
  }
}

}  // namespace
}  // namespace vitrine::query
