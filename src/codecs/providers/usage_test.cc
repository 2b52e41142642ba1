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

/// One field of a call's usage, as an answer says it.
struct PieceCase {
  const char *url, *request, *answer;
  model::Count model::Usage::* field;
  model::Count count;
};

void ExpectPieces(std::initializer_list<PieceCase> cases) {
  for (const PieceCase& sample : cases) {
    TestExchange exchange;
    exchange.url = sample.url;
    exchange.request_body = sample.request;
    ModelCall call = exchange.Decode(std::string(sample.answer));
    EXPECT_EQ(call.usage.*sample.field, sample.count) << sample.url << sample.answer;
  }
}

TEST(Usage, WhatIsBilledByThePiece) {
  ExpectPieces({
      {"https://api.openai.com/v1/audio/transcriptions", "{}",
       R"({"text":"hi","usage":{"type":"duration","seconds":9}})", &model::Usage::input_seconds, 9},
      {"https://api.groq.com/openai/v1/audio/transcriptions", "{}",
       R"({"task":"transcribe","duration":8.47,"text":"hi","x_groq":{"id":"r"}})",
       &model::Usage::input_seconds, 9},
      {"https://api.mistral.ai/v1/ocr", "{}",
       R"({"pages":[{"index":0,"markdown":"x"}],"model":"mistral-ocr-latest","usage_info":{"pages_processed":3,"doc_size_bytes":9}})",
       &model::Usage::pages, 3},
      {"https://api.cohere.com/v2/rerank", R"({"query":"q"})",
       R"({"id":"r","results":[],"meta":{"billed_units":{"search_units":2}}})",
       &model::Usage::search_units, 2},
      {"https://api.openai.com/v1/audio/speech", R"({"model":"tts-1","input":"Grüß dich"})",
       "ID3sound", &model::Usage::input_characters, 9},
  });
}

TEST(Usage, PicturesOfThePlainSizeAreCounted) {
  ExpectPieces({
      {"https://api.openai.com/v1/images/generations", R"({"model":"dall-e-3","size":"1024x1024"})",
       R"({"created":1,"data":[{"url":"https://x/1"},{"url":"https://x/2"}]})",
       &model::Usage::output_images, 2},
      {"https://api.openai.com/v1/images/generations",
       R"({"model":"dall-e-3","quality":"hd"})",
       R"({"created":1,"data":[{"url":"https://x/1"}]})",
       &model::Usage::output_images,
       {}},
      {"https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1/"
       "publishers/google/models/imagen-4.0-generate-001:predict",
       R"({"instances":[{"prompt":"a cat"}]})",
       R"({"predictions":[{"mimeType":"image/png","bytesBase64Encoded":"iVBORw0KGgo="}]})",
       &model::Usage::output_images, 1},
      {"https://bedrock-runtime.us-east-1.amazonaws.com/model/amazon.nova-canvas-v1%3A0/invoke",
       "{}", R"({"images":["iVBORw0KGgo="],"error":null})", &model::Usage::output_images, 1},
      {"https://bedrock-runtime.us-east-1.amazonaws.com/model/amazon.nova-canvas-v1%3A0/invoke",
       R"({"taskType":"TEXT_IMAGE","imageGenerationConfig":{"quality":"standard","width":1024,"height":1024}})",
       R"({"images":["iVBORw0KGgo="],"error":null})", &model::Usage::output_images, 1},
      {"https://bedrock-runtime.us-east-1.amazonaws.com/model/amazon.nova-canvas-v1%3A0/invoke",
       R"({"taskType":"TEXT_IMAGE","imageGenerationConfig":{"quality":"premium"}})",
       R"({"images":["iVBORw0KGgo="],"error":null})",
       &model::Usage::output_images,
       {}},
      {"https://bedrock-runtime.us-east-1.amazonaws.com/model/amazon.titan-image-generator-v1/"
       "invoke",
       R"({"taskType":"TEXT_IMAGE","imageGenerationConfig":{"width":2048,"height":1024}})",
       R"({"images":["iVBORw0KGgo="],"error":null})",
       &model::Usage::output_images,
       {}},
  });
}

