// What agents of Bedrock tell of their steps.
#include <gtest/gtest.h>

#include "codecs/content/message_facts.h"
#include "codecs/providers/internal/test_exchange.h"
#include "codecs/providers/limits.h"
#include "syntax/base64.h"
#include "syntax/event_stream/event_stream_writer.h"

namespace vitrine::codecs::providers {
namespace {

using model::SpanKind;
using syntax::EventStreamEvent;

/// An event of an agent that `depth` others have called; of the one of that alias, where one is
/// named.
std::string Trace(int second, const std::string& trace, int depth = 0,
                  const std::string& alias = "") {
  std::string chain = R"({"agentAliasArn":"top"})";
  for (int i = 1; i < depth; ++i) chain += R"(,{"agentAliasArn":"between"})";
  if (depth > 0) chain += R"(,{"agentAliasArn":")" + alias + R"("})";
  return EventStreamEvent("trace", R"({"agentId":"AG","collaboratorName":"first","callerChain":[)" +
                                       chain + R"(],"eventTime":"2026-01-01T00:00:)" +
                                       std::to_string(10 + second) +
                                       R"(Z","sessionId":"S","trace":)" + trace + "}");
}

std::string Stage(const std::string& part) { return R"({"orchestrationTrace":{)" + part + "}}"; }

std::string ModelInput(const std::string& id) {
  return Stage(
      R"("modelInvocationInput":{"traceId":")" + id +
      R"(","foundationModel":"anthropic.claude-3-haiku-20240307-v1:0","inferenceConfiguration":)"
      R"({"__type":"x","maximumLength":2048,"temperature":0.5,"topP":1.0,"topK":250},)"
      R"("text":"{\"system\":\"You help.\",\"messages\":[{\"content\":\"[{text=What is 1+1?, type=text}]\",\"role\":\"user\"}]}"})");
}

std::string ModelOutput(const std::string& id, const std::string& content) {
  return Stage(R"("modelInvocationOutput":{"traceId":")" + id +
               R"(","metadata":{"startTime":"2026-01-01T00:00:10.5Z","endTime":)"
               R"("2026-01-01T00:00:11.5Z","usage":{"inputTokens":30,"outputTokens":7}},)"
               R"("rawResponse":{"content":)" +
               content + "}}");
}

TestExchange Agent() {
  TestExchange exchange;
  exchange.url =
      "https://bedrock-agent-runtime.us-east-1.amazonaws.com/agents/AG/agentAliases/B/sessions/"
      "chat%207/text";
  exchange.content_type = "application/vnd.amazon.eventstream";
  exchange.request_body = R"({"inputText":"What is 1+1?","enableTrace":true})";
  return exchange;
}

const std::string kAnswer = EventStreamEvent(
    "chunk", R"({"bytes":")" + syntax::Base64Encode(std::string_view("2")) + "\"}");

TEST(AgentSteps, AModelCallIsAStep) {
  TestExchange exchange = Agent();
  const ModelCall call = exchange.Decode(Trace(0, ModelInput("t-0")) +
                                         Trace(2, ModelOutput("t-0", R"("<answer>2")")) + kAnswer);
  EXPECT_EQ(call.output_text, "2");
  EXPECT_EQ(call.agent_id, "AG");
  EXPECT_EQ(call.session, "chat 7");
  EXPECT_FALSE(call.usage.has_any()) << "the call itself is none of a model";
  ASSERT_EQ(call.agent_steps.size(), 1u);
  EXPECT_FALSE(call.agent_steps[0].parent);
  const model::Span& span = call.agent_steps[0].span;
  EXPECT_EQ(span.kind, SpanKind::kLlm);
  EXPECT_EQ(span.status, model::SpanStatus::kOk);
  EXPECT_EQ(span.provider, "aws.bedrock");
  EXPECT_EQ(span.request_model, "anthropic.claude-3-haiku-20240307-v1:0");
  EXPECT_EQ(span.usage.input_tokens, 30u);
  EXPECT_EQ(span.usage.output_tokens, 7u);
  EXPECT_EQ(span.temperature, 0.5);
  EXPECT_EQ(span.max_tokens, 2048);
  EXPECT_EQ(span.params, R"({"maximumLength":2048,"temperature":0.5,"topP":1.0,"topK":250})");
  EXPECT_EQ(FormatRfc3339(span.start), "2026-01-01T00:00:10.500000000Z");
  EXPECT_EQ(LengthOf(span.start, span.end), kNanosPerSecond);
  ASSERT_EQ(span.input_messages.size(), 2u);
  EXPECT_EQ(span.input_messages[0].role, "system");
  EXPECT_EQ(PreviewOf(span.input_messages[1]), "What is 1+1?");
  ASSERT_EQ(span.output_messages.size(), 1u);
  EXPECT_EQ(PreviewOf(span.output_messages[0]), "<answer>2");
}

