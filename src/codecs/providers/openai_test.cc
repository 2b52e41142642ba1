// OpenAI's interfaces and those who speak them: the traps of WIRE-FORMATS 7.1, 7.2, 7.7, 7.9, 10.
#include <gtest/gtest.h>

#include "codecs/providers/internal/test_exchange.h"

namespace vitrine::codecs::providers {
namespace {

TEST(Chat, WholeAnswer) {
  TestExchange exchange;
  exchange.request_body =
      R"({"model":"gpt-5","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"}],
          "tools":[{"type":"function","function":{"name":"add","parameters":{"type":"object"}}}],
          "temperature":0.5,"max_completion_tokens":100})";
  ModelCall call = exchange.Decode(std::string(
      R"({"id":"chatcmpl-1","model":"gpt-5-2025-08-07","system_fingerprint":"fp","service_tier":"default",
          "choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":null,
          "tool_calls":[{"id":"call_1","type":"function","function":{"name":"add","arguments":"{\"a\":1}"}}]}}],
          "usage":{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,
          "prompt_tokens_details":{"cached_tokens":40},"completion_tokens_details":{"reasoning_tokens":30}}})"));
  EXPECT_EQ(call.api, Api::kChatCompletions);
  EXPECT_EQ(call.kind, model::SpanKind::kLlm);
  EXPECT_EQ(call.provider, "openai");
  EXPECT_EQ(call.model_requested, "gpt-5");
  EXPECT_EQ(call.model_responded, "gpt-5-2025-08-07");
  EXPECT_EQ(call.response_id, "chatcmpl-1");
  EXPECT_EQ(call.params.json, R"({"temperature":0.5,"max_completion_tokens":100})");
  EXPECT_EQ(call.params.max_tokens, 100);
  EXPECT_EQ(call.service_tier, "default");
  EXPECT_EQ(call.finish_reason, model::FinishReason::kToolCall);
  ASSERT_EQ(call.tool_calls.size(), 1u);
  EXPECT_EQ(call.tool_calls[0].name, "add");
  EXPECT_EQ(call.tool_calls[0].arguments, "{\"a\":1}");
  EXPECT_EQ(call.usage.input_tokens, 100u);
  auto buckets = model::SplitUsage(call.usage);
  EXPECT_EQ(buckets.input, 60u);
  EXPECT_EQ(buckets.cache_read, 40u);
  EXPECT_EQ(buckets.output, 20u);
  EXPECT_EQ(buckets.reasoning, 30u);
  ASSERT_EQ(call.input_messages.size(), 2u);
  EXPECT_EQ(call.input_messages[0].role, "system");
  EXPECT_TRUE(call.input_messages[1].is_new);
  EXPECT_EQ(call.tool_definitions.size(), 1u);
  ASSERT_EQ(call.output_messages.size(), 1u);
  EXPECT_EQ(Parts(call.output_messages[0]),
            R"([{"type":"tool_call","id":"call_1","name":"add","arguments":"{\"a\":1}"}])");
  EXPECT_TRUE(call.is_complete);
  EXPECT_FALSE(call.is_stream);
}

TEST(Chat, StreamWithFragmentsAndUsageInTheEnd) {
  TestExchange exchange;
  exchange.request_body = R"({"model":"gpt-4o","stream":true,"messages":[]})";
  ModelCall call = exchange.DecodeEvents({
      R"({"id":"c1","model":"gpt-4o-1","choices":[{"index":0,"delta":{"role":"assistant","content":""}}],"usage":null})",
      R"({"id":"c1","choices":[{"index":0,"delta":{"content":"Hel"}}],"usage":null})",
      R"({"id":"c1","choices":[{"index":0,"delta":{"content":"lo"}}]})",
      R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":""}}]}}]})",
      R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"{}"}}]}}]})",
      R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\":"}}]}}]})",
      R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}}]})",
      R"({"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]})",
      R"({"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}})",
      "[DONE]",
  });
  EXPECT_TRUE(call.is_stream);
  EXPECT_TRUE(call.stream_requested);
  EXPECT_TRUE(call.is_complete);
  EXPECT_TRUE(call.has_end_marker);
  EXPECT_FALSE(call.is_cut_off);
  EXPECT_EQ(call.output_text, "Hello");
  ASSERT_EQ(call.tool_calls.size(), 2u);
  EXPECT_EQ(call.tool_calls[0].arguments, "{\"x\":1}");
  EXPECT_EQ(call.tool_calls[1].name, "g");
  EXPECT_EQ(call.usage.output_tokens, 7u);
  EXPECT_EQ(call.usage.source, model::UsageSource::kProvider);
  // A role is no content, and neither is a name without arguments.
  ASSERT_EQ(call.deltas.size(), 5u);
  EXPECT_EQ(call.deltas[0].offset_ns, 2'000'000u);
  EXPECT_EQ(call.deltas[0].size, 3u);
  EXPECT_FALSE(call.deltas[1].is_merged);
}

