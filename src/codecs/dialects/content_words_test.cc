// What was said, in shapes of older generations and of single senders.
#include <gtest/gtest.h>

#include "codecs/content/message_builder.h"
#include "codecs/dialects/internal/test_span.h"
#include "codecs/otlp/otlp_decode.h"

namespace vitrine::codecs::dialects {
namespace {

std::string Parts(const model::Message& message) {
  return PartsJson(message, {}).value_or("unreadable");
}

TEST(ContentWords, AToolsInputIsWhatItWasGivenAndNotItsSchema) {
  TestSpan span({{"openinference.span.kind", Text("TOOL")},
                 {"tool.name", Text("f")},
                 {"tool.parameters", Text(R"({"type":"object"})")},
                 {"input.value", Text(R"({"a":1})")}});
  ASSERT_EQ(span->input_messages.size(), 1u);
  EXPECT_EQ(span->input_messages[0].texts, R"({"a":1})");
  ASSERT_EQ(span->attributes.size(), 1u);
  EXPECT_EQ(span->attributes[0].key, "tool.parameters");
  TestSpan alone({{"openinference.span.kind", Text("TOOL")}, {"tool.parameters", Text("{}")}});
  EXPECT_EQ(alone->input_messages.size(), 1u);
}

TEST(ContentWords, ARetrieversQueryIsTakenOutOfItsArguments) {
  TestSpan span({{"langsmith.span.kind", Text("retriever")},
                 {"gen_ai.prompt", Text(R"({"query":"what is it","k":4})")}});
  EXPECT_EQ(span->retrieval_query, "what is it");
  TestSpan text({{"langsmith.span.kind", Text("retriever")}, {"gen_ai.prompt", Text("{curly}")}});
  EXPECT_EQ(text->retrieval_query, "{curly}");
}

TEST(ContentWords, NamesOf2023) {
  TestSpan span({{"llm.request.type", Text("chat")},
                 {"llm.vendor", Text("OpenAI")},
                 {"llm.request.model", Text("gpt-4")},
                 {"llm.request.max_tokens", Number(5)},
                 {"llm.usage.prompt_tokens", Number(42)},
                 {"llm.usage.completion_tokens", Number(17)},
                 {"llm.usage.total_tokens", Number(59)},
                 {"llm.prompts.0.role", Text("user")},
                 {"llm.prompts.0.content", Text("hi")},
                 {"llm.completions.0.role", Text("assistant")},
                 {"llm.completions.0.content", Text("yo")},
                 {"llm.completions.0.finish_reason", Text("length")}});
  EXPECT_EQ(span->provider, "openai");
  EXPECT_EQ(span->max_tokens, 5u);
  EXPECT_EQ(span->usage.input_tokens, 42u);
  EXPECT_EQ(span->usage.output_tokens, 17u);
  EXPECT_EQ(span->input_preview, "hi");
  EXPECT_EQ(span->output_preview, "yo");
  EXPECT_EQ(span->finish_reason, model::FinishReason::kLength);
  EXPECT_TRUE(span->attributes.empty());
}

TEST(ContentWords, OpenInferencesNumberedTextsStayTexts) {
  TestSpan span({{"openinference.span.kind", Text("LLM")},
                 {"llm.prompts.0.prompt.text", Text("once upon")},
                 {"llm.choices.0.completion.text", Text("a time")}});
  EXPECT_EQ(span->input_preview, "once upon");
  EXPECT_EQ(span->output_preview, "a time");
}

TEST(ContentWords, SemanticKernelsFirstCounts) {
  TestSpan span({{"gen_ai.operation.name", Text("chat.completions")},
                 {"gen_ai.response.prompt_tokens", Number(42)},
                 {"gen_ai.response.completion_tokens", Number(17)}});
  EXPECT_EQ(span->usage.input_tokens, 42u);
  EXPECT_EQ(span->usage.output_tokens, 17u);
}

TEST(ContentWords, TranscriptsStayWithWhatIsOnlyNamed) {
  TestSpan span({{"gen_ai.operation.name", Text("chat")}, {"gen_ai.input.messages", Text(R"([
      {"role":"user","parts":[
        {"type":"uri","modality":"audio","uri":"https://x/a.mp3","transcript":"spoken"},
        {"type":"file","modality":"audio","file_id":"f1","transcript":"said"}]}])")}});
  ASSERT_EQ(span->input_messages.size(), 1u);
  EXPECT_EQ(Parts(span->input_messages[0]),
            R"([{"type":"uri","modality":"audio","uri":"https://x/a.mp3","transcript":"spoken"},)"
            R"({"type":"file","modality":"audio","file_id":"f1","transcript":"said"}])");
}

TEST(ContentWords, ToolMessagesOfEventListsKeepTheirCall) {
  TestSpan span({{"gen_ai.operation.name", Text("chat")}, {"events", Text(R"([
      {"role":"tool","id":"c","name":"f","content":"r","event.name":"gen_ai.tool.message"}])")}},
                "pydantic-ai");
  ASSERT_EQ(span->input_messages.size(), 1u);
  EXPECT_EQ(Parts(span->input_messages[0]),
            R"([{"type":"tool_call_response","id":"c","name":"f","response":"r"}])");
}

TEST(ContentWords, ChoiceEventsTellMoreThanText) {
  constexpr std::string_view kLogs = R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{
      "timeUnixNano":"1795000000000000000","eventName":"gen_ai.choice",
      "traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174",
      "body":{"kvlistValue":{"values":[
        {"key":"finish_reason","value":{"stringValue":"stop"}},
        {"key":"message","value":{"kvlistValue":{"values":[
          {"key":"role","value":{"stringValue":"assistant"}},
          {"key":"reasoning_content","value":{"stringValue":"hm"}},
          {"key":"refusal","value":{"stringValue":"no"}}]}}}]}}}]}]}]})";
  OtlpLogs logs;
  ASSERT_TRUE(DecodeLogsJson(kLogs, logs));
  model::SpanBatch batch;
  Normalizer::AppendLogs(logs, batch);
  ASSERT_EQ(batch.spans.size(), 1u);
  ASSERT_EQ(batch.spans[0].output_messages.size(), 1u);
  EXPECT_EQ(Parts(batch.spans[0].output_messages[0]),
            R"([{"type":"reasoning","content":"hm"},{"type":"refusal","content":"no"}])");
  EXPECT_TRUE(batch.spans[0].refusal);
}

