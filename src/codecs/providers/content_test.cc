// What is said once is there once: late messages, items that are done, pictures, forms, ends of
// answers, and parameters that hold no content.
#include <gtest/gtest.h>

#include "codecs/providers/internal/test_exchange.h"

namespace vitrine::codecs::providers {
namespace {

constexpr const char* kResponses = "https://api.openai.com/v1/responses";

TEST(LateMessage, OnlyWhatDidNotComeBefore) {
  TestExchange text;
  ModelCall call = text.DecodeEvents({
      R"({"choices":[{"index":0,"delta":{"content":"Hi"}}]})",
      R"({"choices":[{"index":0,"delta":{},"message":{"content":"Hi","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"stop"}]})",
  });
  EXPECT_EQ(call.output_text, "Hi");
  ASSERT_EQ(call.tool_calls.size(), 1u);

  TestExchange calls;
  call = calls.DecodeEvents({
      R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}}]})",
      R"({"choices":[{"index":0,"message":{"content":"Hi","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}},{"id":"b","function":{"name":"g","arguments":"[]"}}]},"finish_reason":"stop"}]})",
  });
  EXPECT_EQ(call.output_text, "Hi");
  ASSERT_EQ(call.tool_calls.size(), 2u);
  EXPECT_EQ(call.tool_calls[0].arguments, "{}");
  EXPECT_EQ(call.tool_calls[1].name, "g");
}

TEST(Chat, AnotherIdBeginsAnotherCall) {  // Gemini's OpenAI endpoint
  TestExchange exchange;
  ModelCall call = exchange.DecodeEvents({
      R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}}]})",
      R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"b","function":{"name":"g","arguments":"["}}]}}]})",
      R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"]"}}]}}]})",
  });
  ASSERT_EQ(call.tool_calls.size(), 2u);
  EXPECT_EQ(call.tool_calls[0].arguments, "{}");
  EXPECT_EQ(call.tool_calls[1].arguments, "[]");
}

TEST(Responses, ItemsThatAreDoneAreNotSaidAgain) {
  TestExchange exchange;
  exchange.url = kResponses;
  ModelCall call = exchange.DecodeEvents({
      R"({"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":"sum"})",
      R"({"type":"response.reasoning_text.delta","output_index":0,"content_index":0,"delta":"thought"})",
      R"({"type":"response.output_text.delta","output_index":1,"content_index":1,"delta":"Hi"})",
      R"({"type":"response.output_item.done","output_index":1,"item":{"type":"message","content":[{"type":"output_text","text":"Hi"}]}})",
  });
  EXPECT_EQ(call.output_text, "Hi");
  EXPECT_EQ(
      Parts(call.output_messages[0]),
      R"([{"type":"reasoning","content":"sum"},{"type":"reasoning","content":"thought"},{"type":"text","content":"Hi"}])");
}

TEST(Errors, HoweverTheyAreNamed) {
  TestExchange empty;
  empty.url = kResponses;
  EXPECT_TRUE(empty.DecodeEvents({R"({"error":{}})"}).is_error);

  TestExchange named;
  named.url = kResponses;
  named.content_type = "text/event-stream";
  ModelCall call = named.Decode(
      std::string("event: error\ndata: {\"type\":\"server_error\",\"message\":\"oops\"}\n\n"));
  EXPECT_TRUE(call.is_error);
  EXPECT_EQ(call.error_type, "server_error");

  for (const char* url :
       {"https://api.cohere.com/v2/chat", "https://api.cohere.com/v1/chat",
        "https://bedrock-runtime.us-east-1.amazonaws.com/model/m/converse-stream"}) {
    TestExchange exchange;
    exchange.url = url;
    call = exchange.DecodeEvents({R"({"error":{"type":"overloaded","message":"busy"}})"});
    EXPECT_TRUE(call.is_error) << url;
    EXPECT_EQ(call.error_message, "busy") << url;
  }
}

TEST(Errors, OnAChoice) {  // OpenRouter
  TestExchange exchange;
  ModelCall call = exchange.Decode(std::string(
      R"({"choices":[{"index":0,"error":{"code":502,"message":"Bad gateway"},"message":{"content":""},"finish_reason":"error"}]})"));
  EXPECT_TRUE(call.is_error);
  EXPECT_EQ(call.error_type, "502");
  EXPECT_EQ(call.error_class, model::ErrorType::kProvider5xx);
}

TEST(Messages, ACallWithoutArgumentsIsTheSameInAStream) {
  TestExchange exchange;
  exchange.url = "https://api.anthropic.com/v1/messages";
  ModelCall call = exchange.DecodeEvents({
      R"({"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}})",
      R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":""}})",
      R"({"type":"content_block_stop","index":0})",
      R"({"type":"message_stop"})",
  });
  ASSERT_EQ(call.tool_calls.size(), 1u);
  EXPECT_EQ(call.tool_calls[0].arguments, "{}");
  EXPECT_TRUE(call.deltas.empty());
}