TEST(Chat, DeltasOfOneReadAreMerged) {
  TestExchange exchange;
  exchange.content_type = "text/event-stream";
  std::string one = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"ab\"}}]}\n\n";
  ModelCall call = exchange.Decode({one + one, one.substr(0, 20), one.substr(20)});
  ASSERT_EQ(call.deltas.size(), 3u);
  EXPECT_FALSE(call.deltas[0].is_merged);
  EXPECT_TRUE(call.deltas[1].is_merged);
  EXPECT_FALSE(call.deltas[2].is_merged);
  EXPECT_EQ(call.deltas[2].offset_ns, 3'000'000u);
  EXPECT_EQ(call.output_text, "ababab");
}

TEST(Chat, CutStreamKeepsWhatWasSeen) {
  TestExchange exchange;
  ModelCall call = exchange.DecodeEvents({
      R"({"id":"c1","model":"m","choices":[{"index":0,"delta":{"content":"partial"}}]})",
      R"({"choices":[{"index":0,"delta":{"conte)",
  });
  EXPECT_EQ(call.output_text, "partial");
  EXPECT_FALSE(call.is_complete);
  EXPECT_TRUE(call.is_cut_off);
  EXPECT_EQ(call.error_class, model::ErrorType::kPartial);
  EXPECT_EQ(call.usage.source, model::UsageSource::kMissing);
  EXPECT_FALSE(call.usage.output_tokens);
}

TEST(Chat, ErrorInsideA200Stream) {
  TestExchange exchange;
  ModelCall call = exchange.DecodeEvents({
      R"({"choices":[{"index":0,"delta":{"content":"a"}}]})",
      R"({"error":{"message":"Rate limit reached","type":"rate_limit_error","code":429}})",
  });
  EXPECT_TRUE(call.is_error);
  EXPECT_EQ(call.error_type, "rate_limit_error");
  EXPECT_EQ(call.error_class, model::ErrorType::kRateLimit);
  EXPECT_EQ(call.output_text, "a");
}

TEST(Chat, ErrorsWithStatus) {
  TestExchange exchange;
  exchange.status = 401;
  ModelCall call = exchange.Decode(std::string(
      R"({"error":{"message":"Incorrect API key","type":"","code":"invalid_api_key"}})"));
  EXPECT_TRUE(call.is_error);
  EXPECT_EQ(call.error_type, "invalid_api_key");
  EXPECT_EQ(call.error_class, model::ErrorType::kAuth);

  TestExchange flat;
  flat.status = 400;
  call = flat.Decode(std::string(
      R"({"object":"error","message":"too long","type":"BadRequestError","code":400})"));
  EXPECT_EQ(call.error_type, "BadRequestError");
  EXPECT_EQ(call.error_message, "too long");

  TestExchange html;
  html.status = 502;
  html.content_type = "text/html";
  call = html.Decode(std::string("<html>Bad gateway</html>"));
  EXPECT_TRUE(call.is_error);
  EXPECT_EQ(call.error_class, model::ErrorType::kProvider5xx);
  EXPECT_FALSE(call.is_cut_off);
}

