// Counts and tiers: what includes what, in the words of each provider.
#include <gtest/gtest.h>

#include "codecs/providers/internal/test_exchange.h"

namespace vitrine::codecs::providers {
namespace {

TEST(Tier, TheOneThatWasGivenCounts) {
  TestExchange responses;
  responses.url = "https://api.openai.com/v1/responses";
  ModelCall call = responses.DecodeEvents({
      R"({"type":"response.created","response":{"id":"r0","model":"gpt-5","service_tier":"auto"}})",
      R"({"type":"response.completed","response":{"id":"r1","model":"gpt-5-2025","service_tier":"flex","output":[]}})",
  });
  EXPECT_EQ(call.service_tier, "flex");
  EXPECT_EQ(call.model_responded, "gpt-5-2025");
  EXPECT_EQ(call.response_id, "r1");

  TestExchange chat;
  call = chat.DecodeEvents({
      R"({"id":"c","model":"m","service_tier":"auto","choices":[]})",
      R"({"id":"c","model":"m","service_tier":"priority","system_fingerprint":"fp","choices":[]})",
      "[DONE]",
  });
  EXPECT_EQ(call.service_tier, "priority");
  EXPECT_EQ(call.system_fingerprint, "fp");
}

TEST(Usage, InteractionsCountToolsBesideTheInput) {
  TestExchange exchange;
  exchange.url = "https://generativelanguage.googleapis.com/v1beta/interactions";
  ModelCall call = exchange.Decode(std::string(
      R"({"id":"i","status":"completed","service_tier":"flex","outputs":[],"usage":{"total_input_tokens":9,
          "total_output_tokens":11,"total_tool_use_tokens":10,"total_tokens":30,
          "input_tokens_by_modality":[{"modality":"text","tokens":4},{"modality":"image","tokens":5}]}})"));
  EXPECT_EQ(call.usage.input_tokens, 19u);
  EXPECT_EQ(call.usage.output_tokens, 11u);
  EXPECT_FALSE(call.usage.reasoning_tokens);
  EXPECT_EQ(call.usage.image_input_tokens, 5u);
  EXPECT_EQ(call.service_tier, "flex");
}

TEST(Usage, TheDirectionOfTheCache) {
  struct Case {
    const char *url, *usage;
    uint64_t input, read, written;
  };
  constexpr const char* kInvoke = "https://bedrock-runtime.us-east-1.amazonaws.com/model/m/invoke";
  constexpr const char* kChat = "https://api.openai.com/v1/chat/completions";
  constexpr const char* kMessages = "https://api.anthropic.com/v1/messages";
  constexpr const char* kOutput = R"("output":{"message":{"content":[{"text":"x"}]}},)";
  constexpr const char* kChoices = R"("choices":[],)";
  constexpr const char* kContent = R"("type":"message","content":[],)";
  const Case kCases[] = {
      {kInvoke,
       R"({"inputTokens":100,"outputTokens":10,"cacheReadInputTokenCount":50,"totalTokens":110})",
       150, 50, 0},
      {kInvoke, R"({"inputTokens":100,"outputTokens":10,"cacheWriteInputTokens":20})", 120, 0, 20},
      {kChat,
       R"({"prompt_tokens":100,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":40}})",
       100, 40, 0},
      {kChat,
       R"({"input_tokens":100,"output_tokens":10,"input_token_details":{"cached_tokens":40}})", 100,
       40, 0},
      {kChat,
       R"({"prompt_tokens":100,"completion_tokens":10,"prompt_token_details":{"cached_tokens":40}})",
       100, 40, 0},
      {kMessages,
       R"({"input_tokens":7,"output_tokens":10,"cache_read_input_tokens":40,"cache_creation_input_tokens":3})",
       50, 40, 3},
  };
  for (const Case& sample : kCases) {
    TestExchange exchange;
    exchange.url = sample.url;
    std::string_view url = sample.url;
    const char* answer = url == kInvoke ? kOutput : url == kChat ? kChoices : kContent;
    ModelCall call = exchange.Decode(std::string("{") + answer + "\"usage\":" + sample.usage + "}");
    EXPECT_EQ(call.usage.input_tokens, sample.input) << sample.usage;
    EXPECT_EQ(call.usage.output_tokens, 10u) << sample.usage;
    EXPECT_EQ(call.usage.cached_input_tokens.value_or(0), sample.read) << sample.usage;
    EXPECT_EQ(call.usage.cache_write_tokens.value_or(0), sample.written) << sample.usage;
  }
}

TEST(Usage, CohereBillsOtherNumbersThanItCounts) {
  constexpr const char* kUsage =
      R"({"billed_units":{"input_tokens":45,"output_tokens":29},"tokens":{"input_tokens":1469,"output_tokens":42},"cached_tokens":1024})";
  TestExchange whole;
  whole.url = "https://api.cohere.com/v2/chat";
  ModelCall call = whole.Decode(std::string(R"({"message":{},"usage":)") + kUsage + "}");
  EXPECT_EQ(call.usage.input_tokens, 1469u);
  EXPECT_EQ(call.usage.output_tokens, 42u);
  EXPECT_EQ(call.usage.cached_input_tokens, 1024u);
  EXPECT_EQ(call.usage.billed_input_tokens, 45u);
  EXPECT_EQ(call.usage.billed_output_tokens, 29u);
  model::UsageBuckets billed = model::SplitBilledUsage(call.usage);
  EXPECT_EQ(billed.input, 45u);
  EXPECT_EQ(billed.cache_read, 0u);
  EXPECT_EQ(billed.output, 29u);
  EXPECT_EQ(model::SplitUsage(call.usage).cache_read, 1024u);

  TestExchange streamed;
  streamed.url = whole.url;
  call = streamed.DecodeEvents({
      std::string(
          R"({"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"tokens":{"input_tokens":90,"output_tokens":7},"billed_units":{"input_tokens":3,"output_tokens":7}}}})"),
  });
  EXPECT_EQ(call.usage.input_tokens, 90u);
  EXPECT_EQ(call.usage.billed_input_tokens, 3u);

  TestExchange same;
  same.url = whole.url;
  call = same.Decode(std::string(
      R"({"message":{},"usage":{"billed_units":{"input_tokens":4,"output_tokens":2}}})"));
  EXPECT_EQ(call.usage.input_tokens, 4u);
  EXPECT_FALSE(call.usage.billed_input_tokens) << "what is counted is what is billed";
}

TEST(Usage, PicturesAreAllThatIsAnswered) {
  TestExchange exchange;
  exchange.url = "https://api.openai.com/v1/images/generations";
  ModelCall call = exchange.Decode(std::string(
      R"({"data":[{"b64_json":"iVBORw0KGgo=","revised_prompt":"a cat"}],"usage":{"input_tokens":10,"output_tokens":272,"total_tokens":282}})"));
  EXPECT_EQ(call.usage.image_output_tokens, 272u);
  EXPECT_EQ(model::SplitUsage(call.usage).output, 0u);
  ASSERT_EQ(call.output_messages.size(), 1u);
  EXPECT_EQ(call.output_messages[0].attachments.size(), 1u);
  EXPECT_FALSE(call.output_messages[0].parts_template.contains("iVBORw0KGgo"));
}

}  // namespace
}  // namespace vitrine::codecs::providers
