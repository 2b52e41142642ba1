// Calls that run on after their first answer, through the real door.
#include "capture/gateway/late_answers.h"

#include "capture/gateway/gateway_testing.h"

namespace vitrine::capture {
namespace {

constexpr std::string_view kAsked =
    R"({"model":"gpt-5","input":"Think long","background":true,"metadata":{"user_id":"u-7"}})";
constexpr std::string_view kQueued =
    R"({"id":"resp_1","object":"response","status":"queued","model":"gpt-5-2025-08-07","background":true,"output":[],"usage":null})";
constexpr std::string_view kRunning =
    R"({"id":"resp_1","object":"response","status":"in_progress","model":"gpt-5-2025-08-07","output":[],"usage":null})";
constexpr std::string_view kDone =
    R"({"id":"resp_1","object":"response","status":"completed","model":"gpt-5-2025-08-07",
        "output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Forty-two"}]}],
        "usage":{"input_tokens":1000,"output_tokens":100,"total_tokens":1100}})";

class LateAnswersTest : public GatewayTest {
 protected:
  /// An upstream that gives these answers, one after the other.
  void StartWithAnswers(std::vector<std::string> answers, const char* type = "application/json",
                        GatewayOptions options = {}) {
    Start(
        [this, answers, type](net::HttpRequest, net::HttpResponder responder) {
          const std::lock_guard lock(mutex_);
          net::HttpResponse answer;
          answer.status = answer_count_ < statuses_.size() ? statuses_[answer_count_] : 200;
          answer.headers.Add("content-type", answer_count_ == 0 ? "application/json" : type);
          answer.body = answers[std::min(answer_count_++, answers.size() - 1)];
          responder.Send(std::move(answer));
        },
        std::move(options));
  }
  /// The answer's body.
  std::string Get(const std::string& target, const net::HttpHeaders& headers = {}) {
    net::HttpClient client({.endpoint = {.host = "127.0.0.1", .port = server_->port()}});
    std::string body;
    EXPECT_TRUE(client
                    .Send({.method = "GET",
                           .target = "/gateway/up" + target,
                           .headers = headers,
                           .on_body = [&body](std::string_view piece) -> Result<void> {
                             body += piece;
                             return {};
                           }})
                    .has_value());
    return body;
  }
  std::vector<const model::Span*> Calls() {
    std::vector<const model::Span*> calls;
    for (const model::Span& span : Spans()) {
      if (span.kind == model::SpanKind::kLlm) calls.push_back(&span);
    }
    return calls;
  }

  size_t answer_count_ = 0;
  std::vector<int> statuses_;  ///< Of the first answers; 200 beyond.
};

TEST_F(LateAnswersTest, TheFinalAnswerReachesTheCallOnce) {
  StartWithAnswers({std::string(kQueued), std::string(kRunning), std::string(kDone)});
  Post("/gateway/up/v1/responses", kAsked, {{"x-vitrine-session", "s-9"}});
  for (int i = 0; i < 4; ++i) Get("/v1/responses/resp_1");
  const auto calls = Calls();
  ASSERT_EQ(calls.size(), 2u) << "the call, and the call again with its answer";
  EXPECT_FALSE(calls[0]->usage.has_any());
  EXPECT_EQ(calls[1]->span_id, calls[0]->span_id);
  EXPECT_EQ(calls[1]->trace_id, calls[0]->trace_id);
  EXPECT_EQ(calls[1]->start, calls[0]->start);
  EXPECT_EQ(calls[1]->call_id, calls[0]->call_id);
  EXPECT_EQ(calls[1]->session_id, "s-9");
  EXPECT_EQ(calls[1]->user_id, "u-7");
  EXPECT_EQ(calls[1]->usage.input_tokens, 1000u);
  EXPECT_EQ(calls[1]->cost.total->ToString(), "0.00225");
  EXPECT_EQ(calls[1]->output_preview, "Forty-two");
  EXPECT_EQ(calls[1]->input_preview, "Think long");
  EXPECT_EQ(calls[1]->finish_reason, model::FinishReason::kStop);
  EXPECT_EQ(calls[1]->http_status, 200);
  EXPECT_EQ(calls[1]->status, model::SpanStatus::kOk) << "whatever broke off before";
  EXPECT_LT(calls[1]->end, calls[1]->start) << "how long it took is not told";
  EXPECT_EQ(Attribute(*calls[1], "vitrine.gateway.answer_fetched_by"), "GET /v1/responses/resp_1");
  EXPECT_EQ(Spans().size(), 6u);
}

TEST_F(LateAnswersTest, GuardrailsLookAtWhatIsFetched) {
  GatewayOptions options;
  GuardrailSetting mask;
  mask.name = "numbers";
  mask.pattern = "Forty-two";
  mask.action = GuardrailAction::kMask;
  mask.is_for_requests = false;
  mask.is_for_answers = true;
  options.guardrails = {mask};
  StartWithAnswers({std::string(kQueued), std::string(kRunning), std::string(kDone)},
                   "application/json", std::move(options));
  Post("/gateway/up/v1/responses", kAsked);
  EXPECT_EQ(Get("/v1/responses/resp_1"), kRunning);
  const std::string fetched = Get("/v1/responses/resp_1");
  EXPECT_TRUE(fetched.contains("[masked]")) << fetched;
  EXPECT_FALSE(fetched.contains("Forty-two"));
  const auto calls = Calls();
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[1]->output_preview, "[masked]");
  EXPECT_EQ(calls[1]->guardrail_result, model::GuardrailResult::kMask);
  EXPECT_EQ(calls[1]->guardrail_name, "numbers");
  EXPECT_EQ(calls[1]->usage.input_tokens, 1000u);
}

