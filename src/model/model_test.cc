#include <gtest/gtest.h>

#include "model/message_texts.h"
#include "model/span.h"
#include "model/usage.h"

namespace vitrine::model {
namespace {

TEST(Names, RoundTripAndRefuseOthers) {
  EXPECT_EQ(Name(SpanKind::kDb), "db");
  EXPECT_EQ(FromName<SpanKind>("embedding"), SpanKind::kEmbedding);
  EXPECT_EQ(FromName<ErrorType>("provider_5xx"), ErrorType::kProvider5xx);
  EXPECT_EQ(FromName<SpanKind>("nonsense"), std::nullopt);
  EXPECT_EQ(Name(Capture::kImport), "import");
}

TEST(Usage, SplitsIntoBucketsThatAddUp) {
  Usage usage;
  usage.input_tokens = 1010;
  usage.cached_input_tokens = 900;
  usage.cache_write_tokens = 100;
  usage.cache_write_1h_tokens = 40;
  usage.output_tokens = 17;
  usage.reasoning_tokens = 8;
  UsageBuckets buckets = SplitUsage(usage);
  EXPECT_EQ(buckets.input, 10u);
  EXPECT_EQ(buckets.cache_read, 900u);
  EXPECT_EQ(buckets.cache_write_5m, 60u);
  EXPECT_EQ(buckets.cache_write_1h, 40u);
  EXPECT_EQ(buckets.output, 9u);
  EXPECT_EQ(buckets.reasoning, 8u);
}

TEST(Usage, NeverGoesBelowZero) {
  Usage usage;
  usage.input_tokens = 10;
  usage.cached_input_tokens = 50;
  UsageBuckets buckets = SplitUsage(usage);
  EXPECT_EQ(buckets.input, 0u);
  EXPECT_EQ(buckets.cache_read, 10u);
}

TEST(MessageTexts, AreFoundByTheirIndex) {
  constexpr std::string_view kTwo = "[{\"content\":\x1F},{\"content\":\x1F}]";
  EXPECT_EQ(TextCount(kTwo), 2u);
  EXPECT_EQ(TextAt(kTwo,
                   "a\x1F"
                   "b",
                   0),
            "a");
  EXPECT_EQ(TextAt(kTwo,
                   "a\x1F"
                   "b",
                   1),
            "b");
  EXPECT_EQ(TextAt(kTwo, "a", 1), std::nullopt);
  EXPECT_EQ(TextAt(kTwo,
                   "a\x1F"
                   "b",
                   2),
            std::nullopt);
  EXPECT_EQ(TextAt("[]", "", 0), std::nullopt);
  constexpr std::string_view kTool =
      "[{\"type\":\"tool_definition\",\"name\":\",\\\"parameters\\\":\",\"description\":\x1F,"
      "\"parameters\":{\"a\":[{}]}}]";
  EXPECT_EQ(TextAt(kTool, "d", 0), "d");
  EXPECT_EQ(TextAt(kTool, "d", 1), "{\"a\":[{}]}");
  EXPECT_EQ(TextAt(kTool, "d", 2), std::nullopt);
}

}  // namespace
}  // namespace vitrine::model