TEST(Usage, SearchesAreCounted) {
  ExpectPieces({
      {"https://api.openai.com/v1/responses", R"({"model":"gpt-5"})",
       R"({"id":"r","status":"completed","output":[{"type":"web_search_call","action":{"type":"search","query":"q"}},
           {"type":"web_search_call","action":{"type":"open_page","url":"u"}}],"usage":{"input_tokens":1,"output_tokens":1}})",
       &model::Usage::web_search_requests, 1},
      {"https://api.openai.com/v1/responses", R"({"model":"gpt-5"})",
       R"({"id":"r","status":"completed","output":[{"type":"web_search_call","action":{"type":"search","query":"q"}}],
           "tool_usage":{"web_search":{"num_requests":4}},"usage":{"input_tokens":1,"output_tokens":1}})",
       &model::Usage::web_search_requests, 4},
      {"https://api.x.ai/v1/responses", R"({"model":"grok-4"})",
       R"({"id":"r","status":"completed","output":[],"usage":{"input_tokens":1,"output_tokens":1,
           "server_side_tool_usage_details":{"web_search_calls":2,"x_search_calls":1}}})",
       &model::Usage::web_search_requests, 3},
      {"https://api.perplexity.ai/chat/completions", R"({"model":"sonar-deep-research"})",
       R"({"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1,"num_search_queries":18}})",
       &model::Usage::web_search_requests, 18},
      {"https://generativelanguage.googleapis.com/v1beta/models/gemini-3-flash:generateContent",
       "{}",
       R"({"modelVersion":"gemini-3-flash","candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"STOP",
           "groundingMetadata":{"webSearchQueries":["","a","b"]}}],"usageMetadata":{"promptTokenCount":1}})",
       &model::Usage::web_search_requests, 2},
      {"https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:generateContent",
       "{}",
       R"({"modelVersion":"gemini-2.5-pro","candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"STOP",
           "groundingMetadata":{"webSearchQueries":["a","b"]}}],"usageMetadata":{"promptTokenCount":1}})",
       &model::Usage::web_search_requests, 1},
      {"https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:generateContent",
       "{}",
       R"({"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":"STOP",
           "groundingMetadata":{"webSearchQueries":["a","b"]}}],"usageMetadata":{"promptTokenCount":1}})",
       &model::Usage::web_search_requests, 1},
      {"https://generativelanguage.googleapis.com/v1beta/models/gemini-3-flash:generateContent",
       "{}",
       R"([{"candidates":[{"groundingMetadata":{"webSearchQueries":["a"]}},
                          {"groundingMetadata":{"webSearchQueries":["d"]}}]},
           {"candidates":[{"groundingMetadata":{"webSearchQueries":["a","b"]},"finishReason":"STOP"},
                          {"groundingMetadata":{"webSearchQueries":["d"]},"finishReason":"STOP"}],
            "usageMetadata":{"promptTokenCount":1}}])",
       &model::Usage::web_search_requests, 3},
  });
}

TEST(Usage, CachedSoundIsTold) {
  struct Case {
    const char *url, *answer;
  };
  constexpr Case kCases[] = {
      {"https://api.openai.com/v1/chat/completions",
       R"({"choices":[],"usage":{"prompt_tokens":100,"completion_tokens":1,"prompt_tokens_details":
           {"cached_tokens":60,"audio_tokens":70,"cached_tokens_details":{"text_tokens":20,"audio_tokens":40}}}})"},
      {"https://api.openai.com/v1/responses",
       R"({"output":[],"usage":{"input_tokens":100,"output_tokens":1,"input_token_details":
           {"cached_tokens":60,"text_tokens":30,"audio_tokens":70,"cached_tokens_details":{"text_tokens":20,"audio_tokens":40}}}})"},
      {"https://generativelanguage.googleapis.com/v1beta/models/m:generateContent",
       R"({"usageMetadata":{"promptTokenCount":100,"candidatesTokenCount":1,"cachedContentTokenCount":60,
           "promptTokensDetails":[{"modality":"AUDIO","tokenCount":70}],
           "cacheTokensDetails":[{"modality":"TEXT","tokenCount":20},{"modality":"AUDIO","tokenCount":40}]}})"},
  };
  for (const Case& sample : kCases) {
    TestExchange exchange;
    exchange.url = sample.url;
    exchange.request_body = R"({"model":"m"})";
    ModelCall call = exchange.Decode(std::string(sample.answer));
    EXPECT_EQ(call.usage.cached_audio_tokens, 40u) << sample.url;
    model::UsageBuckets buckets = model::SplitUsage(call.usage);
    EXPECT_EQ(buckets.cache_read, 60u) << sample.url;
    EXPECT_EQ(buckets.input_audio, 30u) << sample.url;
    EXPECT_EQ(buckets.input, 10u) << sample.url;
  }
}