TEST(ContentWords, EventsOfAzuresSdksHoldTheirBodyInAnAttribute) {
  constexpr std::string_view kSpans = R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"chat",
      "traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174",
      "attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}}],
      "events":[
        {"name":"gen_ai.user.message","attributes":[{"key":"gen_ai.event.content",
         "value":{"stringValue":"{\"content\":\"hi\"}"}}]},
        {"name":"gen_ai.tool.message","attributes":[{"key":"gen_ai.event.content",
         "value":{"stringValue":"{\"content\":\"r\",\"id\":\"c\"}"}}]},
        {"name":"gen_ai.choice","attributes":[{"key":"gen_ai.event.content","value":{"stringValue":
         "{\"message\":{\"content\":\"yo\"},\"finish_reason\":\"length\",\"index\":0}"}}]}]}]}]}]})";
  OtlpTraces traces;
  ASSERT_TRUE(DecodeTracesJson(kSpans, traces));
  model::SpanBatch batch;
  Normalizer::AppendTraces(traces, batch);
  const model::Span& span = batch.spans.at(0);
  EXPECT_EQ(span.input_preview, "hi");
  ASSERT_EQ(span.input_messages.size(), 2u);
  EXPECT_EQ(Parts(span.input_messages[1]),
            R"([{"type":"tool_call_response","id":"c","response":"r"}])");
  EXPECT_EQ(span.output_preview, "yo");
  EXPECT_EQ(span.finish_reason, model::FinishReason::kLength);
}

TEST(ContentWords, NumberedToolResultsKeepEveryContent) {
  TestSpan span({{"openinference.span.kind", Text("LLM")},
                 {"llm.input_messages.0.message.role", Text("tool")},
                 {"llm.input_messages.0.message.tool_call_id", Text("c")},
                 {"llm.input_messages.0.message.contents.0.message_content.type", Text("text")},
                 {"llm.input_messages.0.message.contents.0.message_content.text", Text("one")},
                 {"llm.input_messages.0.message.contents.1.message_content.type", Text("text")},
                 {"llm.input_messages.0.message.contents.1.message_content.text", Text("two")},
                 {"llm.input_messages.0.message.contents.2.message_content.type", Text("image")},
                 {"llm.input_messages.0.message.contents.2.message_content.image.image.url",
                  Text("https://x/y.png")}});
  ASSERT_EQ(span->input_messages.size(), 1u);
  EXPECT_EQ(Parts(span->input_messages[0]),
            R"([{"type":"tool_call_response","id":"c","response":"one\ntwo"},)"
            R"({"type":"uri","modality":"image","uri":"https://x/y.png"}])");
}

TEST(ContentWords, AnEmptyListOfReasonsGivesWay) {
  TestSpan span({{"gen_ai.operation.name", Text("chat")},
                 {"gen_ai.response.finish_reasons", model::Value::Json("[]")},
                 {"gen_ai.response.finish_reason", Text("STOP")}});
  EXPECT_EQ(span->finish_reason, model::FinishReason::kStop);
}

TEST(ContentWords, ReasonsInTheWordsOfEachProvider) {
  auto normalized = [](std::string_view word) {
    TestSpan span(
        {{"gen_ai.operation.name", Text("chat")}, {"gen_ai.response.finish_reason", Text(word)}});
    return span->finish_reason;
  };
  EXPECT_EQ(normalized("endoftext"), model::FinishReason::kStop);
  EXPECT_EQ(normalized("ERROR_LIMIT"), model::FinishReason::kLength);
  EXPECT_EQ(normalized("IMAGE_PROHIBITED_CONTENT"), model::FinishReason::kContentFilter);
  EXPECT_EQ(normalized("MALFORMED_RESPONSE"), model::FinishReason::kError);
  EXPECT_EQ(normalized("insufficient_system_resource"), model::FinishReason::kError);
  EXPECT_EQ(normalized("pause_turn"), model::FinishReason::kNone);
}

}  // namespace
}  // namespace vitrine::codecs::dialects
