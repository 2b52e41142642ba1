// What a hostile or careless peer can send: nothing of it crashes, and memory stays bounded.
#include <gtest/gtest.h>

#include <chrono>

#include "codecs/providers/internal/test_exchange.h"
#include "codecs/providers/limits.h"
#include "syntax/event_stream/event_stream_writer.h"
#include "syntax/json/utf8.h"

namespace vitrine::codecs::providers {
namespace {

constexpr const char* kResponses = "https://api.openai.com/v1/responses";

TEST(Bounds, TypeAndMessageOfAnExceptionAreBothRepaired) {
  TestExchange exchange;
  exchange.url = "https://bedrock-runtime.us-east-1.amazonaws.com/model/m/converse-stream";
  exchange.content_type = "application/vnd.amazon.eventstream";
  ModelCall call = exchange.Decode(syntax::EventStreamException(
      "throttling\xFF", "{\"message\":\"" + std::string(3000, 'x') + "\xFF\"}"));
  EXPECT_EQ(call.error_type, "throttling\xEF\xBF\xBD");
  EXPECT_EQ(call.error_message, std::string(3000, 'x') + "\xEF\xBF\xBD");
}

TEST(Bounds, IndexesAreSmallOrNone) {
  TestExchange responses;
  responses.url = kResponses;
  ModelCall call = responses.DecodeEvents({
      R"({"type":"response.output_text.delta","output_index":9223372036854775807,"content_index":1,"delta":"a"})",
      R"({"type":"response.output_text.delta","output_index":-9223372036854775808,"content_index":-1,"delta":"b"})",
  });
  EXPECT_EQ(call.output_text, "ab");
  TestExchange chat;
  call = chat.DecodeEvents({
      R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":9223372036854775807,"id":"a","function":{"name":"f"}}]}}]})",
      R"({"choices":[{"index":0,"delta":{"tool_calls":[{"id":"b","function":{"name":"g"}}]}}]})",
  });
  EXPECT_EQ(call.tool_calls.size(), 2u);
}

TEST(Bounds, WhatIsRepeatedTakesNoMemory) {
  TestExchange errors;
  std::string error = R"({"error":{"message":")" + std::string(60000, 'e') + "\"}}";
  ModelCall call = errors.DecodeEvents(std::vector(300, error));
  EXPECT_TRUE(call.is_error);
  EXPECT_LT(errors.arena.reserved_bytes(), 1u << 20);

  TestExchange ollama;
  ollama.url = "http://localhost:11434/api/chat";
  ollama.content_type = "application/x-ndjson";
  std::string lines;
  for (int i = 0; i < 2000; ++i) {
    lines += "{\"model\":\"" + std::string(4000, i % 2 == 0 ? 'a' : 'b') + "\"}\n";
  }
  ollama.Decode(lines);
  EXPECT_LT(ollama.arena.reserved_bytes(), 1u << 20);

  TestExchange finals;
  finals.url = kResponses;
  std::string item = R"({"type":"function_call","call_id":")" + std::string(3000, 'c') +
                     R"(","name":"f","arguments":"{}"})";
  call = finals.DecodeEvents(std::vector(
      1000, R"({"type":"response.completed","response":{"id":"r","output":[)" + item + "]}}"));
  EXPECT_EQ(call.tool_calls.size(), 1u);
  EXPECT_LT(finals.arena.reserved_bytes(), 1u << 20);

  TestExchange reasons;
  reasons.url =
      "https://generativelanguage.googleapis.com/v1beta/models/m:streamGenerateContent?alt=sse";
  call = reasons.DecodeEvents(std::vector<std::string>(
      2000, R"({"candidates":[{"finishReason":)" + std::string("1") + "}]}"));
  EXPECT_EQ(call.finish_reasons.size(), 1u);
}

TEST(Bounds, TheFirstErrorCounts) {
  TestExchange exchange;
  ModelCall call = exchange.DecodeEvents({
      R"({"error":{"message":"first","type":"overloaded_error"}})",
      R"({"error":{"message":"second","type":"other"}})",
  });
  EXPECT_EQ(call.error_type, "overloaded_error");
  EXPECT_EQ(call.error_message, "first");
}

/// Work that grows with the square of the answer takes minutes here.
TEST(Bounds, WorkGrowsWithTheAnswer) {
  auto begin = std::chrono::steady_clock::now();
  TestExchange blanks;
  blanks.request = {"POST", blanks.url, {}, {}, "{}"};
  CallDecoder decoder(blanks.request, blanks.arena);
  decoder.Begin({200, {}});
  for (size_t i = 0; i < kPrefixBytesMax; ++i) decoder.Feed(" ", i);
  decoder.Finish();

  TestExchange calls;
  std::string event = R"({"choices":[{"index":0,"delta":{"tool_calls":[)";
  for (int i = 0; i < 200'000; ++i) {
    event += (i > 0 ? ",{\"id\":\"" : "{\"id\":\"") + std::to_string(i) + "\"}";
  }
  ModelCall call = calls.DecodeEvents({event + "]}}]}"});
  EXPECT_EQ(call.tool_calls.size(), kPartsMax);
  EXPECT_TRUE(call.is_cut_off);

  TestExchange choices;
  event = R"({"choices":[)";
  for (int i = 0; i < 200'000; ++i) {
    event += (i > 0 ? ",{\"index\":" : "{\"index\":") + std::to_string(i) + "}";
  }
  call = choices.DecodeEvents({event + "]}"});
  EXPECT_TRUE(call.is_cut_off);
  auto spent = std::chrono::steady_clock::now() - begin;
  EXPECT_LT(std::chrono::duration_cast<std::chrono::seconds>(spent).count(), 30);
}

TEST(Bounds, CutsStandBetweenCharacters) {
  TestExchange exchange;
  std::string name(kNameBytesMax - 1, 'n');
  ModelCall call = exchange.DecodeEvents({R"({"id":")" + name + "\xC3\xBC" +
                                          R"(","choices":[{"index":0,"delta":{"tool_calls":[{
      "index":0,"id":"t","function":{"name":")" +
                                          name + "\xC3\xBC\"}}]}}]}"});
  EXPECT_EQ(call.response_id, name);
  ASSERT_EQ(call.tool_calls.size(), 1u);
  EXPECT_EQ(call.tool_calls[0].name, name);
  EXPECT_TRUE(syntax::Utf8IsValid(call.output_messages[0].parts_template));
}

TEST(Bounds, SignaturesAreWholeOrLeftOut) {
  for (size_t size : {size_t{100'000}, kSignatureBytesMax + 1}) {
    TestExchange exchange;
    exchange.url = "https://api.anthropic.com/v1/messages";
    ModelCall call = exchange.DecodeEvents({
        R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"hm"}})",
        R"({"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":")" +
            std::string(size, 's') + "\"}}",
        R"({"type":"message_stop"})",
    });
    bool is_kept = size <= kSignatureBytesMax;
    EXPECT_EQ(call.is_cut_off, !is_kept);
    EXPECT_EQ(Parts(call.output_messages[0]).contains(std::string(size, 's')), is_kept);
  }
}

}  // namespace
}  // namespace vitrine::codecs::providers
