// What the gateway does beside passing calls on, between real sockets.
#include "capture/gateway/call_run.h"

#include <future>
#include <thread>

#include "capture/gateway/gateway_testing.h"

namespace vitrine::capture {
namespace {

constexpr const char* kPath = "/gateway/chat/v1/chat/completions";

class CallRunTest : public GatewayTest {
 protected:
  /// An upstream that gives the statuses one after the other, the last for ever, and "chat" as a
  /// route to it under `policy`.
  void StartWithStatuses(std::vector<int> statuses, upstream::RoutePolicy policy,
                         GatewayOptions options = {}) {
    options.upstreams.push_back(
        {.name = "chat", .url = "", .targets = {{"up", "", 1}}, .policy = policy});
    Start(
        [this, statuses](net::HttpRequest request, net::HttpResponder responder) {
          const std::lock_guard lock(mutex_);
          const int status = statuses[std::min(seen_.size(), statuses.size() - 1)];
          seen_.push_back(request);
          net::HttpResponse answer = net::HttpResponse::Json(
              status, status == 200 ? std::string(kAnswer) : R"({"error":{"message":"no"}})");
          if (status != 200) answer.headers.Add("retry-after-ms", "1");
          responder.Send(std::move(answer));
        },
        std::move(options));
  }
};

TEST_F(CallRunTest, AFailedAttemptIsRepeatedAndEachIsRecorded) {
  StartWithStatuses({503, 429, 200}, {.retries = 2});
  const net::HttpResponse answer = Post(kPath, kQuestion);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, kAnswer);
  ASSERT_EQ(seen_.size(), 3u);
  for (const net::HttpRequest& request : seen_) EXPECT_EQ(*request.body, kQuestion);
  const auto& spans = Spans();
  ASSERT_EQ(spans.size(), 3u);
  for (uint16_t i = 0; i < 3; ++i) {
    EXPECT_EQ(spans[i].call_id, spans[0].span_id.ToHex());
    EXPECT_EQ(spans[i].trace_id, spans[0].trace_id);  // Nobody named one.
    EXPECT_EQ(spans[i].attempt, i);
    EXPECT_EQ(spans[i].served, i == 2);
    EXPECT_EQ(spans[i].input_preview, "Hi");
  }
  EXPECT_EQ(spans[0].http_status, 503);
  EXPECT_EQ(spans[1].error_type, model::ErrorType::kRateLimit);
  EXPECT_EQ(spans[2].status, model::SpanStatus::kOk);
}

TEST_F(CallRunTest, TheLastFailureIsTheClients) {
  StartWithStatuses({500}, {.retries = 1});
  EXPECT_EQ(Post(kPath, kQuestion).status, 500);
  ASSERT_EQ(Spans().size(), 2u);
  EXPECT_FALSE(Spans()[0].served);
  EXPECT_TRUE(Spans()[1].served);
}

TEST_F(CallRunTest, WhatAnotherAttemptCannotChangeIsNotRepeated) {
  StartWithStatuses({400}, {.retries = 5});
  EXPECT_EQ(Post(kPath, kQuestion).status, 400);
  EXPECT_EQ(seen_.size(), 1u);
}

TEST_F(CallRunTest, TheNextTargetTakesOverWithItsModelAndKey) {
  GatewayOptions options;
  options.upstreams.push_back({.name = "dead", .url = "http://127.0.0.1:1", .kind = "openai"});
  options.upstreams.push_back(
      {.name = "chat", .url = "", .targets = {{"dead", "", 1}, {"up", "other-model", 1}}});
  StartWith(net::HttpResponse::Json(200, std::string(kAnswer)), std::move(options));
  EXPECT_EQ(Post(kPath, kQuestion).body, kAnswer);
  ASSERT_EQ(seen_.size(), 1u);
  std::string expected(kQuestion);
  expected.replace(expected.find("gpt-4o-mini"), 11, "other-model");
  EXPECT_EQ(*seen_[0].body, expected);
  ASSERT_EQ(Spans().size(), 2u);
  EXPECT_EQ(Spans()[0].error_type, model::ErrorType::kConnection);
  EXPECT_FALSE(Spans()[0].served);
  EXPECT_EQ(Spans()[1].request_model, "other-model");
  EXPECT_EQ(Attribute(Spans()[1], "vitrine.gateway.route"), "chat");
  EXPECT_EQ(Attribute(Spans()[1], "vitrine.gateway.upstream"), "up");
}

TEST_F(CallRunTest, WeightsDrawTheFirstTarget) {
  GatewayOptions options;
  options.upstreams.push_back({.name = "dead", .url = "http://127.0.0.1:1", .kind = "openai"});
  options.upstreams.push_back({.name = "chat",
                               .url = "",
                               .targets = {{"dead", "", 0}, {"up", "", 5}},
                               .policy = {.is_weighted = true}});
  StartWith(net::HttpResponse::Json(200, std::string(kAnswer)), std::move(options));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Post(kPath, kQuestion).status, 200);
  EXPECT_EQ(Spans().size(), 10u);  // The one without weight was never tried.
}

