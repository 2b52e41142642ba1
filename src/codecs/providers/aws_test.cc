// Bedrock's interfaces: the traps of WIRE-FORMATS 7.6.
#include <gtest/gtest.h>

#include "codecs/providers/internal/test_exchange.h"
#include "syntax/base64.h"
#include "syntax/event_stream/event_stream_writer.h"

namespace vitrine::codecs::providers {
namespace {

using syntax::EventStreamEvent;
using syntax::EventStreamException;

std::string Chunk(const std::string& json) {
  return EventStreamEvent("chunk",
                          "{\"bytes\":\"" + syntax::Base64Encode(json) + "\",\"p\":\"abc\"}");
}

TestExchange Bedrock(const std::string& verb) {
  TestExchange exchange;
  exchange.url =
      "https://bedrock-runtime.us-east-1.amazonaws.com/model/us.anthropic.claude-x-v1%3A0/" + verb;
  exchange.content_type = "application/vnd.amazon.eventstream";
  return exchange;
}

TEST(Converse, WholeAnswer) {
  TestExchange exchange = Bedrock("converse");
  exchange.content_type = "application/json";
  exchange.request_body =
      R"({"system":[{"text":"S"}],"messages":[{"role":"user","content":[{"text":"Hi"}]}],
          "toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"type":"object"}}}}]}})";
  ModelCall call = exchange.Decode(std::string(
      R"({"output":{"message":{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"hm","signature":"s"}}},
          {"text":"Hi"},{"toolUse":{"toolUseId":"t","name":"f","input":{"a":1}}}]}},"stopReason":"tool_use",
          "usage":{"inputTokens":3,"outputTokens":5,"totalTokens":18,"cacheReadInputTokens":10,"cacheWriteInputTokens":0}})"));
  EXPECT_EQ(call.model_requested, "us.anthropic.claude-x-v1:0");
  EXPECT_EQ(call.output_text, "Hi");
  EXPECT_EQ(call.usage.input_tokens, 13u);
  EXPECT_EQ(call.usage.cached_input_tokens, 10u);
  EXPECT_EQ(call.tool_calls[0].id, "t");
  EXPECT_EQ(call.input_messages.size(), 2u);
  EXPECT_EQ(call.tool_definitions.size(), 1u);
}

TEST(Converse, StreamOfFrames) {
  TestExchange exchange = Bedrock("converse-stream");
  std::string stream =
      EventStreamException("messageStart", R"({"role":"assistant","p":"ab"})") +
      EventStreamEvent("contentBlockDelta",
                       R"({"contentBlockIndex":0,"delta":{"text":"Hel"},"p":"abc"})") +
      EventStreamEvent("contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"text":"lo"}})") +
      EventStreamEvent(
          "contentBlockStart",
          R"({"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"t","name":"f"}}})") +
      EventStreamEvent("contentBlockDelta",
                       R"({"contentBlockIndex":1,"delta":{"toolUse":{"input":"{}"}}})") +
      EventStreamEvent("messageStop", R"({"stopReason":"tool_use"})") +
      EventStreamEvent("metadata",
                       R"({"usage":{"inputTokens":7,"outputTokens":3,"totalTokens":10}})");
  ModelCall call = exchange.Decode(stream);
  EXPECT_TRUE(call.is_stream);
  EXPECT_TRUE(call.is_complete);
  EXPECT_FALSE(call.is_cut_off);
  EXPECT_EQ(call.output_text, "Hello");
  EXPECT_EQ(call.usage.output_tokens, 3u);
  EXPECT_EQ(call.tool_calls[0].arguments, "{}");
  EXPECT_EQ(call.deltas.size(), 3u);
}

/// Servers may leave it out; but it has the usage, and an upstream that cuts before it has not sent
/// all.
TEST(Converse, MetadataIsTheEnd) {
  const std::string text = EventStreamEvent("contentBlockDelta", R"({"delta":{"text":"a"}})") +
                           EventStreamEvent("messageStop", R"({"stopReason":"end_turn"})");
  TestExchange without = Bedrock("converse-stream");
  ModelCall call = without.Decode(text);
  EXPECT_TRUE(call.is_complete);
  EXPECT_FALSE(call.has_end_marker);
  TestExchange with = Bedrock("converse-stream");
  call = with.Decode(
      text + EventStreamEvent("metadata", R"({"usage":{"inputTokens":7,"outputTokens":3}})"));
  EXPECT_TRUE(call.is_complete);
  EXPECT_TRUE(call.has_end_marker);
}