TEST(AgentSteps, AnswersInTheModelsOwnWords) {
  const auto output = [](const std::string& content) {
    TestExchange exchange = Agent();
    const ModelCall call =
        exchange.Decode(Trace(0, ModelInput("t")) + Trace(1, ModelOutput("t", content)));
    const model::Span& span = call.agent_steps[0].span;
    return std::string(PreviewOf(span.output_messages[0])) + "|" +
           std::string(span.finish_reasons_raw.empty() ? "" : span.finish_reasons_raw[0]) + "|" +
           std::string(span.response_id) + "|" +
           std::to_string(span.usage.input_tokens.value_or(0)) + "|" +
           std::to_string(span.usage.cached_input_tokens.value_or(0));
  };
  EXPECT_EQ(
      output(
          R"("{\"output\":{\"message\":{\"role\":\"assistant\",\"content\":[{\"text\":\"two\",\"toolUse\":null}]}},\"stopReason\":\"end_turn\",\"usage\":{\"inputTokens\":20,\"outputTokens\":7,\"cacheReadInputTokens\":10}}")"),
      "two|end_turn||30|10");
  EXPECT_EQ(
      output(
          R"("{\"type\":\"message\",\"id\":\"msg_1\",\"content\":[{\"type\":\"text\",\"text\":\"two\",\"id\":null}],\"stop_reason\":\"stop_sequence\",\"usage\":{\"input_tokens\":20,\"output_tokens\":7,\"cache_read_input_tokens\":10,\"cache_creation_input_tokens\":null}}")"),
      "two|stop_sequence|msg_1|30|10");
  EXPECT_EQ(output(R"("{not json")"), "{not json|||30|0");
  EXPECT_EQ(output(R"("{\"a\":1}")"), R"({"a":1}|||30|0)");
}

TEST(AgentSteps, ToolsLookupsAndGuardrails) {
  TestExchange exchange = Agent();
  const ModelCall call = exchange.Decode(
      Trace(
          0,
          R"({"guardrailTrace":{"action":"INTERVENED","inputAssessments":[{"contentPolicy":{"filters":[{"action":"BLOCKED"}]}}],"traceId":"g","metadata":{"startTime":"2026-01-01T00:00:09Z","endTime":"2026-01-01T00:00:10Z"}}})") +
      Trace(
          1,
          Stage(
              R"("invocationInput":{"traceId":"t-0","invocationType":"ACTION_GROUP","actionGroupInvocationInput":{"actionGroupName":"g","function":"add","invocationId":"i-1","parameters":[{"name":"n1","type":"number","value":"10"}]}})")) +
      Trace(
          3,
          Stage(
              R"("observation":{"traceId":"t-0","type":"ACTION_GROUP","actionGroupInvocationOutput":{"text":"30"}})")) +
      Trace(
          4,
          Stage(
              R"("invocationInput":{"traceId":"t-1","knowledgeBaseLookupInput":{"knowledgeBaseId":"KB","text":"what?"}})")) +
      Trace(
          5,
          Stage(
              R"("observation":{"traceId":"t-1","knowledgeBaseLookupOutput":{"retrievedReferences":[{"content":{"text":"words"},"metadata":{"x-amz-bedrock-kb-source-uri":"s3://b/k"}},{"content":{"text":"w"},"location":{"type":"WEB","webLocation":{"url":"https://h/x"}}}]}})")) +
      Trace(
          6,
          Stage(
              R"("invocationInput":{"traceId":"t-2","codeInterpreterInvocationInput":{"code":"1/0"}})")) +
      Trace(
          7,
          Stage(
              R"("observation":{"traceId":"t-2","codeInterpreterInvocationOutput":{"executionError":"division by zero"}})")));
  ASSERT_EQ(call.agent_steps.size(), 4u);
  const model::Span& guardrail = call.agent_steps[0].span;
  EXPECT_EQ(guardrail.kind, SpanKind::kGuardrail);
  EXPECT_EQ(guardrail.guardrail_name, "input guardrail");
  EXPECT_EQ(guardrail.guardrail_result, model::GuardrailResult::kBlock);
  EXPECT_EQ(LengthOf(guardrail.start, guardrail.end), kNanosPerSecond);
  const model::Span& tool = call.agent_steps[1].span;
  EXPECT_EQ(tool.kind, SpanKind::kTool);
  EXPECT_EQ(tool.tool_name, "add");
  EXPECT_EQ(tool.tool_call_id, "i-1");
  EXPECT_EQ(Parts(tool.input_messages[0]),
            R"([{"type":"tool_call","id":"i-1","name":"add","arguments":"{\"n1\":\"10\"}"}])");
  EXPECT_TRUE(Parts(tool.output_messages[0]).contains("30"));
  EXPECT_EQ(LengthOf(tool.start, tool.end), 2 * kNanosPerSecond);
  const model::Span& lookup = call.agent_steps[2].span;
  EXPECT_EQ(lookup.kind, SpanKind::kRetrieval);
  EXPECT_EQ(lookup.data_source, "KB");
  EXPECT_EQ(lookup.retrieval_query, "what?");
  EXPECT_EQ(lookup.retrieval_count, 2u);
  ASSERT_EQ(lookup.documents.size(), 2u);
  EXPECT_EQ(lookup.documents[1].data_source, "https://h/x");
  EXPECT_EQ(lookup.documents[0].content, "words");
  EXPECT_EQ(lookup.documents[0].data_source, "s3://b/k");
  const model::Span& code = call.agent_steps[3].span;
  EXPECT_EQ(code.tool_name, "code_interpreter");
  EXPECT_EQ(code.status, model::SpanStatus::kError);
  EXPECT_EQ(code.status_message, "division by zero");
}

std::string Alias(const std::string& name) { return "arn:aws:b:r:1:agent-alias/" + name + "/V1"; }

/// What names an agent that is called, with or without its alias.
std::string Collaborator(const std::string& name, bool has_alias) {
  const std::string alias = R"("agentCollaboratorAliasArn":")" + Alias(name) + R"(",)";
  return (has_alias ? alias : "") + R"("agentCollaboratorName":")" + name + R"(",)";
}

std::string Called(const std::string& id, const std::string& name, bool has_alias = true) {
  return Stage(R"("invocationInput":{"traceId":")" + id +
               R"(","agentCollaboratorInvocationInput":{)" + Collaborator(name, has_alias) +
               R"("input":{"text":"Do it.","type":"TEXT"}}})");
}

std::string Answered(const std::string& id, const std::string& name, bool has_alias = true) {
  return Stage(R"("observation":{"traceId":")" + id + R"(","agentCollaboratorInvocationOutput":{)" +
               Collaborator(name, has_alias) + R"("output":{"text":"Done )" + name + R"("}}})");
}

TEST(AgentSteps, AgentsWithinAgents) {
  for (const bool has_alias : {true, false}) {
    SCOPED_TRACE(has_alias);
    const std::string writer = has_alias ? Alias("writer") : "";
    const std::string checker = has_alias ? Alias("checker") : "";
    TestExchange exchange = Agent();
    const ModelCall call = exchange.Decode(
        Trace(0, Called("a", "writer", has_alias)) + Trace(1, ModelInput("b-0"), 1, writer) +
        Trace(2, ModelOutput("b-0", R"("x")"), 1, writer) +
        Trace(3, Called("b-0", "checker", has_alias), 1, writer) +
        Trace(4, ModelInput("c-0"), 2, checker) +
        Trace(5, Answered("b-0", "checker", has_alias), 1, writer) +
        Trace(6, Answered("a", "writer", has_alias)) + Trace(7, ModelInput("a-1")));
    ASSERT_EQ(call.agent_steps.size(), 5u);
    const auto parent = [&](size_t step) { return call.agent_steps[step].parent; };
    const auto name = [&](size_t step) { return call.agent_steps[step].span.agent_name; };
    EXPECT_EQ(name(0), "writer");
    EXPECT_EQ(call.agent_steps[0].span.agent_id, has_alias ? "writer" : "");
    EXPECT_EQ(parent(0), std::nullopt);
    EXPECT_EQ(parent(1), 0u);
    EXPECT_EQ(name(1), "writer");
    EXPECT_EQ(name(2), "checker");
    EXPECT_EQ(parent(2), 0u);
    EXPECT_EQ(parent(3), 2u);
    EXPECT_EQ(name(3), "checker") << "AWS names the first that was called";
    EXPECT_EQ(parent(4), std::nullopt);
    EXPECT_EQ(LengthOf(call.agent_steps[0].span.start, call.agent_steps[0].span.end),
              6 * kNanosPerSecond);
    const model::Span& unanswered = call.agent_steps[3].span;
    EXPECT_EQ(LengthOf(unanswered.start, unanswered.end), std::nullopt);
    EXPECT_EQ(unanswered.status, model::SpanStatus::kUnset);
  }
}

TEST(AgentSteps, AgentsThatRunTogether) {
  TestExchange exchange = Agent();
  const ModelCall call = exchange.Decode(
      Trace(0, Called("t", "alpha")) + Trace(0, Called("t", "beta")) +
      Trace(1, ModelInput("a-0"), 1, Alias("alpha")) +
      Trace(1, ModelInput("b-0"), 1, Alias("beta")) + Trace(2, Answered("t", "beta")) +
      Trace(3, ModelInput("a-1"), 1, Alias("alpha")) + Trace(4, Answered("t", "alpha")));
  ASSERT_EQ(call.agent_steps.size(), 5u);
  const auto& steps = call.agent_steps;
  EXPECT_EQ(PreviewOf(steps[0].span.output_messages[0]), "Done alpha");
  EXPECT_EQ(PreviewOf(steps[1].span.output_messages[0]), "Done beta");
  EXPECT_EQ(LengthOf(steps[1].span.start, steps[1].span.end), 2 * kNanosPerSecond);
  EXPECT_EQ(steps[2].parent, 0u);
  EXPECT_EQ(steps[3].parent, 1u);
  EXPECT_EQ(steps[4].parent, 0u);
}

TEST(AgentSteps, WhatBeganInAnotherCall) {
  TestExchange exchange = Agent();
  const ModelCall call = exchange.Decode(
      Trace(0,
            Stage(R"("observation":{"traceId":"t","actionGroupInvocationOutput":{"text":"3"}})")) +
      Trace(1, Answered("u", "writer")));
  ASSERT_EQ(call.agent_steps.size(), 2u);
  EXPECT_EQ(call.agent_steps[0].span.operation, "execute_tool");
  EXPECT_EQ(call.agent_steps[0].span.agent_id, "AG");
  EXPECT_EQ(call.agent_steps[1].span.operation, "invoke_agent");
  EXPECT_EQ(call.agent_steps[1].span.agent_id, "writer");
  EXPECT_EQ(call.agent_steps[1].span.agent_name, "writer");
}

TEST(AgentSteps, CodeThatSaidSomethingAndFailed) {
  TestExchange exchange = Agent();
  const ModelCall call = exchange.Decode(
      Trace(0, Stage(R"("observation":{"traceId":"t","codeInterpreterInvocationOutput":)"
                     R"({"executionOutput":"half","executionError":"ZeroDivisionError"}})")));
  ASSERT_EQ(call.agent_steps.size(), 1u);
  EXPECT_EQ(call.agent_steps[0].span.status_message, "ZeroDivisionError");
  EXPECT_TRUE(Parts(call.agent_steps[0].span.output_messages[0]).contains("half"));
}

/// An output that tells of thoughts beside the model's answer.
std::string Thoughtful(const std::string& content) {
  return Stage(R"("modelInvocationOutput":{"traceId":"t","reasoningContent":{"reasoningText":)"
               R"({"text":"Hm.","signature":"s"}},"rawResponse":{"content":)" +
               content + "}}");
}

TEST(AgentSteps, ThoughtsAreToldOnce) {
  for (
      const char* content :
      {R"("two")", R"("{\"type\":\"message\",\"content\":[{\"type\":\"text\",\"text\":\"two\"}]}")",
       R"("{\"type\":\"message\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"Hm.\",\"signature\":\"s\"},{\"type\":\"text\",\"text\":\"two\"}]}")"}) {
    TestExchange exchange = Agent();
    const ModelCall call =
        exchange.Decode(Trace(0, ModelInput("t")) + Trace(1, Thoughtful(content)));
    EXPECT_EQ(Parts(call.agent_steps[0].span.output_messages[0]),
              R"([{"type":"reasoning","content":"Hm.","signature":"s"},)"
              R"({"type":"text","content":"two"}])");
  }
}

TEST(AgentSteps, TokensAreThoseThatAwsTells) {
  for (
      const char* content :
      {R"("{\"generation\":\"x\",\"prompt_token_count\":99999}")",
       R"("{\"text\":\"x\",\"meta\":{\"billed_units\":{\"input_tokens\":999999}}}")",
       R"("{\"results\":[{\"name\":\"a\"}],\"inputTextTokenCount\":5000000}")",
       R"("{\"type\":\"message\",\"content\":[{\"type\":\"text\",\"text\":\"x\"}],\"usage\":{\"input_tokens\":30}}")"}) {
    TestExchange exchange = Agent();
    const ModelCall call =
        exchange.Decode(Trace(0, ModelInput("t")) + Trace(1, ModelOutput("t", content)));
    const model::Usage& usage = call.agent_steps[0].span.usage;
    EXPECT_EQ(usage.input_tokens, 30u) << content;
    EXPECT_EQ(usage.output_tokens, 7u) << content;
  }
  TestExchange exchange = Agent();
  const ModelCall call = exchange.Decode(
      Trace(0, ModelInput("t")) + Trace(1, ModelOutput("t", R"("{\"text\":\"x\",\"b\":1}")")));
  EXPECT_EQ(PreviewOf(call.agent_steps[0].span.output_messages[0]), R"({"text":"x","b":1})");
}

TEST(AgentSteps, TimesThatNobodyHasAreNone) {
  for (const char* time :
       {R"("1700-01-01T00:00:00Z")", R"("2260-01-01T00:00:00Z")", "-1", "1e300", R"("no time")"}) {
    TestExchange exchange = Agent();
    const ModelCall call = exchange.Decode(EventStreamEvent(
        "trace", R"({"eventTime":)" + std::string(time) + R"(,"trace":)" + ModelInput("t") + "}"));
    ASSERT_EQ(call.agent_steps.size(), 1u);
    EXPECT_EQ(call.agent_steps[0].span.start.since_epoch, 0) << time;
  }
}

TEST(AgentSteps, AFailureEndsWhatRan) {
  TestExchange exchange = Agent();
  const ModelCall call = exchange.Decode(
      Trace(0, ModelInput("t-0")) +
      Trace(
          1,
          R"({"failureTrace":{"traceId":"t-0","failureReason":"Access denied","failureCode":403}})"));
  ASSERT_EQ(call.agent_steps.size(), 1u);
  EXPECT_EQ(call.agent_steps[0].span.status, model::SpanStatus::kError);
  EXPECT_EQ(call.agent_steps[0].span.status_message, "Access denied");
}

TEST(AgentSteps, AFailureOfAnAgentIsItsOwn) {
  const std::string failed =
      R"({"failureTrace":{"traceId":"none","failureReason":"No such model"}})";
  TestExchange exchange = Agent();
  const ModelCall call =
      exchange.Decode(Trace(0, Called("t", "writer")) + Trace(1, failed, 1, Alias("writer")) +
                      Trace(2, Answered("t", "writer")) + Trace(3, failed));
  ASSERT_EQ(call.agent_steps.size(), 1u);
  const model::Span& writer = call.agent_steps[0].span;
  EXPECT_EQ(writer.status, model::SpanStatus::kError);
  EXPECT_EQ(writer.status_message, "No such model");
  EXPECT_EQ(LengthOf(writer.start, writer.end), 2 * kNanosPerSecond);
}

TEST(AgentSteps, MoreThanAreKeptAreCounted) {
  TestExchange exchange = Agent();
  std::string stream;
  for (size_t i = 0; i < kAgentStepsMax + 3; ++i)
    stream += Trace(0, ModelInput("t-" + std::to_string(i)));
  const ModelCall call = exchange.Decode(stream + EventStreamEvent("trace", "{no json"));
  EXPECT_EQ(call.agent_steps.size(), kAgentStepsMax);
  EXPECT_EQ(call.events_skipped, 4u);
}

TEST(AgentSteps, AgentsThatComeWithTheCall) {
  TestExchange exchange = Agent();
  exchange.url = "https://bedrock-agent-runtime.us-east-1.amazonaws.com/agents/chat-1";
  const ModelCall call = exchange.Decode(kAnswer);
  EXPECT_EQ(call.api, Api::kInvokeAgent);
  EXPECT_EQ(call.session, "chat-1");
  EXPECT_EQ(call.agent_id, "");
  exchange.url += "/memories";
  EXPECT_EQ(exchange.Decode(kAnswer).api, Api::kNone);
}

}  // namespace
}  // namespace vitrine::codecs::providers
