// Anthropic's Messages: the traps of WIRE-FORMATS 7.4 and 8.1.
#include <gtest/gtest.h>

#include "codecs/providers/internal/test_exchange.h"

namespace vitrine::codecs::providers {
namespace {

constexpr const char* kUrl = "https://api.anthropic.com/v1/messages";

TEST(Messages, WholeAnswerWithCache) {
  TestExchange exchange;
  exchange.url = kUrl;
  exchange.request_body =
      R"({"model":"claude-sonnet-4-5","system":[{"type":"text","text":"S","cache_control":{"type":"ephemeral"}}],
          "messages":[{"role":"user","content":"Hi"}],"max_tokens":10})";
  ModelCall call = exchange.Decode(std::string(
      R"({"id":"msg_1","type":"message","model":"claude-sonnet-4-5-20250929","stop_reason":"tool_use",
          "content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":"Let me see."},
          {"type":"tool_use","id":"t1","name":"look","input":{"q":1}},
          {"type":"server_tool_use","id":"t2","name":"web_search","input":{"query":"x"}},
          {"type":"web_search_tool_result","tool_use_id":"t2","content":[]}],
          "usage":{"input_tokens":3,"cache_read_input_tokens":100,"cache_creation_input_tokens":50,
          "cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":30},
          "output_tokens":40,"service_tier":"standard","server_tool_use":{"web_search_requests":1}}})"));
  EXPECT_EQ(call.api, Api::kMessages);
  EXPECT_EQ(call.provider, "anthropic");
  EXPECT_EQ(call.output_text, "Let me see.");
  EXPECT_EQ(call.finish_reason, model::FinishReason::kToolCall);
  ASSERT_EQ(call.tool_calls.size(), 2u);
  EXPECT_EQ(call.tool_calls[0].name, "look");
  EXPECT_EQ(call.tool_calls[0].arguments, "{\"q\":1}");
  EXPECT_TRUE(call.tool_calls[1].is_server_side);
  ASSERT_EQ(call.server_tool_calls.size(), 1u);
  EXPECT_EQ(call.server_tool_calls[0], "web_search");
  EXPECT_EQ(call.reported.input, 3u);
  EXPECT_EQ(call.usage.input_tokens, 153u) << "the wire's number excludes the cache";
  EXPECT_EQ(call.usage.web_search_requests, 1u);
  auto buckets = model::SplitUsage(call.usage);
  EXPECT_EQ(buckets.input, 3u);
  EXPECT_EQ(buckets.cache_read, 100u);
  EXPECT_EQ(buckets.cache_write_5m, 20u);
  EXPECT_EQ(buckets.cache_write_1h, 30u);
  EXPECT_EQ(call.service_tier, "standard");
  ASSERT_EQ(call.input_messages.size(), 2u);
  EXPECT_EQ(call.input_messages[0].role, "system");
}

TEST(Messages, StreamUsageReplacesFieldByField) {
  TestExchange exchange;
  exchange.url = kUrl;
  ModelCall call = exchange.DecodeEvents({
      R"({"type":"message_start","message":{"id":"msg_1","model":"claude","content":[],"usage":{"input_tokens":9,"cache_read_input_tokens":5,"output_tokens":1}}})",
      R"({"type":"ping"})",
      R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}})",
      R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}})",
      R"({"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"sig"}})",
      R"({"type":"content_block_stop","index":0})",
      R"({"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}})",
      R"({"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Hi"}})",
      R"({"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}})",
      R"({"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"a\""}})",
      R"({"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":":1}"}})",
      R"({"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":20,"input_tokens":null}})",
      R"({"type":"message_stop"})",
  });
  EXPECT_TRUE(call.is_complete);
  EXPECT_TRUE(call.has_end_marker);
  EXPECT_EQ(call.reported.input, 9u);
  EXPECT_EQ(call.reported.output, 20u) << "cumulative: replaced, not added";
  EXPECT_EQ(call.usage.input_tokens, 14u);
  EXPECT_EQ(call.tool_calls[0].arguments, "{\"a\":1}");
  EXPECT_EQ(call.deltas.size(), 4u) << "neither a ping nor a signature is content";
  EXPECT_EQ(
      Parts(call.output_messages[0]),
      R"([{"type":"reasoning","content":"hm","signature":"sig"},{"type":"text","content":"Hi"},)"
      R"({"type":"tool_call","id":"t","name":"f","arguments":"{\"a\":1}"}])");
}

TEST(Messages, ErrorInTheMiddleOfAStream) {
  TestExchange exchange;
  exchange.url = kUrl;
  ModelCall call = exchange.DecodeEvents({
      R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}})",
      R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})",
  });
  EXPECT_EQ(call.http_status, 200);
  EXPECT_TRUE(call.is_error);
  EXPECT_EQ(call.error_type, "overloaded_error");
  EXPECT_EQ(call.error_class, model::ErrorType::kProvider5xx);
  EXPECT_FALSE(call.is_complete);
  EXPECT_EQ(call.output_text, "Hi");
}

TEST(Messages, FromVertexAndOfOld) {
  TestExchange vertex;
  vertex.url =
      "https://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5/publishers/"
      "anthropic/models/claude-sonnet-4%405:streamRawPredict";
  ModelCall call = vertex.DecodeEvents({R"({"type":"message_stop"})"});
  EXPECT_EQ(call.api, Api::kMessages);
  EXPECT_EQ(call.provider, "gcp.vertex_ai");
  EXPECT_EQ(call.model_requested, "claude-sonnet-4@5");
  EXPECT_TRUE(call.stream_requested);

  TestExchange old;
  old.url = "https://api.anthropic.com/v1/complete";
  old.request_body = R"({"model":"claude-2","prompt":"\n\nHuman: hi\n\nAssistant:"})";
  call = old.DecodeEvents({
      R"({"type":"completion","completion":" He","stop_reason":null,"model":"claude-2.1"})",
      R"({"type":"completion","completion":"llo","stop_reason":"stop_sequence","model":"claude-2.1"})",
  });
  EXPECT_EQ(call.api, Api::kComplete);
  EXPECT_EQ(call.output_text, " Hello");
  EXPECT_TRUE(call.is_complete);
  EXPECT_EQ(call.input_messages.size(), 1u);
}

TEST(Messages, CountingTokensIsNoUse) {
  TestExchange exchange;
  exchange.url = "https://api.anthropic.com/v1/messages/count_tokens?beta=true";
  ModelCall call = exchange.Decode(std::string(R"({"input_tokens":14})"));
  EXPECT_EQ(call.api, Api::kCountTokens);
  EXPECT_EQ(call.reported.input, 14u);
  EXPECT_EQ(call.usage, model::Usage());
  EXPECT_FALSE(model::IsModelCall(call.kind));
}

}  // namespace
}  // namespace vitrine::codecs::providers