TEST(Converse, ExceptionsInTheMiddleAndBrokenSums) {
  TestExchange exchange = Bedrock("converse-stream");
  std::string first =
      EventStreamEvent("contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"text":"a"}})");
  ModelCall call = exchange.Decode(
      first + EventStreamEvent("throttlingException", R"({"message":"slow down"})"));
  EXPECT_TRUE(call.is_error);
  EXPECT_EQ(call.error_type, "throttlingException");
  EXPECT_EQ(call.error_message, "slow down");
  EXPECT_EQ(call.error_class, model::ErrorType::kRateLimit);
  EXPECT_EQ(call.output_text, "a");

  TestExchange broken = Bedrock("converse-stream");
  std::string second = first;
  second[second.size() - 8] ^= 1;
  call = broken.Decode(first + second + first);
  EXPECT_EQ(call.output_text, "a");
  EXPECT_TRUE(call.is_cut_off);
  EXPECT_FALSE(call.is_complete);
}

TEST(Invoke, EveryFamilyByItsShape) {
  struct Case {
    std::string body, text, reason;
    uint64_t output;
  };
  const Case kCases[] = {
      {R"({"results":[{"tokenCount":4,"outputText":"titan","completionReason":"FINISH"}],"inputTextTokenCount":2})",
       "titan", "FINISH", 4},
      {R"({"generation":"llama","prompt_token_count":2,"generation_token_count":5,"stop_reason":"stop"})",
       "llama", "stop", 5},
      {R"({"type":"message","content":[{"type":"text","text":"claude"}],"stop_reason":"end_turn","usage":{"input_tokens":2,"output_tokens":6}})",
       "claude", "end_turn", 6},
      {R"({"output":{"message":{"content":[{"text":"nova"}]}},"stopReason":"end_turn","usage":{"inputTokens":2,"outputTokens":7}})",
       "nova", "end_turn", 7},
      {R"({"generations":[{"text":"cohere","finish_reason":"COMPLETE"}],"id":"x"})", "cohere",
       "COMPLETE", 8},
      {R"({"outputs":[{"text":"mistral","stop_reason":"stop"}]})", "mistral", "stop", 8},
      {R"({"completions":[{"data":{"text":"j2"},"finishReason":{"reason":"endoftext"}}],"id":1234})",
       "j2", "endoftext", 8},
      {R"({"completion":"old claude","stop_reason":"stop_sequence"})", "old claude",
       "stop_sequence", 8},
      {R"({"text":"command r","finish_reason":"COMPLETE","response_id":"r"})", "command r",
       "COMPLETE", 8},
      {R"({"choices":[{"message":{"content":"openai"},"finish_reason":"stop"}],"usage":{"prompt_tokens":2,"completion_tokens":9}})",
       "openai", "stop", 9},
  };
  for (const Case& sample : kCases) {
    TestExchange exchange = Bedrock("invoke");
    exchange.content_type = "application/json";
    exchange.more_headers = {{"X-Amzn-Bedrock-Input-Token-Count", "2"},
                             {"X-Amzn-Bedrock-Output-Token-Count", "8"}};
    ModelCall call = exchange.Decode(sample.body);
    EXPECT_EQ(call.output_text, sample.text);
    ASSERT_EQ(call.finish_reasons.size(), 1u) << sample.text;
    EXPECT_EQ(call.finish_reasons[0], sample.reason);
    EXPECT_EQ(call.usage.input_tokens, 2u) << sample.text;
    EXPECT_EQ(call.usage.output_tokens, sample.output) << sample.text;
  }
}

