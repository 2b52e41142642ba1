// Bedrock's interfaces: the traps of WIRE-FORMATS 7.6.
#include <gtest/gtest.h>

#include "codecs/providers/internal/test_exchange.h"
#include "syntax/base64.h"
#include "syntax/event_stream/event_stream_writer.h"

namespace vitrine::codecs::providers {
namespace {

std::string Frame(std::string_view type, std::string_view payload,
                  std::string_view message_type = "event") {
  std::string headers, frame;
  syntax::AppendEventStreamHeader(headers, ":message-type", message_type);
  bool is_event = message_type == "event";
  syntax::AppendEventStreamHeader(headers, is_event ? ":event-type" : ":exception-type", type);
  syntax::AppendEventStreamFrame(frame, headers, payload);
  return frame;
}

std::string Chunk(const std::string& json) {
  return Frame("chunk", "{\"bytes\":\"" + syntax::Base64Encode(json) + "\",\"p\":\"abc\"}");
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
      Frame("messageStart", R"({"role":"assistant","p":"ab"})") +
      Frame("contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"text":"Hel"},"p":"abc"})") +
      Frame("contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"text":"lo"}})") +
      Frame("contentBlockStart",
            R"({"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"t","name":"f"}}})") +
      Frame("contentBlockDelta", R"({"contentBlockIndex":1,"delta":{"toolUse":{"input":"{}"}}})") +
      Frame("messageStop", R"({"stopReason":"tool_use"})") +
      Frame("metadata", R"({"usage":{"inputTokens":7,"outputTokens":3,"totalTokens":10}})");
  ModelCall call = exchange.Decode(stream);
  EXPECT_TRUE(call.is_stream);
  EXPECT_TRUE(call.is_complete);
  EXPECT_FALSE(call.is_cut_off);
  EXPECT_EQ(call.output_text, "Hello");
  EXPECT_EQ(call.usage.output_tokens, 3u);
  EXPECT_EQ(call.tool_calls[0].arguments, "{}");
  EXPECT_EQ(call.deltas.size(), 3u);
}

TEST(Converse, ExceptionsInTheMiddleAndBrokenSums) {
  TestExchange exchange = Bedrock("converse-stream");
  std::string first = Frame("contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"text":"a"}})");
  ModelCall call = exchange.Decode(
      first + Frame("throttlingException", R"({"message":"slow down"})", "exception"));
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

TEST(Agents, TextInFrames) {
  TestExchange exchange;
  exchange.url =
      "https://bedrock-agent-runtime.us-east-1.amazonaws.com/agents/A/agentAliases/B/sessions/C/"
      "text";
  exchange.content_type = "application/vnd.amazon.eventstream";
  exchange.request_body = R"({"inputText":"hi"})";
  ModelCall call =
      exchange.Decode(Frame("trace", R"({"trace":{}})") + Chunk("Hello") + Chunk(" you"));
  EXPECT_EQ(call.api, Api::kInvokeAgent);
  EXPECT_EQ(call.kind, model::SpanKind::kAgent);
  EXPECT_EQ(call.output_text, "Hello you");
  EXPECT_TRUE(call.is_complete);
  EXPECT_EQ(call.input_messages.size(), 1u);
}

}  // namespace
}  // namespace vitrine::codecs::providers
