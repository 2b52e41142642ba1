// An agent at Bedrock behind the gateway: its steps are spans of the call's trace.
#include <map>

#include "capture/gateway/gateway_testing.h"
#include "syntax/base64.h"
#include "syntax/event_stream/event_stream_writer.h"

namespace vitrine::capture {
namespace {

using model::SpanKind;
using syntax::EventStreamEvent;

std::string Trace(const std::string& chain, const std::string& second, const std::string& part) {
  return EventStreamEvent("trace", R"({"agentId":"AG","callerChain":[)" + chain +
                                       R"(],"eventTime":"2026-01-01T00:00:)" + second +
                                       R"(Z","trace":{"orchestrationTrace":{)" + part + "}}}");
}

std::string ModelCall(const std::string& chain, const std::string& id) {
  return Trace(chain, "01",
               R"("modelInvocationInput":{"traceId":")" + id +
                   R"(","foundationModel":"anthropic.claude-3-haiku-20240307-v1:0",)"
                   R"("text":"Ask jane@example.org"})") +
         Trace(chain, "02",
               R"("modelInvocationOutput":{"traceId":")" + id +
                   R"(","metadata":{"usage":{"inputTokens":1000,"outputTokens":100}},)"
                   R"("rawResponse":{"content":"Hello"}})");
}

constexpr const char* kWrongCode =
    R"("observation":{"traceId":"c","codeInterpreterInvocationOutput":)"
    R"({"executionError":"KeyError: Jane Doe"}})";

class AgentStepSpansTest : public GatewayTest {
 protected:
  /// An agent that calls another, and tells this besides.
  void StartAgent(const std::string& more = "", GatewayOptions options = {}) {
    const std::string called =
        R"("invocationInput":{"traceId":"t","agentCollaboratorInvocationInput":)"
        R"({"agentCollaboratorName":"writer","input":{"text":"Write."}}})";
    net::HttpResponse answer = net::HttpResponse::Json(
        200,
        Trace("{}", "00", called) + ModelCall("{},{}", "u") + ModelCall("{}", "t") + more +
            EventStreamEvent(
                "chunk", R"({"bytes":")" + syntax::Base64Encode(std::string_view("Done")) + "\"}"));
    answer.headers.Set("content-type", "application/vnd.amazon.eventstream");
    kind_ = "bedrock-agent";
    StartWith(answer, std::move(options));
  }
  void Ask(net::HttpHeaders headers = {}, const std::string& upstream = "up") {
    headers.Set("x-vitrine-user", "u-1");
    Post("/gateway/" + upstream + "/agents/AG/agentAliases/AL/sessions/chat-7/text",
         R"({"inputText":"Hi","enableTrace":true})", std::move(headers));
  }
};

TEST_F(AgentStepSpansTest, AreBelowTheCall) {
  StartAgent();
  Ask();
  ASSERT_EQ(Spans().size(), 4u);
  const model::Span& call = Spans()[0];
  EXPECT_EQ(call.kind, SpanKind::kAgent);
  EXPECT_EQ(call.agent_id, "AG");
  EXPECT_EQ(call.session_id, "chat-7");
  EXPECT_FALSE(call.cost.total);
  const model::Span& writer = Spans()[1];
  EXPECT_EQ(writer.kind, SpanKind::kAgent);
  EXPECT_EQ(writer.name, "invoke_agent writer");
  EXPECT_EQ(writer.parent_span_id, call.span_id);
  const model::Span& inner = Spans()[2];
  EXPECT_EQ(inner.kind, SpanKind::kLlm);
  EXPECT_EQ(inner.name, "chat anthropic.claude-3-haiku-20240307-v1:0");
  EXPECT_EQ(inner.parent_span_id, writer.span_id);
  EXPECT_EQ(Spans()[3].parent_span_id, call.span_id);
  std::map<std::string, int> ids;
  for (const model::Span& span : Spans()) {
    ++ids[span.span_id.ToHex()];
    EXPECT_EQ(span.trace_id, call.trace_id);
    EXPECT_EQ(span.user_id, "u-1");
    EXPECT_EQ(span.session_id, "chat-7");
  }
  EXPECT_EQ(Spans()[3].end, call.end) << "the last ends with the call";
  EXPECT_EQ(ids.size(), 4u);
  EXPECT_GE(inner.start, writer.start);
  // All began two seconds before they ended, which is longer than the call.
  EXPECT_NEAR(static_cast<double>(inner.end - inner.start),
              static_cast<double>(call.end - call.start) / 2, 2);
  EXPECT_EQ(inner.usage.input_tokens, 1000u);
  EXPECT_EQ(inner.cost.total->ToString(), "0.000375");
  EXPECT_EQ(inner.input_preview, "Ask jane@example.org");
  EXPECT_EQ(inner.output_preview, "Hello");
}

TEST_F(AgentStepSpansTest, SayNothingOfContentThatIsNotToBeKept) {
  StartAgent(Trace("{}", "02", kWrongCode));
  Ask({{"x-vitrine-omit-response", "true"}});
  ASSERT_EQ(Spans().size(), 5u);
  EXPECT_EQ(Spans()[0].input_preview, "Hi");
  for (const model::Span& span : std::span(Spans()).subspan(1)) {
    EXPECT_TRUE(span.input_messages.empty());
    EXPECT_TRUE(span.output_messages.empty());
    EXPECT_EQ(span.input_preview, "");
    EXPECT_EQ(span.output_preview, "");
    EXPECT_EQ(span.status_message, "");
  }
  EXPECT_EQ(Spans()[2].usage.input_tokens, 1000u);
  EXPECT_EQ(Spans()[4].status, model::SpanStatus::kError);
}

TEST_F(AgentStepSpansTest, OfAnAnswerThatWasKeptCostNothing) {
  GatewayOptions options;
  options.upstreams.push_back(
      {.name = "kept", .url = "", .targets = {{"up", "", 1}}, .policy = {.cache_ttl_ms = 60'000}});
  StartAgent("", std::move(options));
  Ask({}, "kept");
  Ask({}, "kept");
  EXPECT_EQ(seen_.size(), 1u);
  ASSERT_EQ(Spans().size(), 8u);
  EXPECT_EQ(Spans()[4].cache_status, model::CacheStatus::kHit);
  const model::Span& paid = Spans()[2];
  const model::Span& kept = Spans()[6];
  EXPECT_EQ(paid.cost.total->ToString(), "0.000375");
  EXPECT_EQ(kept.usage.input_tokens, 1000u);
  EXPECT_EQ(kept.cost.total, Money{});
  EXPECT_EQ(kept.cost.saved, paid.cost.total);
}

TEST_F(AgentStepSpansTest, AreWithinTheCallWhateverTheClock) {
  const auto failed = [](const char* start, const char* end) {
    return Trace("{}", "02",
                 R"("observation":{"traceId":"c","codeInterpreterInvocationOutput":)"
                 R"({"metadata":{"startTime":")" +
                     std::string(start) + R"(","endTime":")" + end + R"("}}})");
  };
  StartAgent(failed("2200-01-01T00:00:00Z", "2250-01-01T00:00:00Z") +
             failed("1700-01-01T00:00:00Z", "2262-01-01T00:00:00Z"));
  Ask();
  ASSERT_EQ(Spans().size(), 6u);
  const model::Span& call = Spans()[0];
  for (const model::Span& span : Spans()) {
    EXPECT_GE(span.start, call.start);
    EXPECT_LE(span.end, call.end);
  }
}

}  // namespace
}  // namespace vitrine::capture
