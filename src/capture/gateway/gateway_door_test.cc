// The whole door between real sockets: a client, the server with the gateway, an upstream, and what
// stands in the log afterwards.
#include <thread>

#include "capture/gateway/gateway_testing.h"
#include "syntax/compress/compress.h"

namespace vitrine::capture {
namespace {

class GatewayDoorTest : public GatewayTest {};

TEST_F(GatewayDoorTest, ACallGoesThroughUntouchedAndIsRecorded) {
  net::HttpResponse answer = net::HttpResponse::Json(200, std::string(kAnswer));
  answer.headers.Add("openai-processing-ms", "12");
  StartWith(answer);
  const net::HttpResponse got =
      Post("/gateway/up/v1/chat/completions?x=%2F", kQuestion,
           {{"authorization", "Bearer odd-key-of-mine"},
            {"x-vitrine-user", "u-2"},
            {"x-vitrine-tag-Team", "blue"},
            {"helicone-property-City", "Rome"},
            {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}});
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, kAnswer);
  EXPECT_EQ(got.headers.First("openai-processing-ms"), "12");
  ASSERT_EQ(seen_.size(), 1u);
  EXPECT_EQ(seen_[0].target, "/v1/chat/completions?x=%2F");
  EXPECT_EQ(*seen_[0].body, kQuestion);
  EXPECT_EQ(seen_[0].headers.First("authorization"), "Bearer odd-key-of-mine");
  EXPECT_TRUE(seen_[0].headers.Has("traceparent"));
  EXPECT_FALSE(seen_[0].headers.Has("x-vitrine-user"));
  EXPECT_FALSE(seen_[0].headers.Has("helicone-property-city"));
  EXPECT_EQ(seen_[0].headers.First("host"), "127.0.0.1:" + std::to_string(upstream_->port()));

