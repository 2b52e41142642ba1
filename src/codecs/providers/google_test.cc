// Google's interfaces: the traps of WIRE-FORMATS 7.5 and 8.1.
#include <gtest/gtest.h>

#include "codecs/providers/internal/test_exchange.h"

namespace vitrine::codecs::providers {
namespace {

constexpr const char* kUrl =
    "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:generateContent";
constexpr const char* kStreamUrl =
    "https://generativelanguage.googleapis.com/v1beta/models/"
    "gemini-2.5-flash:streamGenerateContent";

TEST(GenerateContent, ThoughtsAreOutsideTheCandidates) {
  TestExchange exchange;
  exchange.url = kUrl;
  exchange.request_body =
      R"({"systemInstruction":{"parts":[{"text":"S"}]},"contents":[{"role":"user","parts":[{"text":"Hi"}]}],
          "tools":[{"functionDeclarations":[{"name":"f"}]}]})";
  ModelCall call = exchange.Decode(std::string(
      R"({"candidates":[{"content":{"role":"model","parts":[{"text":"hm","thought":true},{"text":"Hi"},
          {"functionCall":{"name":"f","args":{"a":1}}},{"executableCode":{"code":"1+1"}}]},"finishReason":"STOP"}],
          "modelVersion":"gemini-2.5-flash","responseId":"r1",
          "usageMetadata":{"promptTokenCount":100,"cachedContentTokenCount":60,"candidatesTokenCount":10,
          "thoughtsTokenCount":25,"toolUsePromptTokenCount":7,"totalTokenCount":142,
          "promptTokensDetails":[{"modality":"TEXT","tokenCount":90},{"modality":"AUDIO","tokenCount":10}]}})"));
  EXPECT_EQ(call.api, Api::kGenerateContent);
  EXPECT_EQ(call.provider, "gcp.gemini");
  EXPECT_EQ(call.model_requested, "gemini-2.5-flash");
  EXPECT_EQ(call.output_text, "Hi");
  EXPECT_EQ(call.reported.output, 10u);
  EXPECT_EQ(call.usage.input_tokens, 107u) << "what tools added to the prompt is billed";
  EXPECT_EQ(call.usage.output_tokens, 35u);
  auto buckets = model::SplitUsage(call.usage);
  EXPECT_EQ(buckets.cache_read, 60u);
  EXPECT_EQ(buckets.input, 37u);
  EXPECT_EQ(buckets.input_audio, 10u);
  EXPECT_EQ(buckets.output, 10u);
  EXPECT_EQ(buckets.reasoning, 25u);
  EXPECT_EQ(call.tool_calls[0].arguments, "{\"a\":1}");
  ASSERT_EQ(call.server_tool_calls.size(), 1u);
  EXPECT_EQ(call.server_tool_calls[0], "executableCode");
  EXPECT_EQ(call.tool_definitions.size(), 1u);
  EXPECT_EQ(call.input_messages.size(), 2u);
}

TEST(GenerateContent, StreamAsOneArray) {
  TestExchange exchange;
  exchange.url = kStreamUrl;
  ModelCall call = exchange.Decode(std::vector<std::string>{
      "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"He\"}]}}],\"usageMetadata\":{"
      "\"promptTokenCount\":4,\"candidatesTokenCount\":1}}\n",
      ",\r\n{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"llo\"}]},\"finishReason\":"
      "\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":4,\"candidatesTokenCount\":2},"
      "\"modelVersion\":\"g\"}]"});
  EXPECT_TRUE(call.is_stream);
  EXPECT_TRUE(call.is_complete);
  EXPECT_EQ(call.output_text, "Hello");
  EXPECT_EQ(call.usage.output_tokens, 2u);
  ASSERT_EQ(call.deltas.size(), 2u);
  EXPECT_EQ(call.deltas[0].offset_ns, 1'000'000u) << "an element is read as soon as it is whole";
}

TEST(GenerateContent, TheLastCandidateToFinishIsTheEnd) {
  const char* first = R"({"candidates":[{"content":{"parts":[{"text":"a"}]},"index":0},)"
                      R"({"content":{"parts":[{"text":"b"}]},"index":1}]})";
  const char* one = R"({"candidates":[{"index":0,"finishReason":"STOP"}]})";
  const char* other = R"({"candidates":[{"index":1,"finishReason":"STOP"}]})";
  TestExchange cut;
  cut.url = std::string(kStreamUrl) + "?alt=sse";
  EXPECT_FALSE(cut.DecodeEvents({first, one}).is_complete);
  TestExchange whole;
  whole.url = cut.url;
  const ModelCall call = whole.DecodeEvents({first, one, other});
  EXPECT_TRUE(call.is_complete);
  EXPECT_TRUE(call.has_end_marker);
}

