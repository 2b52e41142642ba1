#include "pipeline/score_meter.h"

#include <gtest/gtest.h>

#include <cmath>

#include "pipeline/limits.h"

namespace vitrine::pipeline {
namespace {

void Send(ScoreMeter& meter, std::string_view name, std::string_view label,
          std::optional<double> value) {
  model::SpanBatch batch;
  model::Score score;
  score.name = name;
  score.label = label;
  score.value = value;
  batch.scores.push_back(score);
  meter.Add(ScoreMeter::Gather(batch));
}

TEST(ScoreMeter, CountsScoresAndWhatTheirNumbersAre) {
  ScoreMeter meter;
  Send(meter, "faithfulness", "", 0.25);
  Send(meter, "faithfulness", "", -1.0);
  Send(meter, "faithfulness", "", std::nullopt);
  Send(meter, "faithfulness", "", std::nan(""));
  Send(meter, "thumbs", "up", std::nullopt);
  const auto series = meter.series();
  ASSERT_EQ(series.size(), 2u);
  EXPECT_EQ(series[0].labels, (model::ScoreLabels{"default", "faithfulness", "", ""}));
  EXPECT_EQ(series[0].count, 4u);
  EXPECT_EQ(series[0].value_count, 2u);
  EXPECT_EQ(series[0].sum, -0.75);
  EXPECT_EQ(series[0].min, -1.0);
  EXPECT_EQ(series[0].max, 0.25);
  EXPECT_EQ(series[1].count, 1u);
  EXPECT_EQ(series[1].value_count, 0u);
}

TEST(ScoreMeter, NamesThatSendersMakeUpAreBounded) {
  ScoreMeter meter;
  const size_t sent = 3 * (kScoreSeriesMax + kScoreSeriesOtherMax);
  for (size_t i = 0; i < sent; ++i)
    Send(meter, "name " + std::to_string(i / 2), "label " + std::to_string(i), 1.0);
  const auto series = meter.series();
  EXPECT_LE(series.size(), kScoreSeriesMax + kScoreSeriesOtherMax + 1);
  uint64_t count = 0;
  for (const model::ScoreSeries& one : series) count += one.count;
  EXPECT_EQ(count, sent);
}

}  // namespace
}  // namespace vitrine::pipeline