TEST_F(CallRunTest, TheSameRequestGetsTheSameAnswerForFree) {
  StartWithStatuses({200}, {.cache_ttl_ms = 60'000});
  net::HttpResponse first = Post(kPath, kQuestion, {{"authorization", "Bearer key-of-somebody"}});
  net::HttpResponse again = Post(kPath, kQuestion, {{"authorization", "Bearer key-of-somebody"}});
  EXPECT_EQ(first.headers.First("x-vitrine-cache"), "miss");
  EXPECT_EQ(again.headers.First("x-vitrine-cache"), "hit");
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.headers.First("content-type"), first.headers.First("content-type"));
  EXPECT_EQ(seen_.size(), 1u);
  // Another caller, another request, and one that asks to go past the cache.
  Post(kPath, kQuestion, {{"authorization", "Bearer key-of-another"}});
  Post(kPath, std::string(kQuestion) + " ", {{"authorization", "Bearer key-of-somebody"}});
  Post(kPath, kQuestion,
       {{"authorization", "Bearer key-of-somebody"}, {"cache-control", "no-cache"}});
  EXPECT_EQ(seen_.size(), 4u);
  const auto& spans = Spans();
  ASSERT_EQ(spans.size(), 5u);
  EXPECT_EQ(spans[0].cache_status, model::CacheStatus::kMiss);
  EXPECT_EQ(spans[1].cache_status, model::CacheStatus::kHit);
  EXPECT_EQ(spans[1].cost.total, Money{});
  EXPECT_EQ(spans[1].cost.saved, spans[0].cost.total);
  EXPECT_EQ(spans[1].output_preview, "Hello");
  EXPECT_EQ(spans[4].cache_status, model::CacheStatus::kNone);
}

TEST_F(CallRunTest, AStreamIsReplayedAsItCame) {
  GatewayOptions options;
  options.upstreams.push_back({.name = "chat",
                               .url = "",
                               .targets = {{"up", "", 1}},
                               .policy = {.cache_ttl_ms = 60'000, .cache_keeps_timing = true}});
  std::vector<std::thread> writers;
  Start(
      [&writers](net::HttpRequest, net::HttpResponder responder) {
        writers.emplace_back([responder = std::move(responder)]() mutable {
          net::HttpStream stream = responder.Begin(200, {{"content-type", "text/event-stream"}});
          for (const char* text : {"One", " two", " three"}) {
            (void)stream.Write(
                R"(data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"content":")" +
                std::string(text) + "\"}}]}\n\n");
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
          }
          (void)stream.Write("data: [DONE]\n\n");
          stream.End();
        });
      },
      std::move(options));
  constexpr std::string_view kStream = R"({"model":"m","stream":true,"messages":[]})";
  const std::string first = Post(kPath, kStream).body;
  EXPECT_EQ(Post(kPath, kStream).body, first);
  ASSERT_EQ(writers.size(), 1u);
  writers[0].join();
  ASSERT_EQ(Spans().size(), 2u);
  EXPECT_EQ(Spans()[1].cache_status, model::CacheStatus::kHit);
  EXPECT_EQ(Spans()[1].output_preview, "One two three");
  // The replay's times are those of the first answer.
  const auto first_offsets = Spans()[0].timeline.offsets_ns;
  const auto offsets = Spans()[1].timeline.offsets_ns;
  ASSERT_EQ(offsets.size(), 3u);
  EXPECT_TRUE(std::ranges::equal(offsets, first_offsets));
}

TEST_F(CallRunTest, AReplayThatIsNotReadHoldsNobodyUp) {
  constexpr size_t kPieces = 24;
  GatewayOptions options;
  options.cache_bytes_max = 256 << 20;  // An answer takes a quarter of it at most.
  options.upstreams.push_back({.name = "chat",
                               .url = "",
                               .targets = {{"up", "", 1}},
                               .policy = {.cache_ttl_ms = 60'000, .cache_keeps_timing = true}});
  std::thread writer;
  Start(
      [&writer](net::HttpRequest, net::HttpResponder responder) {
        writer = std::thread([responder = std::move(responder)]() mutable {
          // More than the kernel keeps for a client that does not read.
          net::HttpStream stream = responder.Begin(200, {{"content-type", "text/event-stream"}});
          for (size_t i = 0; i < kPieces; ++i)
            (void)stream.Write("data: {\"x\":\"" + std::string(1 << 20, 'x') + "\"}\n\n");
          (void)stream.Write("data: [DONE]\n\n");
          stream.End();
        });
      },
      std::move(options));
  const size_t size = Post(kPath, kQuestion).body.size();
  writer.join();
  ASSERT_GT(size, kPieces << 20);
  std::promise<void> stuck, read_on;
  std::thread slow([&] {
    net::HttpClient client({.endpoint = {.host = "127.0.0.1", .port = server_->port()}});
    size_t got = 0;
    net::HttpClientRequest request;
    request.method = "POST";
    request.target = kPath;
    request.headers.Add("content-type", "application/json");
    request.body = kQuestion;
    request.on_body = [&](std::string_view piece) -> Result<void> {
      if (got == 0) {
        stuck.set_value();
        read_on.get_future().wait();
      }
      got += piece.size();
      return {};
    };
    EXPECT_TRUE(client.Send(request));
    EXPECT_EQ(got, size) << "it was waited for, and got everything";
  });
  stuck.get_future().wait();
  const net::HttpResponse other = Post(kPath, kQuestion);
  EXPECT_EQ(other.headers.First("x-vitrine-cache"), "hit");
  EXPECT_EQ(other.body.size(), size);
  read_on.set_value();
  slow.join();
}

TEST_F(CallRunTest, ErrorsAreNotCached) {
  StartWithStatuses({500, 200}, {.cache_ttl_ms = 60'000});
  EXPECT_EQ(Post(kPath, kQuestion).status, 500);
  EXPECT_EQ(Post(kPath, kQuestion).status, 200);
}

TEST_F(CallRunTest, WhatFailsAfterA200IsNotCached) {
  constexpr std::string_view kDelta =
      R"(data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"One"}}]})"
      "\n\n";
  const auto stream = [&](std::string_view end) {
    net::HttpResponse answer;
    answer.headers.Add("content-type", "text/event-stream");
    answer.body = std::string(kDelta) + std::string(end);
    return answer;
  };
  net::HttpResponse as_body = net::HttpResponse::Json(200, R"({"error":{"message":"overloaded"}})");
  const std::vector<net::HttpResponse> answers = {
      stream("data: {\"error\":{\"message\":\"overloaded\",\"type\":\"server_error\"}}\n\n"),
      stream(""), std::move(as_body), stream("data: [DONE]\n\n")};
  GatewayOptions options;
  options.upstreams.push_back(
      {.name = "chat", .url = "", .targets = {{"up", "", 1}}, .policy = {.cache_ttl_ms = 60'000}});
  std::atomic<size_t> asked = 0;
  Start(
      [&](net::HttpRequest, net::HttpResponder responder) {
        responder.Send(answers[std::min<size_t>(asked++, answers.size() - 1)]);
      },
      std::move(options));
  constexpr std::string_view kStream = R"({"model":"m","stream":true,"messages":[]})";
  for (const net::HttpResponse& answer : answers) {
    const net::HttpResponse got = Post(kPath, kStream);
    EXPECT_EQ(got.body, answer.body);
    EXPECT_EQ(got.headers.First("x-vitrine-cache"), "miss");
  }
  EXPECT_EQ(Post(kPath, kStream).headers.First("x-vitrine-cache"), "hit");
  EXPECT_EQ(asked, answers.size());
}

TEST_F(CallRunTest, WhatIsAnsweredLaterIsNotCached) {
  StartWithStatuses({200, 200, 200}, {.cache_ttl_ms = 60'000});
  const char* later = R"({"model":"gpt-5","background":true,"messages":[]})";
  EXPECT_EQ(Post(kPath, later).status, 200);
  EXPECT_EQ(Post(kPath, later).status, 200);
  EXPECT_EQ(seen_.size(), 2u);
  // A tool's parameter of that name says nothing of the call.
  const char* at_once = R"({"model":"gpt-5","messages":[],"tools":[{"name":"background"}]})";
  EXPECT_EQ(Post(kPath, at_once).status, 200);
  EXPECT_EQ(Post(kPath, at_once).headers.First("x-vitrine-cache"), "hit");
  EXPECT_EQ(seen_.size(), 3u);
}

TEST_F(CallRunTest, ALimitRefusesInTheProvidersShape) {
  GatewayOptions options;
  options.limits.push_back({.name = "r",
                            .by = LimitBy::kUser,
                            .window_ms = 86'400'000,
                            .requests = 2,
                            .tokens = std::nullopt,
                            .cost = std::nullopt});
  StartWith(net::HttpResponse::Json(200, std::string(kAnswer)), std::move(options));
  const auto go = [this](const char* user) {
    return Post("/gateway/up/v1/chat/completions", kQuestion, {{"x-vitrine-user", user}});
  };
  EXPECT_EQ(go("a").status, 200);
  EXPECT_EQ(go("a").status, 200);
  const net::HttpResponse refused = go("a");
  EXPECT_EQ(refused.status, 429);
  EXPECT_TRUE(refused.headers.Has("retry-after"));
  EXPECT_EQ(refused.body,
            R"({"error":{"message":"the limit 'r' of 2 requests in 1 d is used up for this user",)"
            R"("type":"rate_limit_error","param":null,"code":"gateway_limit"}})");
  EXPECT_EQ(go("b").status, 200);
  EXPECT_EQ(seen_.size(), 3u);
  ASSERT_EQ(Spans().size(), 4u);
  EXPECT_EQ(Spans()[2].error_type, model::ErrorType::kRateLimit);
  EXPECT_EQ(Attribute(Spans()[2], "vitrine.gateway.refused_by"), "limit");
}

TEST_F(CallRunTest, ABudgetIsCorrectedByWhatTheProviderCounted) {
  GatewayOptions options;
  options.limits.push_back({.name = "t",
                            .by = LimitBy::kAll,
                            .window_ms = 86'400'000,
                            .requests = std::nullopt,
                            .tokens = 1000,
                            .cost = std::nullopt});
  StartWith(net::HttpResponse::Json(200, std::string(kAnswer)), std::move(options));
  // The estimate of one call is more than a thousand tokens; each really takes 59.
  EXPECT_EQ(Post("/gateway/up/v1/chat/completions", kQuestion).status, 200);
  while (door_->counts().written < 1) std::this_thread::yield();
  EXPECT_EQ(Post("/gateway/up/v1/chat/completions", kQuestion).status, 200);
}

TEST_F(CallRunTest, GuardrailsOnRequestsBlockAndMask) {
  GatewayOptions options;
  GuardrailSetting mask;
  mask.name = "digits";
  mask.pattern = "\\d{4}";
  mask.action = GuardrailAction::kMask;
  GuardrailSetting block;
  block.name = "words";
  block.pattern = "forbidden";
  options.guardrails = {mask, block};
  StartWith(net::HttpResponse::Json(200, std::string(kAnswer)), std::move(options));
  const auto ask = [this](const std::string& text) {
    return Post("/gateway/up/v1/chat/completions",
                R"({"model":"m","messages":[{"role":"user","content":")" + text + "\"}]}");
  };
  EXPECT_EQ(ask("card 1234").status, 200);
  EXPECT_TRUE(seen_.at(0).body->contains("card [masked]"));
  const net::HttpResponse blocked = ask("forbidden");
  EXPECT_EQ(blocked.status, 400);
  EXPECT_TRUE(blocked.body.contains("the guardrail 'words' blocked this request"));
  EXPECT_EQ(seen_.size(), 1u);
  ASSERT_EQ(Spans().size(), 2u);
  EXPECT_EQ(Spans()[0].input_preview, "card [masked]");
  EXPECT_EQ(Spans()[0].guardrail_name, "digits");
  EXPECT_EQ(Spans()[0].guardrail_result, model::GuardrailResult::kMask);
  EXPECT_EQ(Spans()[1].guardrail_result, model::GuardrailResult::kBlock);
}

TEST_F(CallRunTest, GuardrailsOnAnswersSeeThemFirst) {
  GatewayOptions options;
  GuardrailSetting mask;
  mask.name = "greeting";
  mask.pattern = "Hello";
  mask.action = GuardrailAction::kMask;
  mask.is_for_requests = false;
  mask.is_for_answers = true;
  options.guardrails = {mask};
  StartWith(net::HttpResponse::Json(200, std::string(kAnswer)), std::move(options));
  const net::HttpResponse answer = Post("/gateway/up/v1/chat/completions", kQuestion);
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.body.contains("[masked]")) << answer.body;
  EXPECT_FALSE(answer.body.contains("Hello"));
  ASSERT_EQ(Spans().size(), 1u);
  EXPECT_EQ(Spans()[0].output_preview, "[masked]");
  EXPECT_TRUE(Spans()[0].served);
  EXPECT_EQ(Spans()[0].guardrail_result, model::GuardrailResult::kMask);
  EXPECT_EQ(Spans()[0].usage.output_tokens, 17u);
}

TEST_F(CallRunTest, OurKeysStandForTheProviders) {
  GatewayOptions options;
  options.keys.push_back({.key = "vk-0123456789abcdef",
                          .name = "team",
                          .project = "p",
                          .upstreams = {"up"},
                          .models = {"gpt-4o-mini"}});
  StartWith(net::HttpResponse::Json(200, std::string(kAnswer)), std::move(options),
            "provider-key-real");
  const net::HttpHeaders ours{{"authorization", "Bearer vk-0123456789abcdef"}};
  EXPECT_EQ(Post("/gateway/up/v1/chat/completions", kQuestion, ours).status, 200);
  EXPECT_EQ(seen_.at(0).headers.First("authorization"), "Bearer provider-key-real");
  EXPECT_EQ(
      Post("/gateway/up/v1/chat/completions", R"({"model":"gpt-4o","messages":[]})", ours).status,
      403);
  EXPECT_EQ(Post("/gateway/openai/v1/chat/completions", kQuestion, ours).status, 401);
  EXPECT_EQ(Post("/gateway/up/v1/chat/completions", kQuestion,
                 {{"authorization", "Bearer vk-0123456789abcdeX"}})
                .status,
            401);
  EXPECT_EQ(seen_.size(), 1u);
  ASSERT_EQ(Spans().size(), 2u);
  EXPECT_EQ(Attribute(Spans()[0], "vitrine.gateway.key"), "team");
  for (const wal::Record& record : read_.records) {
    EXPECT_FALSE(record.payload.contains("vk-0123456789"));
    EXPECT_FALSE(record.payload.contains("provider-key-real"));
  }
}

TEST_F(CallRunTest, ACallerMayAskForTheCacheAsHeliconesClientsDo) {
  StartWith(net::HttpResponse::Json(200, std::string(kAnswer)));
  const std::string path = "/gateway/up/v1/chat/completions";
  const net::HttpHeaders wish = {{"Helicone-Cache-Enabled", "true"},
                                 {"Cache-Control", "max-age=60"}};
  EXPECT_EQ(Post(path, kQuestion, wish).headers.First("helicone-cache"), "MISS");
  EXPECT_EQ(Post(path, kQuestion, wish).headers.First("helicone-cache"), "HIT");
  net::HttpHeaders seeded = wish;
  seeded.Add("Helicone-Cache-Seed", "2");
  EXPECT_EQ(Post(path, kQuestion, seeded).headers.First("helicone-cache"), "MISS");
  EXPECT_FALSE(Post(path, kQuestion).headers.Has("helicone-cache"));
  ASSERT_EQ(seen_.size(), 3u);
  EXPECT_FALSE(seen_[0].headers.Has("cache-control")) << "it spoke to the gateway";
  for (const net::HttpRequest& request : seen_) {
    for (const net::HttpHeader& header : request.headers)
      EXPECT_FALSE(IsGatewayHeader(header.name)) << header.name;
  }
  ASSERT_EQ(Spans().size(), 4u);
  EXPECT_EQ(Spans()[1].cache_status, model::CacheStatus::kHit);
  EXPECT_EQ(Spans()[1].cost.total, Money{});
}

TEST_F(CallRunTest, ACallerMayAskForMoreAttempts) {
  Start([this](net::HttpRequest request, net::HttpResponder responder) {
    const std::lock_guard lock(mutex_);
    seen_.push_back(request);
    responder.Send(net::HttpResponse::Json(seen_.size() < 3 ? 500 : 200, std::string(kAnswer)));
  });
  const std::string path = "/gateway/up/v1/chat/completions";
  EXPECT_EQ(Post(path, kQuestion,
                 {{"helicone-retry-enabled", "true"},
                  {"helicone-retry-num", "3"},
                  {"helicone-retry-min-timeout", "1"},
                  {"helicone-retry-max-timeout", "2"}})
                .status,
            200);
  EXPECT_EQ(seen_.size(), 3u);
  EXPECT_EQ(Spans().size(), 3u);
}

TEST_F(CallRunTest, ACallerMayNameItsOwnLimit) {
  StartWith(net::HttpResponse::Json(200, std::string(kAnswer)));
  const std::string path = "/gateway/up/v1/chat/completions";
  const auto ask = [&](const char* user) {
    return Post(path, kQuestion,
                {{"Helicone-RateLimit-Policy", "2;w=3600;s=user"}, {"Helicone-User-Id", user}});
  };
  const net::HttpResponse first = ask("u-1");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.headers.First("helicone-ratelimit-limit"), "2");
  EXPECT_EQ(first.headers.First("helicone-ratelimit-remaining"), "1");
  EXPECT_EQ(first.headers.First("helicone-ratelimit-policy"), "2;w=3600;s=user");
  EXPECT_EQ(ask("u-1").status, 200);
  const net::HttpResponse refused = ask("u-1");
  EXPECT_EQ(refused.status, 429);
  EXPECT_TRUE(refused.headers.Has("retry-after"));
  EXPECT_EQ(refused.headers.First("helicone-ratelimit-remaining"), "0");
  EXPECT_EQ(ask("u-2").status, 200);
  EXPECT_EQ(Post(path, kQuestion, {{"Helicone-RateLimit-Policy", "nonsense"}}).status, 200);
  EXPECT_EQ(seen_.size(), 4u);
}

TEST_F(CallRunTest, TheModelThatACallerNamesDecidesTheCost) {
  StartWith(net::HttpResponse::Json(200, std::string(kAnswer)));
  Post("/gateway/up/v1/chat/completions", kQuestion, {{"Helicone-Model-Override", "gpt-4o"}});
  ASSERT_EQ(Spans().size(), 1u);
  EXPECT_EQ(Spans()[0].response_model, "gpt-4o-mini-2024-07-18");
  EXPECT_EQ(Spans()[0].cost.price_id, "openai/gpt-4o@always");
}

}  // namespace
}  // namespace vitrine::capture