TEST(Chat, SeveralChoicesInOrder) {
  TestExchange exchange;
  ModelCall call = exchange.DecodeEvents({
      R"({"choices":[{"index":1,"delta":{"content":"B"}},{"index":0,"delta":{"content":"A"}}]})",
      R"({"choices":[{"index":1,"delta":{},"finish_reason":"length"}]})",
      R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})",
  });
  EXPECT_EQ(call.output_text, "AB");
  ASSERT_EQ(call.finish_reasons.size(), 2u);
  EXPECT_EQ(call.finish_reasons[0], "stop");
  EXPECT_EQ(call.finish_reasons[1], "length");
  EXPECT_TRUE(call.is_complete) << "every choice finished, though [DONE] never came";
  EXPECT_FALSE(call.has_end_marker);
  ASSERT_EQ(call.output_messages.size(), 2u);
  EXPECT_EQ(call.output_messages[1].choice, 1u);
  EXPECT_EQ(call.output_messages[1].finish_reason, "length");
}

TEST(Chat, RunningUsageLastWins) {  // vLLM's continuous_usage_stats
  TestExchange exchange;
  ModelCall call = exchange.DecodeEvents({
      R"({"choices":[{"index":0,"delta":{"content":"a"}}],"usage":{"prompt_tokens":3,"completion_tokens":1}})",
      R"({"choices":[{"index":0,"delta":{"content":"b"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}})",
      "[DONE]",
  });
  EXPECT_EQ(call.usage.output_tokens, 2u);
}

TEST(Chat, ReasoningOutsideTheCompletionIsAdded) {  // xAI
  TestExchange exchange;
  exchange.url = "https://api.x.ai/v1/chat/completions";
  ModelCall call = exchange.Decode(std::string(
      R"({"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":115,
          "completion_tokens_details":{"reasoning_tokens":100}}})"));
  EXPECT_EQ(call.provider, "x_ai");
  EXPECT_EQ(call.reported.output, 5u);
  EXPECT_EQ(call.usage.output_tokens, 105u);
  EXPECT_EQ(model::SplitUsage(call.usage).output, 5u);
}

TEST(Chat, SoundOutsideThePromptIsAdded) {  // Mistral
  TestExchange exchange;
  exchange.url = "https://api.mistral.ai/v1/chat/completions";
  ModelCall call = exchange.Decode(std::string(
      R"({"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":248,"total_tokens":632,
          "prompt_tokens_details":{"cached_tokens":0,"audio_tokens":375}}})"));
  EXPECT_EQ(call.usage.input_tokens, 384u);
  EXPECT_EQ(model::SplitUsage(call.usage).input, 9u);
}

TEST(Chat, CacheBeyondThePromptWasOutside) {  // Grok on Azure
  TestExchange exchange;
  exchange.url = "https://r.services.ai.azure.com/models/chat/completions";
  ModelCall call = exchange.Decode(std::string(
      R"({"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":1,"total_tokens":8,
          "prompt_tokens_details":{"cached_tokens":161}}})"));
  EXPECT_TRUE(call.usage.assumed_exclusive);
  EXPECT_EQ(call.usage.input_tokens, 168u);
}

TEST(Chat, ThoughtsOnlyInTheTotal) {  // Gemini's OpenAI endpoint
  TestExchange exchange;
  exchange.url = "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions";
  ModelCall call = exchange.Decode(std::string(
      R"({"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":45}})"));
  EXPECT_EQ(call.api, Api::kChatCompletions);
  EXPECT_EQ(call.usage.reasoning_tokens, 30u);
  EXPECT_EQ(call.usage.output_tokens, 35u);
}