TEST(Invoke, StreamIsWrappedTwice) {
  TestExchange exchange = Bedrock("invoke-with-response-stream");
  ModelCall call = exchange.Decode(
      Chunk(
          R"({"generation":"Hel","stop_reason":null,"prompt_token_count":3,"generation_token_count":1})") +
      Chunk(R"({"generation":"lo","stop_reason":"stop","generation_token_count":2})") +
      Chunk(
          R"({"generation":"","amazon-bedrock-invocationMetrics":{"inputTokenCount":9,"outputTokenCount":9}})"));
  EXPECT_EQ(call.output_text, "Hello");
  EXPECT_EQ(call.usage.input_tokens, 3u);
  EXPECT_EQ(call.usage_origin, UsageOrigin::kBody);

  TestExchange nova = Bedrock("invoke-with-response-stream");
  call =
      nova.Decode(Chunk(R"({"contentBlockDelta":{"delta":{"text":"Hi"},"contentBlockIndex":0}})") +
                  Chunk(R"({"messageStop":{"stopReason":"end_turn"}})") +
                  Chunk(R"({"metadata":{"usage":{"inputTokens":4,"outputTokens":1}}})"));
  EXPECT_EQ(call.output_text, "Hi");
  EXPECT_EQ(call.usage.input_tokens, 4u);
  EXPECT_TRUE(call.is_complete);

  TestExchange metrics = Bedrock("invoke-with-response-stream");
  call = metrics.Decode(Chunk(R"({"outputs":[{"text":"x","stop_reason":null}]})") +
                        Chunk(R"({"outputs":[{"text":"","stop_reason":"stop"}],
                            "amazon-bedrock-invocationMetrics":{"inputTokenCount":9,"outputTokenCount":8}})"));
  EXPECT_EQ(call.usage_origin, UsageOrigin::kInvocationMetrics);
  EXPECT_EQ(call.usage.output_tokens, 8u);
}

TEST(Invoke, EmbeddingsOfNova) {
  TestExchange exchange = Bedrock("invoke");
  exchange.content_type = "application/json";
  exchange.request_body =
      R"({"taskType":"SINGLE_EMBEDDING","singleEmbeddingParams":{"embeddingPurpose":"GENERIC_INDEX","embeddingDimension":3,
          "text":{"truncationMode":"END","value":"Hi"},"image":{"format":"png","source":{"bytes":"iVBORw0KGgo="}}}})";
  ModelCall call = exchange.Decode(std::string(
      R"({"embeddings":[{"embeddingType":"TEXT","embedding":[0.5,0.25,1]},{"embeddingType":"IMAGE","embedding":[1,2,3]}]})"));
  EXPECT_EQ(call.kind, model::SpanKind::kEmbedding);
  EXPECT_EQ(call.embedding_count, 2u);
  EXPECT_EQ(call.embedding_dimensions, 3u);
  ASSERT_EQ(call.input_messages.size(), 1u);
  EXPECT_EQ(call.input_messages[0].texts, "Hi");
  EXPECT_EQ(call.input_messages[0].attachments.size(), 1u);
  EXPECT_EQ(
      call.params.json,
      R"({"taskType":"SINGLE_EMBEDDING","embeddingPurpose":"GENERIC_INDEX","embeddingDimension":3})");
}

TEST(Invoke, Ranking) {
  TestExchange exchange = Bedrock("invoke");
  exchange.content_type = "application/json";
  exchange.request_body = R"({"query":"q","documents":["a","b"],"top_n":2,"api_version":2})";
  ModelCall call = exchange.Decode(std::string(
      R"({"results":[{"index":1,"relevance_score":0.9},{"index":0,"relevance_score":0.1}]})"));
  EXPECT_EQ(call.kind, model::SpanKind::kRerank);
  ASSERT_EQ(call.documents.size(), 2u);
  EXPECT_EQ(call.documents[0].id, "1");
  ASSERT_EQ(call.input_messages.size(), 3u);
  EXPECT_EQ(call.input_messages[0].texts, "q");
  EXPECT_EQ(call.input_messages[2].role, "document");
  EXPECT_EQ(call.params.json, R"({"top_n":2,"api_version":2})");
}

