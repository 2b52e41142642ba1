#include "api/call_metrics_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vitrine::api {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(CallMetricsText, IsEmptyWithoutCalls) { EXPECT_EQ(CallMetricsText({}), ""); }

TEST(CallMetricsText, HasCumulativeBucketsAndEscapedLabels) {
  model::CallSeries series;
  series.labels = {"shop", "chat", "openai", "gpt \"4\"\n", ""};
  series.duration_s.Add(0.01, model::kDurationBounds);
  series.duration_s.Add(0.5, model::kDurationBounds);
  series.duration_s.Add(100, model::kDurationBounds);
  series.output_tokens.Add(4, model::kTokenBounds);
  series.errors[static_cast<size_t>(model::ErrorType::kTimeout)] = 2;
  series.cost = Money{1'500'000'000};
  series.unpriced_count = 1;
  const std::string text = CallMetricsText({series});
  const std::string labels =
      "project=\"shop\",gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"openai\","
      "gen_ai_request_model=\"gpt \\\"4\\\"\\n\"";
  const std::string name = "gen_ai_client_operation_duration_seconds";
  EXPECT_THAT(text, HasSubstr("# TYPE " + name + " histogram\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{" + labels + ",le=\"0.01\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{" + labels + ",le=\"0.32\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{" + labels + ",le=\"0.64\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{" + labels + ",le=\"81.92\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{" + labels + ",le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr(name + "_sum{" + labels + "} 100.51\n"));
  EXPECT_THAT(text, HasSubstr(name + "_count{" + labels + "} 3\n"));
  EXPECT_THAT(text, HasSubstr("gen_ai_client_token_usage_bucket{" + labels +
                              ",gen_ai_token_type=\"output\",le=\"4\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("gen_ai_token_type=\"input\"")));
  EXPECT_THAT(text, Not(HasSubstr("time_to_first_token_seconds_count")));
  EXPECT_THAT(text, Not(HasSubstr("feature=")));
  EXPECT_THAT(text,
              HasSubstr("vitrine_calls_failed_total{" + labels + ",error_type=\"timeout\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("vitrine_calls_cost_usd_total{" + labels + "} 1.5"));
  EXPECT_THAT(text, HasSubstr("vitrine_calls_unpriced_total{" + labels + "} 1\n"));
}

}  // namespace
}  // namespace vitrine::api