TEST(Chat, OtherSpellings) {
  TestExchange deepseek;
  deepseek.url = "https://api.deepseek.com/chat/completions";
  ModelCall call = deepseek.Decode(std::string(
      R"({"choices":[{"index":0,"message":{"reasoning_content":"hm","content":"ok"},"finish_reason":"stop"}],
          "usage":{"prompt_tokens":20,"completion_tokens":5,"total_tokens":25,"prompt_cache_hit_tokens":8,"prompt_cache_miss_tokens":12}})"));
  EXPECT_EQ(call.usage.cached_input_tokens, 8u);
  EXPECT_EQ(Parts(call.output_messages[0]),
            R"([{"type":"reasoning","content":"hm"},{"type":"text","content":"ok"}])");

  TestExchange groq;
  groq.url = "https://api.groq.com/openai/v1/chat/completions";
  call = groq.DecodeEvents({
      R"({"choices":[{"index":0,"delta":{"content":"x"}}],"x_groq":{"id":"req"}})",
      R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"x_groq":{"usage":{"prompt_tokens":4,"completion_tokens":6}}})",
  });
  EXPECT_EQ(call.usage.input_tokens, 4u);

  TestExchange mistral;
  mistral.url = "https://api.mistral.ai/v1/chat/completions";
  call = mistral.DecodeEvents({
      R"({"choices":[{"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]}}]})",
      R"({"choices":[{"index":0,"delta":{"content":"ok"},"finish_reason":"stop"}]})",
  });
  EXPECT_EQ(call.output_text, "ok");
  EXPECT_EQ(Parts(call.output_messages[0]),
            R"([{"type":"reasoning","content":"hm"},{"type":"text","content":"ok"}])");
}

TEST(Chat, AzureBeginsWithoutAModel) {
  TestExchange exchange;
  exchange.url =
      "https://r.openai.azure.com/openai/deployments/my-gpt/chat/"
      "completions?api-version=2024-10-21";
  ModelCall call = exchange.DecodeEvents({
      R"({"choices":[],"model":"","id":"","prompt_filter_results":[]})",
      R"({"choices":[{"index":0,"delta":{"content":"x"},"finish_reason":"stop"}],"model":"gpt-4o","id":"c"})",
      "[DONE]",
  });
  EXPECT_EQ(call.provider, "azure.ai.openai");
  EXPECT_EQ(call.model_requested, "my-gpt");
  EXPECT_EQ(call.model_responded, "gpt-4o");
  EXPECT_EQ(call.response_id, "c");
}

TEST(Responses, StreamEndsWithTheWholeAnswer) {
  TestExchange exchange;
  exchange.url = "https://api.openai.com/v1/responses";
  exchange.request_body =
      R"({"model":"gpt-5","input":"hi","instructions":"Be brief.","stream":true})";
  ModelCall call = exchange.DecodeEvents({
      R"({"type":"response.created","response":{"id":"resp_1","model":"gpt-5","status":"in_progress","output":[],"usage":null}})",
      R"({"type":"response.output_item.added","output_index":0,"item":{"type":"message","content":[]}})",
      R"({"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"Hi"})",
      R"({"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"!"})",
      R"({"type":"response.output_text.done","output_index":0,"content_index":0,"text":"Hi!"})",
      R"({"type":"response.completed","response":{"id":"resp_1","model":"gpt-5","status":"completed","output":[
          {"type":"web_search_call","id":"ws","status":"completed","action":{"query":"q"}},
          {"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hi!"}]},
          {"type":"function_call","call_id":"c","name":"f","arguments":"{}"}],
          "usage":{"input_tokens":10,"output_tokens":4,"total_tokens":14,"input_tokens_details":{"cached_tokens":2}}}})",
  });
  EXPECT_EQ(call.api, Api::kResponses);
  EXPECT_TRUE(call.is_complete);
  EXPECT_EQ(call.output_text, "Hi!");
  EXPECT_EQ(call.response_status, "completed");
  EXPECT_EQ(call.deltas.size(), 2u) << "what is said again is no delta";
  ASSERT_EQ(call.server_tool_calls.size(), 1u);
  EXPECT_EQ(call.server_tool_calls[0], "web_search_call");
  ASSERT_EQ(call.tool_calls.size(), 1u);
  EXPECT_EQ(call.finish_reason, model::FinishReason::kToolCall);
  ASSERT_EQ(call.input_messages.size(), 2u);
  EXPECT_EQ(call.input_messages[0].role, "system");
}