TEST(Invoke, CohereWithHistoryAndTools) {
  constexpr const char* kRequest =
      R"({"message":"And now?","documents":[{"text":"d"}],
          "chat_history":[{"role":"USER","message":"Hi"},
          {"role":"CHATBOT","message":"I look.","tool_calls":[{"name":"f","parameters":{"a":1}}]},
          {"role":"TOOL","tool_results":[{"call":{"name":"f","parameters":{"a":1}},"outputs":[{"r":2}]}]}]})";
  TestExchange whole = Bedrock("invoke");
  whole.content_type = "application/json";
  whole.request_body = kRequest;
  ModelCall call = whole.Decode(std::string(
      R"({"response_id":"r","text":"","generation_id":"g","finish_reason":"COMPLETE","tool_calls":[{"name":"f","parameters":{"a":1}}]})"));
  ASSERT_EQ(call.tool_calls.size(), 1u);
  EXPECT_EQ(call.tool_calls[0].arguments, R"({"a":1})");
  EXPECT_EQ(call.response_id, "r");
  ASSERT_EQ(call.input_messages.size(), 4u);
  EXPECT_EQ(call.input_messages[0].role, "user");
  EXPECT_EQ(
      Parts(call.input_messages[1]),
      R"([{"type":"text","content":"I look."},{"type":"tool_call","name":"f","arguments":"{\"a\":1}"}])");
  EXPECT_EQ(call.input_messages[2].role, "tool");
  EXPECT_EQ(Parts(call.input_messages[2]),
            R"([{"type":"tool_call_response","name":"f","response":"[{\"r\":2}]"}])");
  EXPECT_EQ(call.input_messages[3].texts, "And now?");

  TestExchange streamed = Bedrock("invoke-with-response-stream");
  streamed.request_body = kRequest;
  call = streamed.Decode(
      Chunk(R"({"is_finished":false,"event_type":"text-generation","text":"I look."})") +
      Chunk(
          R"({"is_finished":true,"event_type":"stream-end","finish_reason":"COMPLETE","response":{"tool_calls":[{"name":"f","parameters":{"a":1}}]},
              "amazon-bedrock-invocationMetrics":{"inputTokenCount":9,"outputTokenCount":8}})"));
  EXPECT_EQ(call.output_text, "I look.");
  ASSERT_EQ(call.tool_calls.size(), 1u);
  EXPECT_EQ(call.tool_calls[0].name, "f");
  EXPECT_TRUE(call.is_complete);
  EXPECT_EQ(call.usage.output_tokens, 8u);
}

