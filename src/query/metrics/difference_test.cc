// What is different about a selection, against a real engine.
#include "query/metrics/difference.h"

#include <gmock/gmock.h>

#include "query/filter/filter_reader.h"
#include "query/internal/engine_test.h"

namespace vitrine::query {
namespace {

// Ten days of 60,000 calls, one each 14.4 s. Every tenth fails, nine tenths of which are of model
// "bad"; thirty that are slow are of user "ann" within an hour.
constexpr const char* kRows =
    R"(INSERT INTO vitrine.span_rows (project, day, start_time, end_time, trace_id, span_id, version, kind, status, name, service,
       request_model, user_id, counted, served)
     SELECT 'd', toDate(st), fromUnixTimestamp64Nano(toInt64(1700000000000000000 + number * 14400000000)) AS st,
       st + toIntervalSecond(if(is_slow, 9, 1)), toFixedString(leftPad(toString(number), 16, '0'), 16),
       toFixedString(leftPad(toString(number), 8, '0'), 8), 1, 'llm', if(number % 10 = 0, 'error', 'ok'), 'chat', 'api',
       if(number % 10 = 0 AND number % 100 != 0, 'bad', 'good'), if(is_slow, 'ann', 'bob'), 1, 1
     FROM (SELECT number, number >= 30000 AND number < 30240 AND number % 8 = 1 AS is_slow FROM numbers(60000)))";

class DifferenceTest : public EngineTest {
 protected:
  static void SetUpTestSuite() {
    StartEngine();
    if (client_) Run(kRows);
  }
  static DifferenceReport Find(const char* selection, uint64_t rows_max) {
    DifferenceRequest request;
    request.scope.filter.project = "d";
    request.scope.range = {Nanos{1'700'000'000'000'000'000},
                           Nanos{1'700'000'000'000'000'000 + 10 * kNanosPerDay}};
    auto filter = ReadFilter(selection, FilterUnit::kCalls);
    EXPECT_TRUE(filter);
    request.selection = std::move(*filter);
    request.rows_max = rows_max;
    auto report = FindDifference(*client_, std::move(request));
    EXPECT_TRUE(report) << report.error().message;
    return report.value_or(DifferenceReport{});
  }
  static std::string First(const DifferenceReport& report) {
    if (report.values.empty()) return "nothing";
    return report.values[0].dimension + "=" + report.values[0].value.value_or("?");
  }
};

TEST_F(DifferenceTest, OfFewRowsAllAreLookedAt) {
  const auto report = Find("status:error", 100'000);
  EXPECT_EQ(report.sampling, 1u);
  EXPECT_EQ(report.selected_count, 6'000u);
  EXPECT_EQ(report.other_count, 54'000u);
  EXPECT_THAT(First(report), testing::AnyOf("model=bad", "request_model=bad"));
}

TEST_F(DifferenceTest, OfManyASampleTellsTheSame) {
  const auto report = Find("status:error", 20'000);
  EXPECT_EQ(report.sampling, 3u);
  EXPECT_EQ(report.selected_sampling, 3u);
  EXPECT_NEAR(static_cast<double>(report.selected_count), 2'000, 200);
  EXPECT_NEAR(static_cast<double>(report.other_count), 18'000, 1'000);
  EXPECT_THAT(First(report), testing::AnyOf("model=bad", "request_model=bad"));
  EXPECT_NEAR(report.values[0].selected_share, 0.9, 0.02);
}

TEST_F(DifferenceTest, AFewThatAreSelectedAreAllLookedAt) {
  // Says when: the others are a sample.
  auto report =
      Find("duration>5s time>=\"2023-11-19T00:00:00Z\" time<\"2023-11-21T00:00:00Z\"", 20'000);
  EXPECT_EQ(report.selected_count, 30u);
  EXPECT_EQ(report.selected_sampling, 1u);
  EXPECT_EQ(report.sampling, 3u);
  EXPECT_NEAR(static_cast<double>(report.other_count), 20'000, 1'500);
  EXPECT_EQ(First(report), "user=ann");
  // Does not: everything is.
  report = Find("duration>5s", 20'000);
  EXPECT_EQ(report.selected_count, 30u);
  EXPECT_EQ(report.sampling, 1u);
  EXPECT_EQ(report.other_count, 59'970u);
  EXPECT_EQ(First(report), "user=ann");
}

}  // namespace
}  // namespace vitrine::query
