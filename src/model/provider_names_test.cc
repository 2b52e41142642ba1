#include "model/provider_names.h"

#include <gtest/gtest.h>

#include "model/price.h"

namespace vitrine::model {
namespace {

TEST(ProviderNames, SpellingsSeenInTelemetry) {
  struct Case {
    std::string_view sent, canonical;
  };
  for (Case c : {Case{"openai.chat", "openai"},
                 {"az.ai.openai", "azure.ai.openai"},
                 {"azure", "azure.ai.openai"},
                 {"azure_ai", "azure.ai.inference"},
                 {"vertex_ai", "gcp.vertex_ai"},
                 {"google.vertex.chat", "gcp.vertex_ai"},
                 {"gemini", "gcp.gemini"},
                 {"gcp.gen_ai", "gcp.gemini"},
                 {"google.generative-ai", "gcp.gemini"},
                 {"aws_bedrock", "aws.bedrock"},
                 {"Amazon Bedrock", "aws.bedrock"},
                 {"xai", "x_ai"},
                 {"x-ai", "x_ai"},
                 {"mistral_ai", "mistral_ai"},
                 {"MistralAI", "mistral_ai"},
                 {"moonshot", "moonshot_ai"},
                 {"watsonx", "ibm.watsonx.ai"},
                 {"groq.responses", "groq"},
                 {"openai.some.thing", "openai"},
                 {"google.vertex.new", "gcp.vertex_ai"}}) {
    EXPECT_EQ(CanonicalProvider(c.sent), c.canonical) << c.sent;
  }
}

TEST(ProviderNames, CanonicalIdsStay) {
  for (std::string_view id : {"openai", "anthropic", "aws.bedrock", "azure.ai.openai", "gcp.gemini",
                              "gcp.vertex_ai", "ibm.watsonx.ai", "x_ai", "ollama"}) {
    EXPECT_EQ(CanonicalProvider(id), id);
  }
}

TEST(ProviderNames, UnknownNamesComeBackAsTheyWere) {
  EXPECT_EQ(CanonicalProvider("My Provider"), "My Provider");
  EXPECT_EQ(CanonicalProvider(""), "");
  EXPECT_EQ(CanonicalProvider("."), ".");
  std::string lengthy(10'000, 'a');
  EXPECT_EQ(CanonicalProvider(lengthy), lengthy);
  EXPECT_EQ(CanonicalProvider("langchain"), "langchain");
}

TEST(ProviderNames, Frameworks) {
  EXPECT_TRUE(IsFrameworkName("langchain"));
  EXPECT_TRUE(IsFrameworkName("Spring AI"));
  EXPECT_FALSE(IsFrameworkName("openai"));
  EXPECT_FALSE(IsFrameworkName(""));
}

TEST(ProviderNames, Hosts) {
  EXPECT_EQ(ProviderFromHost("api.openai.com"), "openai");
  EXPECT_EQ(ProviderFromHost("API.OpenAI.com"), "openai");
  EXPECT_EQ(ProviderFromHost("acme.openai.azure.com"), "azure.ai.openai");
  EXPECT_EQ(ProviderFromHost("bedrock-runtime.us-east-1.amazonaws.com"), "aws.bedrock");
  EXPECT_EQ(ProviderFromHost("us-central1-aiplatform.googleapis.com"), "gcp.vertex_ai");
  EXPECT_EQ(ProviderFromHost("notapi.openai.com.evil.example"), "");
  EXPECT_EQ(ProviderFromHost("xapi.openai.com"), "");
  EXPECT_EQ(ProviderFromHost(""), "");
}

TEST(PriceNames, EveryDimensionAndModeHasOneName) {
  for (size_t i = 0; i < kRateDimCount; ++i) {
    EXPECT_EQ(RateDimFromName(Name(static_cast<RateDim>(i))), static_cast<RateDim>(i));
  }
  for (size_t i = 0; i < kPriceModeCount; ++i) {
    EXPECT_EQ(PriceModeFromName(Name(static_cast<PriceMode>(i))), static_cast<PriceMode>(i));
  }
  EXPECT_FALSE(RateDimFromName("inputs"));
  EXPECT_EQ(Name(UnpricedReason::kTooLarge), "too_large");
  EXPECT_EQ(Name(PriceMatch::kRelatedProvider), "related_provider");
}

TEST(PriceNames, EveryBucketIsADimensionThatIsPriced) {
  UsageBuckets buckets{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  uint64_t sum = 0;
  for (const auto& [name, count] : BucketsByName()) {
    EXPECT_TRUE(RateDimFromName(name)) << name;
    sum += buckets.*count;
  }
  EXPECT_EQ(sum, 55u);
}

TEST(PriceNames, PriceIdSaysEverythingThatPicksTheRow) {
  PriceRow row;
  row.provider = "p";
  row.model = "m";
  EXPECT_EQ(PriceIdOf(row), "p/m@always");
  row.region = "eu";
  row.effective_from = ParseRfc3339("2026-07-30");
  row.revision = 2;
  row.mode = PriceMode::kFlex;
  row.above_input_tokens = 200'000;
  row.window_begin = 30;
  row.window_end = 990;
  EXPECT_EQ(PriceIdOf(row), "p/m~eu@2026-07-30.r2+flex>200000%0030-1630");
  row.effective_from = ParseRfc3339("2026-07-30T12:00:00Z");
  EXPECT_EQ(PriceIdOf(row), "p/m~eu@2026-07-30T12:00:00.000000000Z.r2+flex>200000%0030-1630");
}

}  // namespace
}  // namespace vitrine::model