  ASSERT_EQ(Spans().size(), 1u);
  const model::Span& span = Spans()[0];
  EXPECT_EQ(span.trace_id.ToHex(), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(span.parent_span_id.ToHex(), "b7ad6b7169203331");
  EXPECT_EQ(span.kind, model::SpanKind::kLlm);
  EXPECT_EQ(span.status, model::SpanStatus::kOk);
  EXPECT_EQ(span.name, "chat gpt-4o-mini");
  EXPECT_EQ(span.provider, "openai");
  EXPECT_EQ(span.response_model, "gpt-4o-mini-2024-07-18");
  EXPECT_EQ(span.usage.input_tokens, 42u);
  EXPECT_EQ(span.usage.output_tokens, 17u);
  EXPECT_EQ(span.cost.total->ToString(), "0.0000165");
  EXPECT_EQ(span.user_id, "u-2");
  EXPECT_EQ(span.session_id, "s-1");
  EXPECT_EQ(Attribute(span, "metadata.tier"), "gold");
  EXPECT_EQ(std::vector(span.tags.begin(), span.tags.end()),
            (std::vector<std::string_view>{"Team:blue", "City:Rome"}));
  EXPECT_EQ(span.temperature, 0.5);
  EXPECT_EQ(span.stream, false);
  EXPECT_EQ(span.input_preview, "Hi");
  EXPECT_EQ(span.output_preview, "Hello");
  EXPECT_EQ(Attribute(span, "http.response.header.openai-processing-ms"), "12");
  EXPECT_EQ(span.call_id, span.span_id.ToHex());
  EXPECT_EQ(Attribute(span, "http.request.header.content-type"), "") << "the exchange has it";
  ASSERT_NE(span.exchange, nullptr);
  EXPECT_EQ(span.exchange->method, "POST");
  EXPECT_TRUE(span.exchange->url.ends_with("/v1/chat/completions?x=%2F")) << span.exchange->url;
  EXPECT_EQ(span.exchange->status, 200);
  EXPECT_EQ(span.exchange->request.skeleton, kQuestion);
  EXPECT_EQ(span.exchange->response.skeleton, kAnswer);
  EXPECT_EQ(span.exchange->piece_ends.back(), kAnswer.size());
  EXPECT_EQ(door_->counts().written, 1u);
  EXPECT_EQ(door_->counts().bytes_held, 0u);
}

TEST_F(GatewayDoorTest, AHeldKeyIsNotForPagesOfTheWeb) {
  GatewayOptions options;
  options.check_host = [](const net::HttpRequest& head) -> Result<void> {
    if (head.headers.First("host") != "rebound.example") return {};
    return Fail(ErrorCode::kInvalidInput, "not to the name rebound.example");
  };
  StartWith(net::HttpResponse::Json(200, std::string(kAnswer)), options, "sk-held");
  const std::string path = "/gateway/up/v1/chat/completions";
  const auto ask = [&](const std::string& method, net::HttpHeaders headers) {
    net::HttpClient client({.endpoint = {.host = "127.0.0.1", .port = server_->port()}});
    return *client.Send({.method = method,
                         .target = path,
                         .headers = std::move(headers),
                         .body = method == "GET" ? "" : kQuestion});
  };
  for (const char* method : {"POST", "GET", "OPTIONS"}) {
    EXPECT_EQ(ask(method, {{"origin", "https://evil.example"}}).status, 401) << method;
    const net::HttpResponse refused =
        ask(method, {{"origin", "http://rebound.example"}, {"host", "rebound.example"}});
    EXPECT_EQ(refused.status, 401) << method;
    EXPECT_NE(refused.body.find("not to the name rebound.example"), std::string::npos);
  }
  EXPECT_EQ(ask("GET", {{"host", "rebound.example"}}).status, 401)
      << "it says no origin of its own";
  EXPECT_EQ(seen_.size(), 0u);
  EXPECT_EQ(ask("POST", {}).status, 200);
  EXPECT_EQ(ask("POST", {{"origin", "http://localhost:5173"}}).status, 200);
  ASSERT_EQ(seen_.size(), 2u);
  EXPECT_EQ(seen_[0].headers.First("authorization"), "Bearer sk-held");
}

TEST_F(GatewayDoorTest, WhoBringsAKeyMayBeAnyPage) {
  GatewayOptions options;
  options.check_host = [](const net::HttpRequest&) -> Result<void> {
    return Fail(ErrorCode::kInvalidInput, "nobody");
  };
  StartWith(net::HttpResponse::Json(200, std::string(kAnswer)), options);
  EXPECT_EQ(Post("/gateway/up/v1/chat/completions", kQuestion,
                 {{"origin", "https://app.example"}, {"authorization", "Bearer theirs"}})
                .status,
            200);
}

TEST_F(GatewayDoorTest, AStreamHasATimeline) {
  Start([](net::HttpRequest, net::HttpResponder responder) {
    net::HttpStream stream = responder.Begin(200, {{"content-type", "text/event-stream"}});
    for (const char* text : {"One", " two", " three"}) {
      (void)stream.Write(
          R"(data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"content":")" +
          std::string(text) + "\"}}]}\n\n");
    }
    (void)stream.Write(
        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
        "data: [DONE]\n\n");
    stream.End();
  });
  Post("/gateway/up/v1/chat/completions", R"({"model":"m","stream":true,"messages":[]})");
  ASSERT_EQ(Spans().size(), 1u);
  const model::Span& span = Spans()[0];
  EXPECT_EQ(span.stream, true);
  EXPECT_EQ(span.output_preview, "One two three");
  ASSERT_EQ(span.timeline.offsets_ns.size(), 3u);
  EXPECT_EQ(std::vector(span.timeline.sizes.begin(), span.timeline.sizes.end()),
            (std::vector<uint32_t>{3, 4, 6}));
  EXPECT_TRUE(std::ranges::is_sorted(span.timeline.offsets_ns));
  EXPECT_EQ(span.ttft_ns, static_cast<int64_t>(span.timeline.offsets_ns[0]));
  EXPECT_EQ(span.usage.input_tokens, std::nullopt);
  EXPECT_EQ(span.finish_reason, model::FinishReason::kStop);
}

TEST_F(GatewayDoorTest, ARepeatedCallIsLinkedAlsoWhenTheLogRefusedItFirst) {
  StartWith(net::HttpResponse::Json(503, "{}"));
  files_.FailRandomly(platform::SimFault::kIoError, 1);
  Post("/gateway/up/v1/chat/completions", kQuestion);
  Post("/gateway/up/v1/chat/completions", kQuestion, {{"x-stainless-retry-count", "1"}});
  for (int i = 0; i < 500 && log_->counters().records_refused < 2; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_GE(log_->counters().records_refused, 2u) << "offered again at least once";
  EXPECT_EQ(door_->counts().written, 0u);
  files_.ClearFaults();
  clock_.Advance(60'000'000'000);
  for (int i = 0; i < 500 && door_->counts().written < 2; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  ASSERT_EQ(Spans().size(), 2u);
  EXPECT_EQ(Spans()[0].call_id, Spans()[0].span_id.ToHex());
  EXPECT_EQ(Spans()[1].call_id, Spans()[0].call_id);
  EXPECT_EQ(Spans()[1].attempt, 1u);
  EXPECT_EQ(door_->counts().dropped, 0u);
  EXPECT_EQ(door_->counts().bytes_held, 0u);
}

TEST_F(GatewayDoorTest, EncodedBodiesPassAsTheyAreAndAreRead) {
  const std::string packed = *compress::Deflate(compress::Encoding::kGzip, kAnswer);
  net::HttpResponse answer = net::HttpResponse::Json(200, packed);
  answer.headers.Add("content-encoding", "gzip");
  StartWith(answer);
  const std::string question = *compress::Deflate(compress::Encoding::kZstd, kQuestion);
  EXPECT_EQ(Post("/gateway/up/v1/chat/completions", question, {{"content-encoding", "zstd"}}).body,
            packed);
  EXPECT_EQ(*seen_.at(0).body, question);
  ASSERT_EQ(Spans().size(), 1u);
  EXPECT_EQ(Spans()[0].output_preview, "Hello");
  EXPECT_EQ(Spans()[0].input_preview, "Hi");
  EXPECT_EQ(Spans()[0].exchange->request.skeleton, kQuestion);
  EXPECT_EQ(Spans()[0].exchange->request.content_encoding, "zstd");
  EXPECT_EQ(Spans()[0].exchange->response.skeleton, kAnswer);
  EXPECT_EQ(Spans()[0].exchange->response.content_encoding, "gzip");
  EXPECT_EQ(Spans()[0].exchange->piece_ends.back(), kAnswer.size());
}

TEST_F(GatewayDoorTest, ABodyThatCannotBeReadIsSaid) {
  net::HttpResponse answer = net::HttpResponse::Json(200, "this is no gzip");
  answer.headers.Add("content-encoding", "gzip");
  StartWith(answer);
  EXPECT_EQ(Post("/gateway/up/v1/chat/completions", kQuestion).body, "this is no gzip");
  ASSERT_EQ(Spans().size(), 1u);
  EXPECT_EQ(Attribute(Spans()[0], "vitrine.gateway.body"), "could not be decompressed");
  EXPECT_EQ(Spans()[0].exchange->response.state, model::BodyState::kUnreadable);
  EXPECT_EQ(Spans()[0].exchange->request.skeleton, kQuestion);
  EXPECT_EQ(Spans()[0].input_preview, "Hi");
}

TEST_F(GatewayDoorTest, ErrorsOfTheProviderAreErrorsOfTheCall) {
  StartWith(net::HttpResponse::Json(
      429, R"({"error":{"message":"Rate limit reached","type":"requests","code":null}})"));
  EXPECT_EQ(Post("/gateway/up/v1/chat/completions", kQuestion).status, 429);
  ASSERT_EQ(Spans().size(), 1u);
  EXPECT_EQ(Spans()[0].status, model::SpanStatus::kError);
  EXPECT_EQ(Spans()[0].error_type, model::ErrorType::kRateLimit);
  EXPECT_EQ(Spans()[0].http_status, 429);
  EXPECT_EQ(Spans()[0].status_message, "Rate limit reached");
}

TEST_F(GatewayDoorTest, RetriesOfAClientAreOneCall) {
  StartWith(net::HttpResponse::Json(500, "{}"));
  for (const char* count : {"0", "1", "2"})
    Post("/gateway/up/v1/chat/completions", kQuestion, {{"x-stainless-retry-count", count}});
  ASSERT_EQ(Spans().size(), 3u);
  for (uint16_t i = 0; i < 3; ++i) {
    EXPECT_EQ(Spans()[i].attempt, i);
    EXPECT_EQ(Spans()[i].call_id, Spans()[0].span_id.ToHex());
  }
}

TEST_F(GatewayDoorTest, AnUpstreamThatIsNotThereIsAConnectionError) {
  StartWith({});
  upstream_.reset();
  EXPECT_EQ(Post("/gateway/up/v1/chat/completions", kQuestion).status, 502);
  ASSERT_EQ(Spans().size(), 1u);
  EXPECT_EQ(Spans()[0].status, model::SpanStatus::kError);
  EXPECT_EQ(Spans()[0].error_type, model::ErrorType::kConnection);
  EXPECT_EQ(Attribute(Spans()[0], "vitrine.gateway.end"), "upstream_unreachable");
  EXPECT_EQ(Spans()[0].input_preview, "Hi");
}

TEST_F(GatewayDoorTest, WhatIsNoModelCallIsPlainHttp) {
  StartWith(net::HttpResponse::Json(200, R"({"data":[]})"));
  Post("/gateway/up/v1/files?limit=1", "{}");
  ASSERT_EQ(Spans().size(), 1u);
  EXPECT_EQ(Spans()[0].kind, model::SpanKind::kHttp);
  EXPECT_EQ(Spans()[0].name, "POST /v1/files");
  EXPECT_FALSE(Spans()[0].cost.total);
}

TEST_F(GatewayDoorTest, NoCredentialIsKept) {
  net::HttpResponse answer = net::HttpResponse::Json(
      401, R"({"error":{"message":"Incorrect key: odd-key-of-mine","type":"auth"}})");
  answer.headers.Add("set-cookie", "session=odd-cookie-of-theirs");
  answer.headers.Add("x-echo", "odd-key-of-mine");
  StartWith(answer);
  Post("/gateway/up/v1/chat/completions?key=odd-query-key-1",
       R"({"model":"m","messages":[{"role":"user","content":"odd-key-of-mine odd-query-key-1"}]})",
       {{"authorization", "Bearer odd-key-of-mine"}, {"cookie", "c=odd-cookie-of-mine"}});
  ASSERT_EQ(Spans().size(), 1u);
  for (const wal::Record& record : read_.records)
    EXPECT_FALSE(record.payload.contains("odd-")) << record.payload;
  EXPECT_EQ(Spans()[0].error_type, model::ErrorType::kAuth);
}

TEST_F(GatewayDoorTest, ACredentialThatComesBackInPiecesIsNotKept) {
  Start([](net::HttpRequest, net::HttpResponder responder) {
    net::HttpStream stream = responder.Begin(200, {{"content-type", "text/event-stream"}});
    for (const char* text : {"Your key is odd/key", "-of-", "mine and ", R"(odd\/key-of-mine)"}) {
      (void)stream.Write(R"(data: {"id":"c","choices":[{"index":0,"delta":{"content":")" +
                         std::string(text) + "\"}}]}\n\n");
    }
    (void)stream.Write("data: [DONE]\n\n");
    stream.End();
  });
  Post("/gateway/up/v1/chat/completions", R"({"model":"m","stream":true,"messages":[]})",
       {{"x-api-key", "odd/key-of-mine"}, {"x-vitrine-tag-k", "odd/key-of-mine"}});
  ASSERT_EQ(Spans().size(), 1u);
  EXPECT_EQ(Spans()[0].output_preview, "Your key is [scrubbed] and [scrubbed]");
  for (const wal::Record& record : read_.records)
    EXPECT_FALSE(record.payload.contains("key-of-mine"));
}

TEST_F(GatewayDoorTest, CallersTargetsNeedTheAllowListAndAPublicAddress) {
  StartWith(net::HttpResponse::Json(200, "{}"),
            {.allowed_targets = "localhost.example, *.nip.test"});
  const auto go = [this](const std::string& url) {
    return Post("/gateway/openai/v1/chat/completions", kQuestion, {{"helicone-target-url", url}});
  };
  const std::string port = std::to_string(upstream_->port());
  EXPECT_EQ(go("http://127.0.0.1:" + port).status, 403);
  EXPECT_EQ(go("http://[::1]:" + port).status, 403);
  EXPECT_EQ(go("http://localhost:" + port).status, 403);
  EXPECT_EQ(go("http://api.evil.test:" + port).status, 403);
  EXPECT_EQ(go("gopher://x").status, 400);
  EXPECT_EQ(go("http://user@localhost.example").status, 400);
  EXPECT_EQ(seen_.size(), 0u);
}

TEST_F(GatewayDoorTest, UnknownUpstreamsAreExplained) {
  StartWith({});
  const net::HttpResponse answer = Post("/gateway/nobody/v1/chat/completions", kQuestion);
  EXPECT_EQ(answer.status, 404);
  EXPECT_TRUE(answer.body.contains("there is no upstream 'nobody'")) << answer.body;
  EXPECT_TRUE(Spans().empty());
}

TEST_F(GatewayDoorTest, OmittedContentIsNotKept) {
  StartWith(net::HttpResponse::Json(200, std::string(kAnswer)));
  Post("/gateway/up/v1/chat/completions", kQuestion,
       {{"helicone-omit-request", "true"}, {"helicone-omit-response", "true"}});
  ASSERT_EQ(Spans().size(), 1u);
  EXPECT_TRUE(Spans()[0].input_messages.empty());
  EXPECT_TRUE(Spans()[0].output_messages.empty());
  EXPECT_EQ(Spans()[0].input_preview, "");
  for (const model::ExchangeBody& body :
       {Spans()[0].exchange->request, Spans()[0].exchange->response}) {
    EXPECT_EQ(body.state, model::BodyState::kOmitted);
    EXPECT_EQ(body.skeleton, "");
  }
  EXPECT_EQ(Spans()[0].usage.input_tokens, 42u);
}

TEST_F(GatewayDoorTest, ALogThatRefusesNeverTouchesACall) {
  StartWith(net::HttpResponse::Json(200, std::string(kAnswer)), {.recording_bytes_max = 64 << 10});
  files_.SetCapacity(0);
  for (int i = 0; i < 50; ++i)
    EXPECT_EQ(Post("/gateway/up/v1/chat/completions", kQuestion).status, 200);
  server_->Stop();
  door_->Stop();
  const RecordingCounts counts = door_->counts();
  EXPECT_EQ(counts.begun, 50u);
  EXPECT_EQ(counts.written + counts.dropped, 50u);
  EXPECT_GT(counts.dropped, 0u);
  EXPECT_EQ(counts.bytes_held, 0u);
}

}  // namespace
}  // namespace vitrine::capture