TEST(Responses, CutStreamHasThePieces) {
  TestExchange exchange;
  exchange.url = "https://api.openai.com/v1/responses";
  ModelCall call = exchange.DecodeEvents({
      R"({"type":"response.created","response":{"id":"resp_1","model":"gpt-5","status":"in_progress"}})",
      R"({"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","call_id":"c","name":"f","arguments":""}})",
      R"({"type":"response.function_call_arguments.delta","output_index":0,"delta":"{\"a\""})",
      R"({"type":"response.output_text.delta","output_index":1,"content_index":0,"delta":"Hi"})",
  });
  EXPECT_FALSE(call.is_complete);
  EXPECT_TRUE(call.is_cut_off);
  EXPECT_EQ(call.output_text, "Hi");
  ASSERT_EQ(call.tool_calls.size(), 1u);
  EXPECT_EQ(call.tool_calls[0].arguments, "{\"a\"");
}

TEST(Responses, IncompleteAndFailed) {
  TestExchange incomplete;
  incomplete.url = "https://api.openai.com/v1/responses";
  ModelCall call = incomplete.Decode(std::string(
      R"({"id":"r","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[]})"));
  EXPECT_EQ(call.response_status, "incomplete");
  EXPECT_EQ(call.finish_reason, model::FinishReason::kLength);

  TestExchange failed;
  failed.url = "https://api.openai.com/v1/responses";
  call = failed.DecodeEvents({
      R"({"type":"response.failed","response":{"id":"r","status":"failed","error":{"code":"server_error","message":"oops"}}})",
  });
  EXPECT_TRUE(call.is_error);
  EXPECT_EQ(call.error_type, "server_error");
  EXPECT_EQ(call.finish_reason, model::FinishReason::kError);
}

TEST(Embeddings, ShapesWithoutVectors) {
  TestExchange exchange;
  exchange.url = "https://api.openai.com/v1/embeddings";
  exchange.request_body = R"({"model":"text-embedding-3-small","input":["a","b"]})";
  ModelCall call = exchange.Decode(std::string(
      R"({"model":"text-embedding-3-small","data":[{"embedding":"AAAAAAAAgD8AAABA"},{"embedding":"AAAAAAAAgD8AAABA"}],
          "usage":{"prompt_tokens":2,"total_tokens":2}})"));
  EXPECT_EQ(call.kind, model::SpanKind::kEmbedding);
  EXPECT_EQ(call.embedding_count, 2u);
  EXPECT_EQ(call.embedding_dimensions, 3u);
  EXPECT_EQ(call.usage.input_tokens, 2u);
  ASSERT_EQ(call.input_messages.size(), 2u);
  EXPECT_EQ(call.input_messages[0].role, "input");
}

TEST(ChatStream, ARepeatedNameGoesOnUntilTheArgumentsAreWhole) {
  TestExchange exchange;
  const ModelCall call = exchange.DecodeEvents({
      R"({"choices":[{"delta":{"tool_calls":[{"function":{"name":"f","arguments":"{\"a\":{\"b\":1}"}}]}}]})",
      R"({"choices":[{"delta":{"tool_calls":[{"function":{"name":"f","arguments":",\"c\":2}"}}]}}]})",
      R"({"choices":[{"delta":{"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}}]})",
      "[DONE]",
  });
  ASSERT_EQ(call.tool_calls.size(), 2u);
  EXPECT_EQ(call.tool_calls[0].arguments, "{\"a\":{\"b\":1},\"c\":2}");
  EXPECT_EQ(call.tool_calls[1].arguments, "{}");
}

