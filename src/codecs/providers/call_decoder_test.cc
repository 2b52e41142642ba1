// Services with interfaces of their own, and what every interface has in common: framing, bounds,
// answers that are cut or hostile.
#include "codecs/providers/call_decoder.h"

#include <gtest/gtest.h>

#include "codecs/providers/internal/test_exchange.h"
#include "codecs/providers/limits.h"

namespace vitrine::codecs::providers {
namespace {

TEST(Ollama, LinesAndOneObject) {
  TestExchange exchange;
  exchange.url = "http://localhost:11434/api/chat";
  exchange.content_type = "application/x-ndjson";
  exchange.request_body = R"({"model":"llama3","messages":[{"role":"user","content":"hi"}]})";
  ModelCall call = exchange.Decode(std::vector<std::string>{
      "{\"model\":\"llama3\",\"message\":{\"content\":\"Hel\"},\"done\":false}\n",
      "{\"model\":\"llama3\",\"message\":{\"content\":\"lo\"},\"done\":false}\n{\"model\":"
      "\"llama3\",",
      "\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"eval_count\":5}\n"});
  EXPECT_TRUE(call.stream_requested) << "streaming is the default";
  EXPECT_TRUE(call.is_stream);
  EXPECT_TRUE(call.is_complete);
  EXPECT_EQ(call.output_text, "Hello");
  EXPECT_EQ(call.usage.output_tokens, 5u);
  EXPECT_FALSE(call.usage.input_tokens) << "left out where the prompt was in the cache";
  EXPECT_EQ(call.deltas.size(), 2u);

  TestExchange whole;
  whole.url = "http://localhost:11434/api/generate";
  whole.request_body = R"({"model":"llama3","prompt":"hi","stream":false})";
  call = whole.Decode(std::string(
      R"({"model":"llama3","response":"Hi","done":true,"done_reason":"length","prompt_eval_count":3})"));
  EXPECT_FALSE(call.is_stream);
  EXPECT_EQ(call.output_text, "Hi");
  EXPECT_EQ(call.finish_reason, model::FinishReason::kLength);
  EXPECT_EQ(call.usage.input_tokens, 3u);
}

TEST(Cohere, BothVersions) {
  TestExchange v2;
  v2.url = "https://api.cohere.com/v2/chat";
  ModelCall call = v2.DecodeEvents({
      R"({"type":"message-start","id":"m1"})",
      R"({"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"Hi"}}}})",
      R"({"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"t","function":{"name":"f","arguments":""}}}}})",
      R"({"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"{}"}}}}})",
      R"({"type":"message-end","delta":{"finish_reason":"TOOL_CALL","usage":{"billed_units":{"input_tokens":1,"output_tokens":2},"tokens":{"input_tokens":90,"output_tokens":20}}}})",
  });
  EXPECT_EQ(call.api, Api::kCohereChatV2);
  EXPECT_EQ(call.response_id, "m1");
  EXPECT_EQ(call.usage.input_tokens, 90u);
  EXPECT_EQ(call.tool_calls[0].arguments, "{}");
  EXPECT_TRUE(call.is_complete);

  TestExchange v1;
  v1.url = "https://api.cohere.com/v1/chat";
  v1.content_type = "application/stream+json";
  v1.request_body =
      R"({"preamble":"S","chat_history":[{"role":"CHATBOT","message":"a"}],"message":"hi"})";
  call =
      v1.Decode(std::string("{\"event_type\":\"stream-start\",\"generation_id\":\"g\"}\n"
                            "{\"event_type\":\"text-generation\",\"text\":\"Hi\"}\n"
                            "{\"event_type\":\"stream-end\",\"finish_reason\":\"COMPLETE\","
                            "\"response\":{\"meta\":{\"billed_units\":{\"input_tokens\":1}}}}\n"));
  EXPECT_EQ(call.api, Api::kCohereChatV1);
  EXPECT_EQ(call.output_text, "Hi");
  EXPECT_EQ(call.usage.input_tokens, 1u);
  ASSERT_EQ(call.input_messages.size(), 3u);
  EXPECT_EQ(call.input_messages[1].role, "assistant");

  TestExchange rerank;
  rerank.url = "https://api.cohere.com/v2/rerank";
  rerank.request_body = R"({"query":"q","documents":["a","b"]})";
  call = rerank.Decode(std::string(
      R"({"id":"r","results":[{"index":1,"relevance_score":0.9},{"index":0,"relevance_score":0.1}]})"));
  EXPECT_EQ(call.kind, model::SpanKind::kRerank);
  ASSERT_EQ(call.documents.size(), 2u);
  EXPECT_EQ(call.documents[0].id, "1");
  EXPECT_EQ(call.input_messages.size(), 3u);
}

TEST(Speech, FormsAndPlainText) {
  TestExchange exchange;
  exchange.url = "https://api.openai.com/v1/audio/transcriptions";
  exchange.content_type = "text/plain";
  exchange.request_body =
      "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n--b--\r\n";
  HeaderField type{"content-type", "multipart/form-data; boundary=b"};
  exchange.request = {"POST", exchange.url, {}, {&type, 1}, exchange.request_body};
  CallDecoder decoder(exchange.request, exchange.arena);
  decoder.Begin({200, {}});
  decoder.Feed("Hello there.\n", 1);
  ModelCall call = decoder.Finish();
  EXPECT_EQ(call.model_requested, "whisper-1");
  EXPECT_EQ(call.output_text, "Hello there.\n");
  EXPECT_FALSE(call.is_cut_off);
}