TEST_F(LateAnswersTest, AFetchedStreamIsReadAsItsCallsWords) {
  GatewayOptions options;
  GuardrailSetting block;
  block.name = "numbers";
  block.pattern = "Forty-two";
  block.is_for_requests = false;
  block.is_for_answers = true;
  options.guardrails = {block};
  // The word comes in two pieces.
  const std::string stream =
      R"(data: {"type":"response.output_text.delta","item_id":"m","output_index":0,"content_index":0,"delta":"Forty"})"
      "\n\n"
      R"(data: {"type":"response.output_text.delta","item_id":"m","output_index":0,"content_index":0,"delta":"-two"})"
      "\n\n";
  StartWithAnswers({std::string(kQueued), stream}, "text/event-stream", std::move(options));
  Post("/gateway/up/v1/responses", kAsked);
  const std::string fetched = Get("/v1/responses/resp_1?stream=true");
  EXPECT_TRUE(fetched.contains("the guardrail 'numbers' blocked")) << fetched;
}

TEST_F(LateAnswersTest, WhenItWasDoneIsItsEndWhereThatIsTold) {
  std::string done(kDone);
  done.insert(1, R"("completed_at":4102444800,)");  // 2100
  StartWithAnswers({std::string(kQueued), done});
  Post("/gateway/up/v1/responses", kAsked);
  Get("/v1/responses/resp_1");
  ASSERT_EQ(Calls().size(), 2u);
  EXPECT_EQ(Calls()[1]->end.since_epoch / 1'000'000'000, 4102444800);
}

TEST_F(LateAnswersTest, AStreamThatIsFetchedEndsTheCallAsWell) {
  std::string line(kDone);
  std::erase(line, '\n');
  StartWithAnswers(
      {std::string(kQueued),
       "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":" + line +
           "}\n\n"},
      "text/event-stream");
  Post("/gateway/up/v1/responses", kAsked);
  Get("/v1/responses/resp_1?stream=true&starting_after=3");
  ASSERT_EQ(Calls().size(), 2u);
  EXPECT_EQ(Calls()[1]->usage.output_tokens, 100u);
  EXPECT_EQ(Calls()[1]->output_preview, "Forty-two");
  EXPECT_FALSE(Calls()[1]->ttft_ns);
}

TEST_F(LateAnswersTest, CancelledCallsAreDone) {
  std::string cancelled(kRunning);
  cancelled.replace(cancelled.find("in_progress"), 11, "cancelled");
  StartWithAnswers({std::string(kQueued), cancelled});
  Post("/gateway/up/v1/responses", kAsked);
  Post("/gateway/up/v1/responses/resp_1/cancel", "");
  ASSERT_EQ(Calls().size(), 2u);
  EXPECT_EQ(Calls()[1]->finish_reason, model::FinishReason::kError);
}

TEST_F(LateAnswersTest, WhatIsOnlyBegunIsNotKeptForOthers) {
  std::string other(kQueued);
  other.replace(other.find("resp_1"), 6, "resp_2");
  StartWithAnswers({std::string(kQueued), other, std::string(kDone)});
  for (int i = 0; i < 2; ++i)
    Post("/gateway/up/v1/responses", kAsked, {{"Helicone-Cache-Enabled", "true"}});
  Get("/v1/responses/resp_1");
  const auto calls = Calls();
  ASSERT_EQ(calls.size(), 3u);
  EXPECT_EQ(calls[1]->cache_status, model::CacheStatus::kNone);
  EXPECT_EQ(calls[2]->span_id, calls[0]->span_id);
  EXPECT_EQ(calls[2]->cost.total->ToString(), "0.00225");
}

TEST_F(LateAnswersTest, WhoFetchesMayLeaveTheAnswerOut) {
  StartWithAnswers({std::string(kQueued), std::string(kDone)});
  Post("/gateway/up/v1/responses", kAsked);
  Get("/v1/responses/resp_1", {{"x-vitrine-omit-response", "true"}});
  ASSERT_EQ(Calls().size(), 2u);
  EXPECT_EQ(Calls()[1]->usage.output_tokens, 100u);
  EXPECT_TRUE(Calls()[1]->output_preview.empty());
}

TEST_F(LateAnswersTest, ARepeatedCallStaysOneCall) {
  StartWithAnswers(
      {R"({"error":{"message":"try again"}})", std::string(kQueued), std::string(kDone)});
  statuses_ = {503};
  Post("/gateway/up/v1/responses", kAsked);
  Post("/gateway/up/v1/responses", kAsked, {{"x-stainless-retry-count", "1"}});
  Get("/v1/responses/resp_1");
  const auto calls = Calls();
  ASSERT_EQ(calls.size(), 3u);
  EXPECT_EQ(calls[1]->call_id, calls[0]->call_id);
  EXPECT_EQ(calls[2]->call_id, calls[0]->call_id);
  EXPECT_EQ(calls[2]->attempt, calls[1]->attempt);
}

TEST_F(LateAnswersTest, NobodyElsesFetchIsACall) {
  StartWithAnswers({std::string(kDone)});
  Get("/v1/responses/resp_1");                                           // Begun elsewhere.
  Post("/gateway/up/v1/responses", R"({"model":"gpt-5","input":"x"})");  // Done at once.
  Get("/v1/responses/resp_1");
  EXPECT_EQ(Calls().size(), 1u);
  EXPECT_EQ(Spans().size(), 3u);
}

}  // namespace
}  // namespace vitrine::capture