TEST(ChatStream, FragmentsWithoutIndexOrIdGoOnWithTheLastCall) {
  TestExchange exchange;
  const ModelCall call = exchange.DecodeEvents({
      R"({"choices":[{"delta":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":""}}]}}]})",
      R"({"choices":[{"delta":{"tool_calls":[{"function":{"arguments":"{\"x\":"}}]}}]})",
      R"({"choices":[{"delta":{"tool_calls":[{"function":{"arguments":"1}"}}]}}]})",
      R"({"choices":[{"delta":{"tool_calls":[{"id":"b","function":{"name":"f","arguments":""}}]}}]})",
      R"({"choices":[{"delta":{"tool_calls":[{"function":{"arguments":"{\"x\":2}"}}]}}]})",
      "[DONE]",
  });
  ASSERT_EQ(call.tool_calls.size(), 2u);
  EXPECT_EQ(call.tool_calls[0].arguments, R"({"x":1})");
  EXPECT_EQ(call.tool_calls[1].id, "b");
  EXPECT_EQ(call.tool_calls[1].arguments, R"({"x":2})");
}

TEST(ChatStream, WholeCallsWithoutIndexOrIdStayApart) {
  TestExchange exchange;
  const ModelCall call = exchange.DecodeEvents({
      R"({"choices":[{"delta":{"tool_calls":[{"function":{"name":"f","arguments":"{\"x\":1}"}}]}}]})",
      R"({"choices":[{"delta":{"tool_calls":[{"function":{"name":"g","arguments":"{}"}}]}}]})",
      R"({"choices":[{"delta":{"tool_calls":[{"function":{"name":"g","arguments":"{}"}}]}}]})",
      "[DONE]",
  });
  ASSERT_EQ(call.tool_calls.size(), 3u);
  EXPECT_EQ(call.tool_calls[0].arguments, R"({"x":1})");
  EXPECT_EQ(call.tool_calls[1].name, "g");
  EXPECT_EQ(call.tool_calls[2].arguments, "{}");
}

TEST(ResponsesStream, SpeechIsKeptWhereTheLastEventLeavesItOut) {
  TestExchange exchange;
  exchange.url = "https://api.openai.com/v1/responses";
  const ModelCall call = exchange.DecodeEvents({
      R"({"type":"response.audio.delta","delta":"AQID"})",
      R"({"type":"response.audio.transcript.delta","delta":"spo"})",
      R"({"type":"response.audio.transcript.delta","delta":"ken"})",
      R"({"type":"response.completed","response":{"id":"r","status":"completed","output":[]}})",
  });
  EXPECT_EQ(call.output_text, "") << "a transcript is no text that the model wrote";
  ASSERT_EQ(call.output_messages.size(), 1u);
  EXPECT_EQ(call.output_messages[0].texts, "spoken");
  EXPECT_EQ(call.output_messages[0].attachments.size(), 1u);
}

TEST(Usage, GeminisThoughtsStandInTheTotalThroughAnyServer) {
  TestExchange exchange;
  exchange.url = "https://llm.example.com/v1/chat/completions";
  const ModelCall call = exchange.Decode(std::string(
      R"({"id":"c","model":"gemini-2.5-flash","choices":[{"message":{"content":"x"}}],
          "usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":40}})"));
  EXPECT_EQ(call.usage.output_tokens, 30u);
  EXPECT_EQ(call.usage.reasoning_tokens, 25u);
}

TEST(Chat, GroqSaysWhyAStreamEndedEarly) {
  TestExchange exchange;
  exchange.url = "https://api.groq.com/openai/v1/chat/completions";
  ModelCall call = exchange.DecodeEvents({
      R"({"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"He"}}],"x_groq":{"id":"req_1"}})",
      R"({"id":"c","model":"m","choices":[],"x_groq":{"id":"req_1","error":"over capacity"}})",
      "[DONE]",
  });
  EXPECT_TRUE(call.is_error);
  EXPECT_EQ(call.error_message, "over capacity");
  EXPECT_EQ(call.output_text, "He");
}

TEST(Transcriptions, AStreamMaySendItsTextAtTheEndAlone) {
  TestExchange exchange;
  exchange.url = "https://api.openai.com/v1/audio/transcriptions";
  ModelCall call = exchange.DecodeEvents({R"({"type":"transcript.text.done","text":"Hello"})"});
  EXPECT_EQ(call.output_text, "Hello");
  EXPECT_TRUE(call.is_complete);
}

}  // namespace
}  // namespace vitrine::codecs::providers