TEST(GenerateContent, StreamAsEventsAndCut) {
  TestExchange exchange;
  exchange.url = std::string(kStreamUrl) + "?alt=sse";
  ModelCall call = exchange.DecodeEvents({
      R"({"candidates":[{"content":{"parts":[{"text":"He"}]},"index":0}],"responseId":"r"})",
  });
  EXPECT_TRUE(call.is_stream);
  EXPECT_FALSE(call.is_complete);
  EXPECT_TRUE(call.is_cut_off);
  EXPECT_EQ(call.output_text, "He");
  EXPECT_EQ(call.response_id, "r");
}

TEST(GenerateContent, BlockedPromptHasNoCandidates) {
  TestExchange exchange;
  exchange.url = kUrl;
  ModelCall call = exchange.Decode(std::string(
      R"({"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":4}})"));
  ASSERT_EQ(call.finish_reasons.size(), 1u);
  EXPECT_EQ(call.finish_reason, model::FinishReason::kContentFilter);
  EXPECT_FALSE(call.usage.output_tokens);
}

TEST(GenerateContent, ErrorsMayStandInAnArray) {
  TestExchange exchange;
  exchange.url = kStreamUrl;
  exchange.status = 429;
  ModelCall call = exchange.Decode(
      std::string(R"([{"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED"}}])"));
  EXPECT_EQ(call.error_type, "429");
  EXPECT_EQ(call.error_class, model::ErrorType::kRateLimit);
}

TEST(GenerateContent, ArgumentsValueByValue) {  // Vertex
  TestExchange exchange;
  exchange.url = std::string(kStreamUrl) + "?alt=sse";
  auto part = [](const std::string& call) {
    return R"({"candidates":[{"content":{"parts":[{"functionCall":)" + call + "}]}}]}";
  };
  ModelCall call = exchange.DecodeEvents({
      part(R"({"name":"f","willContinue":true})"),
      part(
          R"({"partialArgs":[{"jsonPath":"$.city","stringValue":"New ","willContinue":true}],"willContinue":true})"),
      part(R"({"partialArgs":[{"jsonPath":"$.city","stringValue":"York"},
                {"jsonPath":"$.days","numberValue":3},{"jsonPath":"$['a b'].c[0]","boolValue":true},
                {"jsonPath":"$['a b'].c[1]","nullValue":"NULL_VALUE"},{"jsonPath":"$.e","stringValue":""}],"willContinue":true})"),
      part("{}"),
      part(R"({"name":"g","args":{"x":1}})"),
      R"({"candidates":[{"finishReason":"STOP"}]})",
  });
  ASSERT_EQ(call.tool_calls.size(), 2u);
  EXPECT_EQ(call.tool_calls[0].arguments,
            R"({"city":"New York","days":3,"a b":{"c":[true,null]},"e":""})");
  EXPECT_EQ(call.tool_calls[1].arguments, R"({"x":1})");
  EXPECT_FALSE(call.is_cut_off);
  EXPECT_EQ(call.deltas.size(), 3u);
}

TEST(GenerateContent, PathsThatAreNone) {
  for (const char* path : {"", "city", "$", "$.", "$..a", "$[", "$['a", "$.a[0"}) {
    TestExchange exchange;
    exchange.url = std::string(kStreamUrl) + "?alt=sse";
    ModelCall call = exchange.DecodeEvents({
        R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","partialArgs":[{"jsonPath":")" +
            std::string(path) + R"(","stringValue":"x"}]}}]},"finishReason":"STOP"}]})",
    });
    ASSERT_EQ(call.tool_calls.size(), 1u) << path;
    EXPECT_TRUE(call.is_cut_off) << path;
  }
}