TEST(Ends, OfSoundOfNothingAndOfRefusals) {
  TestExchange speech;
  speech.url = "https://api.openai.com/v1/audio/speech";
  speech.content_type = "audio/mpeg";
  ModelCall call = speech.Decode(std::string("\xFF\xF3\x00\x01", 4));
  EXPECT_TRUE(call.is_complete);
  EXPECT_FALSE(call.is_cut_off);

  TestExchange nothing;
  call = nothing.Decode(std::string());
  EXPECT_TRUE(call.is_cut_off);
  EXPECT_EQ(call.error_class, model::ErrorType::kPartial);

  TestExchange refusal;
  refusal.url = "https://api.anthropic.com/v1/messages";
  call = refusal.Decode(
      std::string(R"({"type":"message","content":[],"stop_reason":"refusal","usage":{}})"));
  EXPECT_TRUE(call.is_refusal);
}

TEST(Media, IsAttachedAndNotText) {
  TestExchange responses;
  responses.url = kResponses;
  ModelCall call = responses.Decode(std::string(
      R"({"id":"r","output":[{"type":"image_generation_call","id":"ig","result":"iVBORw0KGgo="}]})"));
  ASSERT_EQ(call.output_messages.size(), 1u);
  EXPECT_EQ(call.output_messages[0].attachments.size(), 1u);

  TestExchange spoken;
  call = spoken.Decode(std::string(
      R"({"choices":[{"index":0,"message":{"audio":{"id":"a","data":"UklGRg==","transcript":"Hi"}},"finish_reason":"stop"}]})"));
  ASSERT_EQ(call.output_messages.size(), 1u);
  EXPECT_EQ(call.output_messages[0].attachments.size(), 1u);
}

TEST(Media, OfStreams) {
  TestExchange spoken;
  spoken.request_body = R"({"modalities":["text","audio"],"audio":{"voice":"a","format":"mp3"}})";
  ModelCall call = spoken.DecodeEvents({
      R"({"choices":[{"index":0,"delta":{"audio":{"id":"a","transcript":"Hel"}}}]})",
      R"({"choices":[{"index":0,"delta":{"audio":{"data":"AAE="}}}]})",
      R"({"choices":[{"index":0,"delta":{"audio":{"data":"AgM","transcript":"lo"}}}]})",
      R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})",
      "[DONE]",
  });
  ASSERT_EQ(call.output_messages.size(), 1u);
  ASSERT_EQ(call.output_messages[0].attachments.size(), 1u);
  EXPECT_EQ(call.output_messages[0].attachments[0].bytes, std::string_view("\0\1\2\3", 4));
  EXPECT_EQ(call.output_messages[0].attachments[0].media_type, "audio/mpeg");
  EXPECT_EQ(call.output_messages[0].texts, "Hello");
  EXPECT_TRUE(call.output_text.empty()) << "what is spoken is no text the model wrote";
  EXPECT_EQ(call.deltas.size(), 2u) << "sound is no text";

  TestExchange broken;
  call = broken.DecodeEvents({R"({"choices":[{"delta":{"audio":{"data":"?!"}}}]})"});
  EXPECT_TRUE(call.is_cut_off);

  TestExchange pictures;
  pictures.url = "https://api.openai.com/v1/images/generations";
  call = pictures.DecodeEvents({
      R"({"type":"image_generation.partial_image","b64_json":"AAAA","partial_image_index":0})",
      R"({"type":"image_generation.completed","b64_json":"iVBORw0KGgo=","output_format":"png","usage":{"input_tokens":10,"output_tokens":272,"total_tokens":282}})",
  });
  ASSERT_EQ(call.output_messages.size(), 1u);
  ASSERT_EQ(call.output_messages[0].attachments.size(), 1u);
  EXPECT_EQ(call.output_messages[0].attachments[0].media_type, "image/png");
  EXPECT_FALSE(call.output_messages[0].parts_template.contains("iVBORw0KGgo"));
  EXPECT_EQ(call.usage.image_output_tokens, 272u);
  EXPECT_TRUE(call.is_complete);

  TestExchange speech;
  speech.url = "https://api.openai.com/v1/audio/speech";
  call = speech.DecodeEvents({
      R"({"type":"speech.audio.delta","audio":"AAEC"})",
      R"({"type":"speech.audio.done","usage":{"input_tokens":14,"output_tokens":101,"total_tokens":115}})",
  });
  EXPECT_TRUE(call.is_complete);
  EXPECT_FALSE(call.is_cut_off);
  EXPECT_EQ(call.usage.output_tokens, 101u);
}