TEST(Usage, ACompactionIsBilledBesideWhatIsCounted) {
  TestExchange exchange;
  exchange.url = "https://api.anthropic.com/v1/messages";
  ModelCall call = exchange.Decode(std::string(
      R"({"type":"message","content":[],"usage":{"input_tokens":20,"cache_read_input_tokens":200,"output_tokens":16,"iterations":[
          {"type":"compaction","input_tokens":55000,"cache_creation_input_tokens":196,"output_tokens":125},
          {"type":"message","input_tokens":20,"cache_read_input_tokens":200,"output_tokens":16}]}})"));
  EXPECT_EQ(call.usage.input_tokens, 220u);
  EXPECT_EQ(call.usage.output_tokens, 16u);
  EXPECT_EQ(call.usage.billed_input_tokens, 55'416u);
  model::UsageBuckets billed = model::SplitBilledUsage(call.usage);
  EXPECT_EQ(billed.input, 55'020u);
  EXPECT_EQ(billed.cache_write_5m, 196u);
  EXPECT_EQ(billed.cache_read, 200u);
  EXPECT_EQ(billed.output, 141u);
}

TEST(Usage, ACompactionsCacheIsBilledAsCache) {
  TestExchange exchange;
  exchange.url = "https://api.anthropic.com/v1/messages";
  ModelCall call = exchange.Decode(std::string(
      R"({"type":"message","content":[],"usage":{"input_tokens":1000,"cache_creation_input_tokens":300,"cache_read_input_tokens":200,"output_tokens":16,"iterations":[
          {"type":"compaction","input_tokens":10000,"cache_read_input_tokens":170000,"cache_creation_input_tokens":5000,
           "cache_creation":{"ephemeral_5m_input_tokens":1000,"ephemeral_1h_input_tokens":4000},"output_tokens":125},
          {"type":"message","input_tokens":1000,"cache_creation_input_tokens":300,"cache_read_input_tokens":200,"output_tokens":16}]}})"));
  EXPECT_EQ(call.usage.input_tokens, 1500u);
  EXPECT_EQ(call.usage.cached_input_tokens, 200u);
  EXPECT_EQ(call.usage.billed_input_tokens, 186'500u);
  model::UsageBuckets billed = model::SplitBilledUsage(call.usage);
  EXPECT_EQ(billed.input, 11'000u);
  EXPECT_EQ(billed.cache_read, 170'200u);
  EXPECT_EQ(billed.cache_write_5m, 1300u);
  EXPECT_EQ(billed.cache_write_1h, 4000u);
  EXPECT_EQ(billed.output, 141u);
  EXPECT_EQ(model::SplitUsage(call.usage).cache_read, 200u);
  EXPECT_EQ(call.usage.largest_pass_tokens, 185'000u);
  EXPECT_EQ(call.usage.smallest_pass_tokens, 1500u);
}

TEST(Usage, ATotalAloneIsTheInputOfVectors) {
  TestExchange exchange;
  exchange.url = "https://api.voyageai.com/v1/embeddings";
  ModelCall call =
      exchange.Decode(std::string(R"({"data":[{"embedding":[1,2]}],"usage":{"total_tokens":12}})"));
  EXPECT_EQ(call.usage.input_tokens, 12u);
  EXPECT_FALSE(call.usage.output_tokens);
}

TEST(Usage, XaiTellsItsCostInTicks) {
  TestExchange exchange;
  exchange.url = "https://api.x.ai/v1/chat/completions";
  ModelCall call = exchange.Decode(std::string(
      R"({"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1,"cost_in_usd_ticks":161508500}})"));
  EXPECT_EQ(call.reported_cost, Money{16'150'850});
}

}  // namespace
}  // namespace vitrine::codecs::providers