TEST(Interactions, EveryStepHasItsRole) {
  TestExchange exchange;
  exchange.url = "https://generativelanguage.googleapis.com/v1beta/interactions";
  exchange.request_body =
      R"({"model":"m","input":[{"type":"text","text":"Weather?"},
          {"type":"thought","summary":[{"type":"text","text":"hm"}]},
          {"type":"function_call","id":"c","name":"f","arguments":{"a":1}},
          {"type":"function_result","call_id":"c","name":"f","result":[{"type":"text","text":"22"}]},
          {"type":"function_result","call_id":"d","result":[{"type":"image","data":"iVBORw0KGgo=","mime_type":"image/png"}]},
          {"type":"user_input","content":[{"type":"text","text":"And?"}]}]})";
  ModelCall call = exchange.DecodeEvents({
      R"({"event_type":"step.start","index":0,"step":{"type":"google_search_call","id":"s","arguments":{"queries":["q"]}}})",
      R"({"event_type":"step.delta","index":1,"delta":{"type":"image","data":"iVBORw0KGgo=","mime_type":"image/png"}})",
      R"({"event_type":"interaction.completed","interaction":{"id":"i","status":"completed"}})",
  });
  std::vector<std::string> said;
  for (const model::Message& message : call.input_messages) {
    said.push_back(std::string(message.role) + " " + Parts(message));
  }
  EXPECT_EQ(
      said,
      (std::vector<std::string>{
          R"(user [{"type":"text","content":"Weather?"}])",
          R"(assistant [{"type":"reasoning","content":"hm"}])",
          R"(assistant [{"type":"tool_call","id":"c","name":"f","arguments":"{\"a\":1}"}])",
          R"(tool [{"type":"tool_call_response","id":"c","name":"f","response":"22"}])",
          R"(tool [{"type":"tool_call_response","id":"d","response":""},{"type":"blob","modality":"image","mime_type":"image/png","attachment":"a"}])",
          R"(user [{"type":"text","content":"And?"}])"}));
  ASSERT_EQ(call.output_messages.size(), 1u);
  EXPECT_TRUE(call.output_messages[0].parts_template.contains("google_search"));
  EXPECT_EQ(call.output_messages[0].attachments.size(), 1u);
}

TEST(Interactions, StreamOfSteps) {
  TestExchange exchange;
  exchange.url = "https://generativelanguage.googleapis.com/v1beta/interactions";
  ModelCall call = exchange.DecodeEvents({
      R"({"interaction":{"id":"i1","status":"in_progress","model":"g"},"event_type":"interaction.created"})",
      R"({"index":0,"delta":{"text":"Hi","type":"text"},"event_type":"step.delta"})",
      R"({"interaction":{"id":"i1","status":"completed","usage":{"total_input_tokens":5,"total_output_tokens":2,"total_thought_tokens":3,"total_tokens":10}},"event_type":"interaction.completed"})",
  });
  EXPECT_EQ(call.api, Api::kInteractions);
  EXPECT_TRUE(call.is_complete);
  EXPECT_EQ(call.response_status, "completed");
  EXPECT_EQ(call.output_text, "Hi");
  EXPECT_EQ(call.usage.output_tokens, 5u) << "the total says that thoughts stand outside";
}

TEST(Embeddings, GoogleShapes) {
  TestExchange exchange;
  exchange.url =
      "https://generativelanguage.googleapis.com/v1beta/models/gemini-embedding-001:embedContent";
  exchange.request_body = R"({"content":{"parts":[{"text":"a"}]}})";
  ModelCall call = exchange.Decode(std::string(R"({"embedding":{"values":[0.1,0.2]}})"));
  EXPECT_EQ(call.kind, model::SpanKind::kEmbedding);
  EXPECT_EQ(call.embedding_dimensions, 2u);
  EXPECT_EQ(call.input_messages.size(), 1u);

  TestExchange vertex;
  vertex.url =
      "https://aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/google/models/"
      "text-embedding-005:predict";
  vertex.request_body = R"({"instances":[{"content":"a"},{"content":"b"}]})";
  call = vertex.Decode(std::string(
      R"({"predictions":[{"embeddings":{"values":[1,2,3],"statistics":{"token_count":2}}},
          {"embeddings":{"values":[1,2,3],"statistics":{"token_count":3}}}]})"));
  EXPECT_EQ(call.usage.input_tokens, 5u);
  EXPECT_EQ(call.embedding_count, 2u);
  EXPECT_EQ(call.embedding_dimensions, 3u);
}

}  // namespace
}  // namespace vitrine::codecs::providers