TEST(Params, HoldNeitherContentNorSecrets) {
  TestExchange ocr;
  ocr.url = "https://api.mistral.ai/v1/ocr";
  ocr.request_body =
      R"({"model":"m","document":{"type":"document_url","document_url":"data:application/pdf;base64,JVBERi0="},"pages":[0]})";
  ModelCall call = ocr.Decode(std::string("{}"));
  EXPECT_EQ(call.params.json, R"({"pages":[0]})");
  ASSERT_EQ(call.input_messages.size(), 1u);
  EXPECT_EQ(call.input_messages[0].attachments.size(), 1u);

  TestExchange ollama;
  ollama.url = "http://localhost:11434/api/generate";
  ollama.request_body =
      R"({"model":"m","prompt":"p","images":["iVBORw0KGgo="],"context":[1,2],"options":{"num_predict":5}})";
  call = ollama.Decode(std::string("{}"));
  EXPECT_EQ(call.params.json, R"({"num_predict":5})");
  ASSERT_EQ(call.input_messages.size(), 2u);
  EXPECT_EQ(call.input_messages[1].attachments.size(), 1u);

  TestExchange anthropic;
  anthropic.url = "https://api.anthropic.com/v1/messages";
  anthropic.request_body =
      R"({"mcp_servers":[{"url":"https://x","authorization_token":"secret"}],"max_tokens":5})";
  EXPECT_EQ(anthropic.Decode(std::string("{}")).params.json, R"({"max_tokens":5})");

  TestExchange counted;
  counted.url = "https://generativelanguage.googleapis.com/v1beta/models/m:countTokens";
  counted.request_body = R"({"generateContentRequest":{"contents":[{"parts":[{"text":"Hi"}]}]}})";
  EXPECT_TRUE(counted.Decode(std::string("{}")).params.json.empty());
}

TEST(Interactions, CallsOfStreamsAndTurnsOfRequests) {
  TestExchange exchange;
  exchange.url = "https://generativelanguage.googleapis.com/v1beta/interactions";
  exchange.request_body =
      R"({"model":"m","system_instruction":"S","generation_config":{"temperature":0.5},
          "input":[{"role":"user","content":"Hi"},{"role":"model","content":[{"type":"text","text":"Yes?"}]}]})";
  ModelCall call = exchange.DecodeEvents({
      R"({"event_type":"step.start","index":0,"step":{"type":"function_call","id":"c","name":"f","arguments":{}}})",
      R"({"event_type":"step.delta","index":0,"delta":{"type":"arguments_delta","partial_arguments":"{\"a\":1}"}})",
      R"({"event_type":"interaction.completed","interaction":{"id":"i","status":"requires_action"}})",
  });
  ASSERT_EQ(call.tool_calls.size(), 1u);
  EXPECT_EQ(call.tool_calls[0].name, "f");
  EXPECT_EQ(call.tool_calls[0].arguments, R"({"a":1})");
  EXPECT_EQ(call.params.json, R"({"temperature":0.5})");
  ASSERT_EQ(call.input_messages.size(), 3u);
  EXPECT_EQ(call.input_messages[0].role, "system");
  EXPECT_EQ(call.input_messages[1].role, "user");
  EXPECT_EQ(call.input_messages[2].role, "assistant");
}

TEST(Responses, WhatTheUserSaidIsNoAnswer) {  // Compaction
  constexpr const char* kItem =
      R"({"type":"message","role":"user","content":[{"type":"input_text","text":"91 - 16?"}]})";
  TestExchange whole;
  whole.url = "https://api.openai.com/v1/responses/compact";
  ModelCall call = whole.Decode(std::string(R"({"id":"r","output":[)") + kItem +
                                R"(,{"type":"compaction","encrypted_content":"x"}]})");
  EXPECT_TRUE(call.output_text.empty());
  ASSERT_EQ(call.output_messages.size(), 1u);
  EXPECT_EQ(Parts(call.output_messages[0]), R"([{"type":"compaction","encrypted_content":"x"}])");

  TestExchange streamed;
  streamed.url = kResponses;
  call = streamed.DecodeEvents({
      std::string(R"({"type":"response.output_item.done","output_index":0,"item":)") + kItem + "}",
  });
  EXPECT_TRUE(call.output_messages.empty());
}

