#include "query/metrics/time_sample.h"

#include <gtest/gtest.h>

#include <set>

#include "query/limits.h"

namespace vitrine::query {
namespace {

TEST(TimeSample, IsAPartOfTheTimeSpreadOverIt) {
  constexpr int64_t kDay = kNanosPerDay;
  const storage::TimeRange month{Nanos{1'000 * kDay}, Nanos{1'030 * kDay}};
  for (const uint64_t sampling : {2u, 10u, 1'000u}) {
    const auto stretches = SampleTimes(month, sampling);
    ASSERT_EQ(stretches.size(), kSampleStretches);
    int64_t covered = 0;
    std::set<int64_t> hours;
    for (size_t i = 0; i < stretches.size(); ++i) {
      const auto& [first, last] = stretches[i];
      EXPECT_LE(first, last);
      EXPECT_GE(first, month.first);
      EXPECT_LE(last, month.last);
      if (i > 0) EXPECT_LE(stretches[i - 1].last, first);
      covered += last - first;
      hours.insert(first.since_epoch % kDay / (3'600 * kNanosPerSecond));
    }
    EXPECT_NEAR(static_cast<double>(covered) * static_cast<double>(sampling), 30.0 * kDay, kDay);
    EXPECT_GT(hours.size(), 12u) << "not always at the same hours";
  }
}

TEST(TimeSample, OfAllNothingIsLeftOut) {
  SqlText sql;
  AppendSample(sql, {Nanos{0}, Nanos{kNanosPerDay}}, 1);
  EXPECT_EQ(sql.sql(), "");
}

TEST(TimeSample, OfAMomentThereIsOne) {
  for (const auto& [first, last] : SampleTimes({Nanos{5}, Nanos{5}}, 3)) {
    EXPECT_EQ(first, Nanos{5});
    EXPECT_EQ(last, Nanos{5});
  }
}

}  // namespace
}  // namespace vitrine::query
