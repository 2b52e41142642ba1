#include "pipeline/prices/model_forms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vitrine::pipeline {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ModelForms, Dates) {
  EXPECT_EQ(WithoutDate("claude-sonnet-4-5-20250929"), "claude-sonnet-4-5");
  EXPECT_EQ(WithoutDate("gpt-4o-2024-08-06"), "gpt-4o");
  EXPECT_EQ(WithoutDate("claude-haiku-4-5@20251001"), "claude-haiku-4-5");
  EXPECT_EQ(WithoutDate("claude-opus-4-6@default"), "claude-opus-4-6");
  EXPECT_EQ(WithoutDate("gpt-4-0613"), "gpt-4-0613");
  EXPECT_EQ(WithoutDate("gpt-4o"), "gpt-4o");
  EXPECT_EQ(WithoutDate("-20250929"), "-20250929");
  EXPECT_EQ(WithoutDate(""), "");
}

TEST(ModelForms, VersionsAndRegions) {
  EXPECT_EQ(WithoutRegion("us.amazon.nova-lite-v1:0"), "amazon.nova-lite-v1:0");
  EXPECT_EQ(WithoutRegion("us-gov.anthropic.claude-v2:1"), "anthropic.claude-v2:1");
  EXPECT_EQ(WithoutRegion("usual.model"), "usual.model");
  EXPECT_EQ(WithoutVersion("anthropic.claude-3-haiku-20240307-v1:0"),
            "anthropic.claude-3-haiku-20240307");
  EXPECT_EQ(WithoutVersion("anthropic.claude-v2:1"), "anthropic.claude");
  EXPECT_EQ(WithoutVersion("amazon.titan-text-lite-v1"), "amazon.titan-text-lite");
  EXPECT_EQ(WithoutVersion("openai.gpt-oss-20b-1:0"), "openai.gpt-oss-20b-1");
  EXPECT_EQ(WithoutVersion("gpt-3.5-turbo-instruct:20230824-v2"), "gpt-3.5-turbo-instruct");
  EXPECT_EQ(WithoutVersion("davinci:2023-07-21-v2"), "davinci");
  EXPECT_EQ(WithoutVersion("ft:gpt-4o-2024-08-06:org::id"), "ft:gpt-4o-2024-08-06");
  EXPECT_EQ(WithoutVersion("deepseek/deepseek-r1:free"), "deepseek/deepseek-r1:free");
  EXPECT_EQ(WithoutVersion("v1"), "v1");
  EXPECT_EQ(WithoutVersion(":0"), ":0");
}

TEST(ModelForms, Prefixes) {
  EXPECT_EQ(WithoutPrefix("models/gemini-2.5-pro"), "gemini-2.5-pro");
  EXPECT_EQ(WithoutPrefix("projects/p/locations/l/publishers/google/models/gemini-2.5-pro"),
            "gemini-2.5-pro");
  EXPECT_EQ(WithoutPrefix("arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-tg1-large"),
            "amazon.titan-tg1-large");
  EXPECT_EQ(WithoutPrefix("openai/gpt-4o"), "gpt-4o");
  EXPECT_EQ(WithoutPrefix("gpt-4o"), "gpt-4o");
}

TEST(ModelForms, OrderWithoutRepeats) {
  ModelForms forms = FormsOf("US.Anthropic.Claude-3-Haiku-20240307-v1:0");
  EXPECT_THAT(forms.steps[0], ElementsAre("us.anthropic.claude-3-haiku-20240307-v1:0"));
  EXPECT_THAT(forms.steps[1], IsEmpty());
  EXPECT_THAT(forms.steps[2],
              ElementsAre("anthropic.claude-3-haiku-20240307-v1:0",
                          "anthropic.claude-3-haiku-20240307", "anthropic.claude-3-haiku"));
  EXPECT_THAT(forms.steps[3], IsEmpty());
  for (const auto& step : FormsOf("").steps) EXPECT_THAT(step, IsEmpty());
}

}  // namespace
}  // namespace vitrine::pipeline