TEST(Invoke, ReasonsOfMistral) {
  TestExchange exchange = Bedrock("invoke");
  exchange.content_type = "application/json";
  ModelCall call = exchange.Decode(std::string(
      R"({"choices":[{"index":0,"message":{"role":"assistant","content":"Hi","tool_calls":[]},"stop_reason":"length"}]})"));
  EXPECT_EQ(call.output_text, "Hi");
  EXPECT_EQ(call.finish_reason, model::FinishReason::kLength);

  TestExchange word = Bedrock("invoke");
  word.content_type = "application/json";
  call = word.Decode(std::string(
      R"({"choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop","stop_reason":"###"}]})"));
  ASSERT_EQ(call.finish_reasons.size(), 1u);
  EXPECT_EQ(call.finish_reasons[0], "stop") << "vLLM names the word it stopped at";
}

TEST(Invocations, StreamsOfContainersCutAnywhere) {
  struct Case {
    std::vector<std::string> payloads;
    std::string text, reason;
    model::Count output;
  };
  const Case kCases[] = {
      {{R"(data:{"token":{"text":"Hel","special":fal)",
        "se}}\n\ndata:{\"token\":{\"text\":\"lo\"}}\n\n",
        R"(data:{"token":{"text":"</s>","special":true},"details":{"finish_reason":"eos_token","generated_tokens":3,"input_length":2}})",
        "\n\n"},
       "Hello",
       "eos_token",
       3},
      {{R"({"token":{"text":"Hel"}})", "\n{\"token\":{\"te", "xt\":\"lo\"}}\n"}, "Hello", "", {}},
      {{"{\"outputs\":[\"Hel\"]}\n", "{\"outputs\":[\"lo\"]}"}, "Hello", "", {}},
      {{R"(data: {"choices":[{"index":0,"delta":{"content":"Hello"}}]})", "\n\n",
        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{"
        "\"prompt_tokens\":2,\"completion_tokens\":3}}\n\ndata: [DONE]\n\n"},
       "Hello",
       "stop",
       3},
      {{R"([{"generated_text":)", R"("Hello"}])"}, "Hello", "", {}},
  };
  for (const Case& sample : kCases) {
    TestExchange exchange;
    exchange.url =
        "https://runtime.sagemaker.us-east-1.amazonaws.com/endpoints/e/invocations-response-stream";
    exchange.content_type = "application/vnd.amazon.eventstream";
    std::string stream;
    for (const std::string& payload : sample.payloads)
      stream += EventStreamEvent("PayloadPart", payload);
    ModelCall call = exchange.Decode(stream);
    EXPECT_EQ(call.api, Api::kInvocations);
    EXPECT_EQ(call.output_text, sample.text) << sample.payloads[0];
    EXPECT_EQ(call.finish_reasons.empty() ? "" : call.finish_reasons[0], sample.reason);
    EXPECT_EQ(call.usage.output_tokens, sample.output);
    EXPECT_TRUE(call.is_complete);
    EXPECT_FALSE(call.is_cut_off) << sample.payloads[0];
    EXPECT_EQ(call.events_skipped, 0u);
  }
  TestExchange failed;
  failed.url =
      "https://runtime.sagemaker.us-east-1.amazonaws.com/endpoints/e/invocations-response-stream";
  failed.content_type = "application/vnd.amazon.eventstream";
  ModelCall call =
      failed.Decode(EventStreamEvent("PayloadPart", "{\"outputs\":[\"a\"]}\n") +
                    EventStreamException("ModelStreamError", R"({"message":"container died"})"));
  EXPECT_TRUE(call.is_error);
  EXPECT_EQ(call.error_message, "container died");
  EXPECT_EQ(call.output_text, "a");
}

TEST(Agents, TextInFrames) {
  TestExchange exchange;
  exchange.url =
      "https://bedrock-agent-runtime.us-east-1.amazonaws.com/agents/A/agentAliases/B/sessions/C/"
      "text";
  exchange.content_type = "application/vnd.amazon.eventstream";
  exchange.request_body = R"({"inputText":"hi"})";
  ModelCall call = exchange.Decode(EventStreamEvent("trace", R"({"trace":{}})") + Chunk("Hello") +
                                   Chunk(" you"));
  EXPECT_EQ(call.api, Api::kInvokeAgent);
  EXPECT_EQ(call.kind, model::SpanKind::kAgent);
  EXPECT_EQ(call.output_text, "Hello you");
  EXPECT_TRUE(call.is_complete);
  EXPECT_EQ(call.input_messages.size(), 1u);
}

TEST(Converse, CacheWritesAreToldApartByTheirLifetime) {
  TestExchange exchange;
  exchange.url =
      "https://bedrock-runtime.us-east-1.amazonaws.com/model/anthropic.claude-sonnet-4-5/converse";
  const ModelCall call = exchange.Decode(std::string(
      R"({"output":{"message":{"role":"assistant","content":[{"text":"Hi"}]}},"stopReason":"end_turn",
          "usage":{"inputTokens":10,"outputTokens":5,"totalTokens":115,"cacheReadInputTokens":0,
                   "cacheWriteInputTokens":100,"cacheDetails":[{"ttl":"1h","inputTokens":60},
                                                               {"ttl":"5m","inputTokens":40}]}})"));
  EXPECT_EQ(call.usage.input_tokens, 110u);
  EXPECT_EQ(call.usage.cache_write_tokens, 100u);
  EXPECT_EQ(call.usage.cache_write_1h_tokens, 60u);
}

TEST(Converse, APromptRouterTellsWhichModelAnswered) {
  TestExchange exchange;
  exchange.url =
      "https://bedrock-runtime.us-east-1.amazonaws.com/model/"
      "arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Adefault-prompt-router%2Fanthropic.claude%"
      "3A1/converse";
  constexpr const char* kModel =
      "arn:aws:bedrock:us-east-1:123456789012:inference-profile/"
      "us.anthropic.claude-3-5-sonnet-20240620-v1:0";
  ModelCall call = exchange.Decode(
      std::string(R"({"output":{"message":{"content":[{"text":"x"}]}},"stopReason":"end_turn",)") +
      R"("usage":{"inputTokens":1,"outputTokens":1},"trace":{"promptRouter":{"invokedModelId":")" +
      kModel + "\"}}}");
  EXPECT_EQ(call.model_responded, kModel);
  EXPECT_TRUE(call.model_requested.starts_with("arn:aws:bedrock"));
}

}  // namespace
}  // namespace vitrine::codecs::providers
