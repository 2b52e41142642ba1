// Counts in the words of each sender: what is read, and what includes what.
#include <gtest/gtest.h>

#include "codecs/dialects/internal/test_span.h"

namespace vitrine::codecs::dialects {
namespace {

using model::Usage;

Usage OfLangfuse(std::string_view details) {
  TestSpan span({{"langfuse.observation.type", Text("generation")},
                 {"langfuse.observation.usage_details", Text(details)}});
  return span->usage;
}

TEST(UsageWords, LangfuseTakesEachProvidersObject) {
  Usage usage = OfLangfuse(R"({"prompt_token_count":100,"candidates_token_count":20,
      "thoughts_token_count":30,"cached_content_token_count":40,"tool_use_prompt_token_count":7,
      "total_token_count":157})");
  EXPECT_EQ(usage.input_tokens, 107u);
  EXPECT_EQ(usage.cached_input_tokens, 40u);
  EXPECT_EQ(usage.output_tokens, 50u);
  EXPECT_EQ(usage.reasoning_tokens, 30u);
  usage = OfLangfuse(R"({"inputTokens":100,"outputTokens":20,"cacheWriteInputTokens":10})");
  EXPECT_EQ(usage.input_tokens, 110u);
  EXPECT_EQ(usage.cache_write_tokens, 10u);
  usage = OfLangfuse(R"({"input":10,"output":9,"input_cached_tokens":32})");
  EXPECT_EQ(usage.input_tokens, 42u) << "the map's buckets are disjoint";
}

TEST(UsageWords, LangfuseMapThatSaysNothingIsKeptAsSent) {
  TestSpan span({{"langfuse.observation.type", Text("generation")},
                 {"langfuse.observation.usage_details", Text(R"({"seconds":3})")}});
  ASSERT_EQ(span->attributes.size(), 1u);
  EXPECT_EQ(span->attributes[0].key, "langfuse.observation.usage_details");
}

TEST(UsageWords, LangChainsDetailsAreParts) {
  Usage usage = OfLangfuse(R"({"input_tokens":100,"output_tokens":20,"total_tokens":120,
      "input_token_details":{"cache_read":60,"cache_creation":5},
      "output_token_details":{"reasoning":8}})");
  EXPECT_EQ(usage.input_tokens, 100u);
  EXPECT_EQ(usage.cached_input_tokens, 60u);
  EXPECT_EQ(usage.cache_write_tokens, 5u);
  EXPECT_EQ(usage.reasoning_tokens, 8u);
}

TEST(UsageWords, LangChainsAnswerHoldsItsCounts) {
  TestSpan span({{"openinference.span.kind", Text("LLM")}, {"output.value", Text(R"({
      "generations":[[{"text":"Hi","message":{"kwargs":{"content":"Hi","type":"ai","id":"run-1",
        "usage_metadata":{"input_tokens":42,"output_tokens":17,"total_tokens":59,
                          "input_token_details":{"cache_read":32}}}}}]],
      "llm_output":{"model_name":"gpt-4o-2024-08-06"}})")}});
  EXPECT_EQ(span->usage.input_tokens, 42u);
  EXPECT_EQ(span->usage.cached_input_tokens, 32u);
  EXPECT_EQ(span->usage.output_tokens, 17u);
  EXPECT_EQ(span->response_model, "gpt-4o-2024-08-06");
  EXPECT_EQ(span->response_id, "") << "a run is no response";
}

TEST(UsageWords, GeminiCountsToolsBesideThePrompt) {
  TestSpan span({{"openinference.span.kind", Text("LLM")}, {"output.value", Text(R"({
      "candidates":[{"content":{"parts":[{"text":"Hi"}]}}],
      "usageMetadata":{"promptTokenCount":100,"candidatesTokenCount":20,
                       "toolUsePromptTokenCount":7,"totalTokenCount":127}})")}});
  EXPECT_EQ(span->usage.input_tokens, 107u);
}

Usage OfMlflow(std::string_view model, std::string_view format) {
  TestSpan span({{"mlflow.spanType", Text("\"CHAT_MODEL\"")},
                 {"mlflow.llm.model", Text(model)},
                 {"mlflow.message.format", Text(format)},
                 {"mlflow.chat.tokenUsage", Text(R"({"input_tokens":1500,"output_tokens":17,
                     "total_tokens":1517,"cache_read_input_tokens":1200})")}});
  return span->usage;
}

TEST(UsageWords, MlflowCountsAsTheProviderDoes) {
  EXPECT_EQ(OfMlflow("\"gpt-4o\"", "\"openai\"").input_tokens, 1500u);
  EXPECT_EQ(OfMlflow("\"claude-sonnet-4-5\"", "\"pydantic_ai\"").input_tokens, 1500u);
  EXPECT_EQ(OfMlflow("\"claude-sonnet-4-5\"", "\"anthropic\"").input_tokens, 2700u);
  EXPECT_EQ(OfMlflow("\"claude-sonnet-4-5\"", "").input_tokens, 2700u);
}

Usage OfAiSdk(int64_t input, std::string_view metadata) {
  TestSpan span({{"ai.operationId", Text("ai.generateText.doGenerate")},
                 {"ai.usage.promptTokens", Number(input)},
                 {"ai.usage.completionTokens", Number(17)},
                 {"ai.response.providerMetadata", Text(metadata)}},
                "ai");
  return span->usage;
}

TEST(UsageWords, AiSdk4HandsOnWhatAnthropicCounts) {
  Usage usage =
      OfAiSdk(2000, R"({"anthropic":{"cacheCreationInputTokens":100,"cacheReadInputTokens":900}})");
  EXPECT_EQ(usage.input_tokens, 3000u);
  EXPECT_EQ(usage.cached_input_tokens, 900u);
  EXPECT_EQ(usage.cache_write_tokens, 100u);
}

TEST(UsageWords, AiSdk5HandsOnWhatBedrockCounts) {
  Usage usage = OfAiSdk(2000, R"({"bedrock":{"usage":{"cacheReadInputTokens":900,
      "cacheWriteInputTokens":100,"cacheDetails":[{"ttl":"1h","inputTokens":60}]}}})");
  EXPECT_EQ(usage.input_tokens, 3000u);
  EXPECT_EQ(usage.cache_write_tokens, 100u);
  EXPECT_EQ(usage.cache_write_1h_tokens, 60u);
}

TEST(UsageWords, AiSdk6AddsUpAndSaysSo) {
  TestSpan span({{"ai.operationId", Text("ai.generateText.doGenerate")},
                 {"ai.usage.inputTokens", Number(3000)},
                 {"ai.usage.outputTokens", Number(17)},
                 {"ai.usage.inputTokenDetails.noCacheTokens", Number(2000)},
                 {"ai.usage.inputTokenDetails.cacheReadTokens", Number(900)},
                 {"ai.usage.inputTokenDetails.cacheWriteTokens", Number(100)},
                 {"ai.response.providerMetadata",
                  Text(R"({"bedrock":{"usage":{"cacheWriteInputTokens":100}}})")}},
                "ai");
  EXPECT_EQ(span->usage.input_tokens, 3000u);
}

TEST(UsageWords, AiSdk4NamesOpenAisParts) {
  Usage usage = OfAiSdk(2000, R"({"openai":{"reasoningTokens":8,"cachedPromptTokens":1024}})");
  EXPECT_EQ(usage.input_tokens, 2000u);
  EXPECT_EQ(usage.cached_input_tokens, 1024u);
  EXPECT_EQ(usage.reasoning_tokens, 8u);
}

}  // namespace
}  // namespace vitrine::codecs::dialects
