// Genkit's spans: `genkit:*`.
#include <gtest/gtest.h>

#include "codecs/content/message_builder.h"
#include "codecs/dialects/internal/test_span.h"

namespace vitrine::codecs::dialects {
namespace {

TEST(Genkit, AModelsActionIsACall) {
  TestSpan span({{"genkit:type", Text("action")},
                 {"genkit:metadata:subtype", Text("model")},
                 {"genkit:name", Text("googleai/gemini-2.5-flash")},
                 {"genkit:input", Text(R"({"messages":[
                     {"role":"system","content":[{"text":"be kind"}]},
                     {"role":"user","content":[{"text":"hi"},
                      {"media":{"url":"https://x/y.png","contentType":"image/png"}}]},
                     {"role":"model","content":[{"toolRequest":{"ref":"0","name":"f","input":{"a":1}}}]},
                     {"role":"tool","content":[{"toolResponse":{"ref":"0","name":"f","output":"r"}}]}],
                     "tools":[{"name":"f","description":"d","inputSchema":{"type":"object"}}]})")},
                 {"genkit:output", Text(R"({"message":{"role":"model","content":[
                     {"reasoning":"hm"},{"text":"yo"}]},"finishReason":"length",
                     "usage":{"inputTokens":100,"outputTokens":20,"thoughtsTokens":30,
                              "cachedContentTokens":40,"totalTokens":150}})")},
                 {"genkit:state", Text("success")}},
                "genkit-tracer", "googleai/gemini-2.5-flash");
  EXPECT_EQ(span->kind, model::SpanKind::kLlm);
  EXPECT_EQ(span->dialect, "genkit");
  EXPECT_EQ(span->provider, "gcp.gemini");
  EXPECT_EQ(span->request_model, "gemini-2.5-flash");
  EXPECT_EQ(span->usage.input_tokens, 100u);
  EXPECT_EQ(span->usage.cached_input_tokens, 40u);
  EXPECT_EQ(span->usage.output_tokens, 50u);
  EXPECT_EQ(span->usage.reasoning_tokens, 30u);
  EXPECT_EQ(span->finish_reason, model::FinishReason::kLength);
  EXPECT_EQ(span->input_preview, "hi");
  EXPECT_EQ(span->output_preview, "yo");
  ASSERT_EQ(span->input_messages.size(), 4u);
  EXPECT_EQ(PartsJson(span->input_messages[2], {}).value_or(""),
            R"([{"type":"tool_call","id":"0","name":"f","arguments":"{\"a\":1}"}])");
  EXPECT_EQ(PartsJson(span->input_messages[3], {}).value_or(""),
            R"([{"type":"tool_call_response","id":"0","name":"f","response":"r"}])");
  EXPECT_EQ(span->tool_definitions.size(), 1u);
}

TEST(Genkit, OtherActionsAreNoCalls) {
  auto kind = [](std::string_view type, std::string_view subtype) {
    TestSpan span({{"genkit:type", Text(type)}, {"genkit:metadata:subtype", Text(subtype)}});
    return span->kind;
  };
  EXPECT_EQ(kind("action", "tool"), model::SpanKind::kTool);
  EXPECT_EQ(kind("action", "flow"), model::SpanKind::kWorkflow);
  EXPECT_EQ(kind("action", "embedder"), model::SpanKind::kEmbedding);
  EXPECT_EQ(kind("action", "retriever"), model::SpanKind::kRetrieval);
  TestSpan util({{"genkit:type", Text("util")}, {"genkit:output", Text(R"({"message":{"role":
      "model","content":[{"text":"yo"}]},"usage":{"inputTokens":1,"outputTokens":2}})")}});
  EXPECT_EQ(util->kind, model::SpanKind::kWorkflow);
  EXPECT_FALSE(util->usage.has_any()) << "what the model's own action says";
}

}  // namespace
}  // namespace vitrine::codecs::dialects
