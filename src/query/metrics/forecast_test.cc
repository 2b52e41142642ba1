#include "query/metrics/forecast.h"

#include <gtest/gtest.h>

#include <cmath>

namespace vitrine::query {
namespace {

/// Four weeks: 100 on five days of each, 10 on two.
std::vector<ForecastDay> Weeks() {
  std::vector<ForecastDay> days;
  for (int day = 0; day < 28; ++day) days.push_back({day % 7 < 5 ? 100.0 : 10.0, day % 7});
  return days;
}

TEST(Forecast, FollowsTheWeekWhereItIsKnown) {
  const auto estimate = Estimate(Weeks(), {{4, 1}, {5, 1}, {6, 1}, {0, 1}});
  ASSERT_TRUE(estimate);
  EXPECT_TRUE(estimate->by_weekday);
  EXPECT_DOUBLE_EQ(estimate->expected, 220);
  EXPECT_DOUBLE_EQ(estimate->deviation, 0);
}

TEST(Forecast, TakesTheMeanDayWhereTheWeekIsNotKnown) {
  const auto estimate = Estimate({{10, 0}, {20, 1}, {30, 2}}, {{3, 0.5}, {4, 1}});
  ASSERT_TRUE(estimate);
  EXPECT_FALSE(estimate->by_weekday);
  EXPECT_DOUBLE_EQ(estimate->expected, 30);
  // Variance of days 100: (0.25 + 1) of single days, and (1.5 squared) / 3 of the mean.
  EXPECT_DOUBLE_EQ(estimate->deviation, std::sqrt(100 * 1.25 + 100 * 2.25 / 3));
}

TEST(Forecast, SaysNothingOfLessThanTwoDays) {
  EXPECT_FALSE(Estimate({}, {{0, 1}}));
  EXPECT_FALSE(Estimate({{10, 0}}, {{1, 1}}));
}

TEST(Forecast, OnlyTakesMeasuresThatAddUp) {
  const auto parse = [](const std::string& measure) {
    return ParseForecast("{\"measure\":\"" + measure + "\"}", {}, Nanos{0});
  };
  for (const char* measure : {"p95(duration)", "users", "error_rate", "avg(cost_usd)", "2"})
    EXPECT_FALSE(parse(measure)) << measure;
  for (const char* measure : {"count", "sum(input_tokens)", "error_count"})
    EXPECT_TRUE(parse(measure)) << measure;
  EXPECT_TRUE(ParseForecast("{}", {}, Nanos{0})) << "of money where nothing is said";
}

}  // namespace
}  // namespace vitrine::query