TEST(Requests, WordsOfOneProvider) {
  TestExchange cohere;
  cohere.url = "https://api.cohere.com/v2/chat";
  cohere.request_body =
      R"({"messages":[{"role":"user","content":"Weather?"},{"role":"assistant","tool_plan":"I will look it up.",
          "tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}]})";
  ModelCall call = cohere.Decode(std::string(
      R"({"message":{"tool_plan":"I will look it up.","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]}})"));
  ASSERT_EQ(call.input_messages.size(), 2u);
  ASSERT_EQ(call.output_messages.size(), 1u);
  EXPECT_EQ(
      Parts(call.input_messages[1]),
      R"([{"type":"reasoning","content":"I will look it up."},{"type":"tool_call","id":"c","name":"f","arguments":"{}"}])");
  EXPECT_EQ(Parts(call.input_messages[1]), Parts(call.output_messages[0]))
      << "said once, repeated once";

  for (const char* key : {"tool_name", "name"}) {
    TestExchange ollama;
    ollama.url = "http://localhost:11434/api/chat";
    ollama.request_body = std::string(R"({"messages":[{"role":"tool","content":"22",")") + key +
                          R"(":"get_weather"}]})";
    call = ollama.Decode(std::string("{}"));
    ASSERT_EQ(call.input_messages.size(), 1u);
    EXPECT_EQ(Parts(call.input_messages[0]),
              R"([{"type":"tool_call_response","name":"get_weather","response":"22"}])")
        << key;
  }
}

TEST(Replicate, TextsThatBeginWithAPlace) {
  for (const char* output : {R"(["http"," is a protocol"])", R"("http is a protocol")"}) {
    TestExchange exchange;
    exchange.url = "https://api.replicate.com/v1/predictions";
    ModelCall call =
        exchange.Decode(std::string(R"({"id":"p","status":"succeeded","output":)") + output + "}");
    EXPECT_EQ(call.output_text, "http is a protocol");
  }
  TestExchange picture;
  picture.url = "https://api.replicate.com/v1/predictions";
  ModelCall call = picture.Decode(std::string(
      R"({"id":"p","status":"succeeded","output":["https://replicate.delivery/a.png"]})"));
  EXPECT_TRUE(call.output_text.empty());
}

TEST(Forms, FieldsAreFoundInHeadsAlone) {
  TestExchange exchange;
  exchange.url = "https://api.openai.com/v1/images/edits";
  exchange.request_body =
      "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"model\"\r\n"
      "Content-Type: image/png\r\n\r\n; name=\"model\"\r\n\r\nwrong\r\n"
      "--b\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\none\r\ntwo --b\r\n"
      "--b\r\nContent-Disposition: form-data; name=\"size\"\r\n\r\n1024x1024\r\n"
      "--b\r\nContent-Disposition: form-data; name=\"temperature\"\r\n\r\n0.5\r\n"
      "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\ngpt-image-1\r\n--b--\r\n";
  HeaderField type{"content-type", "multipart/form-data; boundary=b"};
  exchange.request = {"POST", exchange.url, {}, {&type, 1}, exchange.request_body};
  CallDecoder decoder(exchange.request, exchange.arena);
  decoder.Begin({200, {}});
  decoder.Feed("{}", 1);
  ModelCall call = decoder.Finish();
  EXPECT_EQ(call.model_requested, "gpt-image-1");
  EXPECT_EQ(call.params.json, R"({"size":"1024x1024","temperature":0.5})");
  EXPECT_EQ(call.params.temperature, 0.5);
  ASSERT_EQ(call.input_messages.size(), 1u);
  EXPECT_EQ(call.input_messages[0].texts, "one\r\ntwo --b");
}

TEST(TextGenerationInference, CountsInHeaders) {
  TestExchange exchange;
  exchange.url = "http://tgi.internal:8080/generate";
  exchange.request_body = R"({"inputs":"hi","parameters":{"max_new_tokens":5}})";
  exchange.more_headers = {{"x-prompt-tokens", "4"}, {"x-generated-tokens", "5"}};
  ModelCall call = exchange.Decode(std::string(R"({"generated_text":"Hello"})"));
  EXPECT_EQ(call.output_text, "Hello");
  EXPECT_EQ(call.usage.input_tokens, 4u);
  EXPECT_EQ(call.usage.output_tokens, 5u);
  EXPECT_EQ(call.usage_origin, UsageOrigin::kHeader);
  EXPECT_EQ(call.params.max_tokens, 5);
}

TEST(Replicate, PromptsAndPictures) {
  TestExchange exchange;
  exchange.url = "https://api.replicate.com/v1/predictions";
  exchange.request_body =
      R"({"input":{"prompt":"a cat","system_prompt":"S","image":"data:image/png;base64,iVBORw0KGgo="}})";
  ModelCall call = exchange.Decode(std::string("{}"));
  ASSERT_EQ(call.input_messages.size(), 2u);
  EXPECT_EQ(call.input_messages[0].role, "system");
  EXPECT_EQ(call.input_messages[1].texts, "a cat");
  EXPECT_TRUE(call.params.json.empty());
}

}  // namespace
}  // namespace vitrine::codecs::providers