TEST(CallDecoder, EventsWithoutTheirContentType) {
  TestExchange exchange;
  exchange.content_type = "";
  ModelCall call = exchange.Decode(std::vector<std::string>{
      "\xEF\xBB", "\xBF: hello\n\nda",
      "ta:{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\r\n\r\n", "data: [DONE]"});
  EXPECT_TRUE(call.is_stream);
  EXPECT_TRUE(call.is_complete);
  EXPECT_EQ(call.output_text, "a");
}

TEST(CallDecoder, BodyUnderAnEventStreamsType) {
  TestExchange exchange;
  exchange.content_type = "text/event-stream";
  ModelCall call =
      exchange.Decode(std::string(R"({"error":{"message":"no","type":"invalid_request_error"}})"));
  EXPECT_FALSE(call.is_stream);
  EXPECT_EQ(call.error_type, "invalid_request_error");
}

TEST(CallDecoder, CutBodyKeepsWhatWasSeen) {
  TestExchange exchange;
  ModelCall call = exchange.Decode(std::string(
      R"({"id":"c","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hello wor)"));
  EXPECT_EQ(call.output_text, "Hello wor");
  EXPECT_EQ(call.response_id, "c");
  EXPECT_TRUE(call.is_cut_off);
  EXPECT_FALSE(call.is_complete);
}

TEST(CallDecoder, NoAnswerAtAll) {
  TestExchange exchange;
  exchange.request_body = R"({"model":"m","messages":[{"role":"user","content":"hi"}]})";
  exchange.request = {"POST", exchange.url, {}, {}, exchange.request_body};
  CallDecoder decoder(exchange.request, exchange.arena);
  ModelCall call = decoder.Finish();
  EXPECT_EQ(call.api, Api::kChatCompletions);
  EXPECT_EQ(call.model_requested, "m");
  EXPECT_EQ(call.input_messages.size(), 1u);
  EXPECT_FALSE(call.is_complete);
}

TEST(CallDecoder, DeepNestingIsRefusedNotFollowed) {
  TestExchange exchange;
  std::string deep(200000, '[');
  ModelCall call = exchange.Decode("{\"choices\":" + deep);
  EXPECT_TRUE(call.is_cut_off);
  TestExchange stream;
  call = stream.DecodeEvents(
      {"{\"choices\":" + deep, R"({"choices":[{"index":0,"delta":{"content":"a"}}]})"});
  EXPECT_EQ(call.output_text, "a");
  EXPECT_EQ(call.events_skipped, 1u);
  TestExchange asked;
  asked.request_body = "{\"messages\":" + deep;
  call = asked.Decode(std::string("{}"));
  EXPECT_TRUE(call.input_messages.empty());
}

TEST(CallDecoder, PartsAndChoicesAreBounded) {
  TestExchange exchange;
  std::vector<std::string> events;
  for (size_t i = 0; i < kPartsMax + 10; ++i) {
    std::string index = std::to_string(i);
    events.push_back(R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":)" + index +
                     R"(,"id":"t","function":{"name":"f","arguments":"{}"}}]}}]})");
  }
  ModelCall call = exchange.DecodeEvents(events);
  EXPECT_EQ(call.tool_calls.size(), kPartsMax);
  EXPECT_TRUE(call.is_cut_off);
}

TEST(CallDecoder, TextIsBounded) {
  TestExchange exchange;
  exchange.content_type = "text/event-stream";
  exchange.request = {"POST", exchange.url, {}, {}, exchange.request_body};
  CallDecoder decoder(exchange.request, exchange.arena);
  HeaderField type{"content-type", "text/event-stream"};
  decoder.Begin({200, {&type, 1}});
  std::string event = R"(data: {"choices":[{"index":0,"delta":{"content":")" +
                      std::string(4u << 20, 'x') + "\"}}]}\n\n";
  for (int i = 0; i < 10; ++i) decoder.Feed(event, 1);
  ModelCall call = decoder.Finish();
  EXPECT_LE(call.output_text.size(), kOutputBytesMax);
  EXPECT_TRUE(call.is_cut_off);
}

TEST(CallDecoder, EverythingKeptIsUtf8) {
  TestExchange exchange;
  ModelCall call =
      exchange.Decode(std::string("{\"choices\":[{\"index\":0,\"message\":{\"content\":\"a\xFF"
                                  "b\"}}]}"));
  EXPECT_EQ(call.output_text,
            "a\xEF\xBF\xBD"
            "b");
  TestExchange split;  // A character that two reads share is no fault.
  split.content_type = "text/event-stream";
  std::string event =
      "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"gr\xC3\xBC\"}}]}\n\n";
  size_t middle = event.find('\xBC');
  call = split.Decode({event.substr(0, middle), event.substr(middle)});
  EXPECT_EQ(call.output_text, "gr\xC3\xBC");
}

TEST(CallDecoder, PlainHttpIsNoCall) {
  TestExchange exchange;
  exchange.url = "https://api.openai.com/v1/files";
  ModelCall call = exchange.Decode(std::string(R"({"id":"file-1","model":"m"})"));
  EXPECT_FALSE(exchange.decoder->is_call());
  EXPECT_EQ(call.api, Api::kNone);
  EXPECT_TRUE(call.response_id.empty());
}

}  // namespace
}  // namespace vitrine::codecs::providers
