// Relays over HTTP/2: what goes out on a stream, and what comes back, is what HTTP/1.1 would carry.
#include <gtest/gtest.h>

#include <latch>
#include <random>

#include "net/internal/http2_testing.h"
#include "net/internal/relay_messages_testing.h"

namespace vitrine::net {
namespace {

using internal::AnswerEach;
using internal::Chunked;
using internal::Http2At;
using internal::Http2Fields;
using internal::Http2Heard;
using internal::Http2Peer;
using internal::kGet;
using internal::RandomBytes;
using internal::SendSplit;
using internal::TestClient;
using internal::TestGateway;
using internal::TestMessage;
using internal::TestSocket;
using internal::TestUpstream;

TEST(RelayHttp2, HeadsKeepWhatIsEndToEnd) {
  Http2Fields fields;
  TestUpstream upstream(AnswerEach([&fields](Http2Peer& peer, Http2Heard& heard) {
    fields = heard.fields;
    peer.Answer(heard.id, "201",
                {{"content-type", "text/plain"},
                 {"set-cookie", "a=1"},
                 {"set-cookie", "b=2"},
                 {"content-length", "2"},
                 {"x-request-id", "r-1"}},
                "ok");
  }));
  TestGateway gateway(Http2At(upstream.port()));
  const TestMessage answer = Ask(
      gateway,
      "POST /relay/%2F?q=1 HTTP/1.1\r\nHost: api.test:8443\r\nContent-Type: Application/JSON\r\n"
      "Authorization: Bearer Secret\r\nCookie: a=1; b=2\r\nConnection: keep-alive, x-hop\r\n"
      "X-Hop: 1\r\nKeep-Alive: 5\r\nProxy-Connection: close\r\nTE: trailers\r\n"
      "X-Empty: \r\nX-Many: 1\r\nX-Many: 2\r\nContent-Length: 4\r\n\r\nbody");
  const Http2Fields expected = {{":method", "POST"},
                                {":scheme", "http"},
                                {":authority", "api.test:8443"},
                                {":path", "/relay/%2F?q=1"},
                                {"content-type", "Application/JSON"},
                                {"authorization", "Bearer Secret"},
                                {"cookie", "a=1; b=2"},
                                {"x-empty", ""},
                                {"x-many", "1"},
                                {"x-many", "2"},
                                {"content-length", "4"}};
  EXPECT_EQ(fields, expected);
  EXPECT_EQ(answer.head,
            "HTTP/1.1 201 Created\r\ncontent-type: text/plain\r\nset-cookie: a=1\r\n"
            "set-cookie: b=2\r\ncontent-length: 2\r\nx-request-id: r-1\r\n\r\n");
  EXPECT_EQ(answer.body, "ok");
  const RelayEnd end = gateway.last()->WaitEnd();
  EXPECT_EQ(end.reason, RelayEndReason::kComplete);
  EXPECT_EQ(end.status, 201);
  EXPECT_TRUE(end.was_http2);
  EXPECT_EQ(end.request_body_bytes, 4u);
  EXPECT_EQ(end.response_body_bytes, 2u);
  EXPECT_EQ(gateway.last()->request_body(), "body");
  EXPECT_EQ(gateway.last()->response_body(), "ok");
}

TEST(RelayHttp2, BodiesOfAllSizesBothWays) {
  std::mt19937 random(5);
  const std::vector<size_t> sizes = {0,      1,      1000,    16'384,   16'385,
                                     65'535, 65'536, 300'000, 3'000'000};
  TestUpstream upstream(AnswerEach([](Http2Peer& peer, Http2Heard& heard) {
    Http2Fields fields;
    if (heard.Has("x-length")) {
      fields.emplace_back("content-length", std::to_string(heard.body.size()));
    }
    peer.Answer(heard.id, "200", fields, heard.body);
  }));
  TestGateway gateway(Http2At(upstream.port()));
  TestClient client(gateway);
  for (const size_t size : sizes) {
    for (const std::string path : {"/relay", "/whole"}) {
      for (const bool has_length : {true, false}) {
        SCOPED_TRACE(path + " " + std::to_string(size) + (has_length ? " length" : " chunked"));
        const std::string body = RandomBytes(size, random);
        const std::string framed =
            has_length
                ? "X-Length: 1\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" + body
                : "Transfer-Encoding: chunked\r\n\r\n" + Chunked(body, random);
        std::mt19937 splits(random());
        std::thread sender([&] {
          SendSplit(client.socket, "POST " + path + " HTTP/1.1\r\nHost: h\r\n" + framed, splits);
        });
        const TestMessage answer = client.reader.Read(true);
        sender.join();
        ASSERT_EQ(answer.status(), 200) << answer.body;
        EXPECT_TRUE(answer.complete);
        EXPECT_TRUE(answer.body == body);
        EXPECT_EQ(answer.Has("transfer-encoding: chunked"), !has_length);
        EXPECT_EQ(gateway.last()->WaitEnd().response_body_bytes, size);
        EXPECT_TRUE(gateway.last()->response_body() == body);
      }
    }
  }
  EXPECT_EQ(upstream.connections(), 1u);
}

TEST(RelayHttp2, AnswersWithoutABody) {
  TestUpstream upstream(AnswerEach([](Http2Peer& peer, Http2Heard& heard) {
    const std::string path = heard.Field(":path");
    if (heard.Field(":method") == "HEAD") {
      peer.AnswerHead(heard.id, "200", {{"content-length", "10"}});
    } else if (path == "/relay/late-end") {
      peer.BeginAnswer(heard.id, "204");
      peer.End(heard.id);
    } else {
      peer.AnswerHead(heard.id, path.substr(path.size() - 3), {{"x-a", "b"}});
    }
  }));
  TestGateway gateway(Http2At(upstream.port()));
  for (const std::string request :
       {"HEAD /relay", "GET /relay/204", "GET /relay/304", "GET /relay/late-end"}) {
    SCOPED_TRACE(request);
    TestClient client(gateway);
    for (int i = 0; i < 2; ++i) {
      client.socket.Send(request + " HTTP/1.1\r\nHost: h\r\n\r\n");
      const TestMessage answer = client.reader.Read(true, true);
      EXPECT_TRUE(answer.complete);
      EXPECT_FALSE(answer.Has("transfer-encoding"));
      EXPECT_EQ(gateway.last()->WaitEnd().reason, RelayEndReason::kComplete);
    }
    EXPECT_EQ(client.reader.rest(), "");
  }
  const TestMessage empty = Ask(gateway, "GET /relay/200 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(empty.complete);
  EXPECT_EQ(empty.body, "");
  EXPECT_EQ(upstream.connections(), 1u);
}

TEST(RelayHttp2, InterimAnswersGoAlong) {
  TestUpstream upstream(AnswerEach([](Http2Peer& peer, Http2Heard& heard) {
    peer.Interim(heard.id, "103", {{"link", "</a>; rel=preload"}});
    peer.Interim(heard.id, "103", {{"link", "</b>"}});
    peer.Answer(heard.id, "200", {{"content-length", "2"}}, "ok");
  }));
  TestGateway gateway(Http2At(upstream.port()));
  TestClient client(gateway);
  const TestMessage hint = client.Ask(kGet);
  EXPECT_EQ(hint.status(), 103);
  EXPECT_TRUE(hint.Has("link: </a>; rel=preload\r\n"));
  EXPECT_TRUE(client.reader.Read(true).Has("link: </b>\r\n"));
  EXPECT_EQ(client.reader.Read(true).body, "ok");
  EXPECT_EQ(gateway.last()->statuses(), (std::vector<int>{103, 103, 200}));
}

TEST(RelayHttp2, AClientWaitsForTheUpstreamsContinue) {
  TestUpstream upstream([](TestSocket& socket, size_t) {
    Http2Peer peer(socket);
    ASSERT_TRUE(
        peer.RunUntil([&peer] { return peer.requests() == 1 && peer.request(0).has_head; }));
    EXPECT_EQ(peer.request(0).Field("expect"), "100-continue");
    EXPECT_FALSE(peer.request(0).is_complete);
    peer.Interim(1, "100");
    ASSERT_TRUE(peer.WaitRequests(1));
    peer.Answer(1, "200", {{"content-length", "4"}}, peer.request(0).body);
    peer.RunToEnd();
  });
  TestGateway gateway(Http2At(upstream.port()));
  TestClient client(gateway);
  client.socket.Send(
      "POST /relay HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(client.reader.Read(true).status(), 100);
  EXPECT_EQ(client.Ask("body").body, "body");
}

TEST(RelayHttp2, TrailersBothWays) {
  TestUpstream upstream(AnswerEach([](Http2Peer& peer, Http2Heard& heard) {
    EXPECT_EQ(heard.trailers, (Http2Fields{{"x-sum", "Up"}}));
    peer.Answer(heard.id, "200", {{"trailer", "x-count"}}, "body",
                {{"x-count", "4"}, {"x-more", "5"}});
  }));
  TestGateway gateway(Http2At(upstream.port()));
  const TestMessage answer =
      Ask(gateway,
          "POST /relay HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
          "4\r\nbody\r\n0\r\nX-Sum: Up\r\n\r\n");
  EXPECT_TRUE(answer.complete);
  EXPECT_TRUE(answer.Has("trailer: x-count\r\n"));
  EXPECT_EQ(answer.body, "body");
  EXPECT_EQ(answer.trailers, "x-count: 4\r\nx-more: 5\r\n");
  EXPECT_EQ(gateway.last()->WaitEnd().reason, RelayEndReason::kComplete);
  EXPECT_EQ(gateway.last()->trailers(), "x-count=4;x-more=5;");
}

TEST(RelayHttp2, FieldsThatMayNotBeTrailersAreMalformed) {
  TestUpstream upstream(AnswerEach([](Http2Peer& peer, Http2Heard& heard) {
    peer.Answer(heard.id, "200", {}, "body", {{"set-cookie", "a=1"}});
  }));
  TestGateway gateway(Http2At(upstream.port()));
  EXPECT_FALSE(Ask(gateway, kGet).complete);
  EXPECT_EQ(gateway.last()->WaitEnd().reason, RelayEndReason::kResponseMalformed);
}

TEST(RelayHttp2, OldClientsSeeTheEndByTheConnections) {
  TestUpstream upstream(AnswerEach(
      [](Http2Peer& peer, Http2Heard& heard) { peer.Answer(heard.id, "200", {}, "until close"); }));
  TestGateway gateway(Http2At(upstream.port()));
  TestSocket client(gateway.port());
  client.Send("GET /relay HTTP/1.0\r\nHost: h\r\n\r\n");
  const std::string all = client.ReadAll();
  EXPECT_TRUE(all.ends_with("\r\n\r\nuntil close")) << all;
  EXPECT_EQ(all.find("transfer-encoding"), std::string::npos);
}

TEST(RelayHttp2, EachDeltaIsSeenWhenItComes) {
  static constexpr int kDeltas = 20;
  std::atomic<int> seen = 0;
  TestUpstream upstream([&seen](TestSocket& socket, size_t) {
    Http2Peer peer(socket);
    ASSERT_TRUE(peer.WaitRequests(1));
    peer.BeginAnswer(1, "200", {{"content-type", "text/event-stream"}});
    for (int i = 0; i < kDeltas; ++i) {
      peer.Write(1, "data: " + std::to_string(i) + "\n\n");
      // The next one is written when the client has this one.
      peer.RunUntil([&seen, i] { return seen > i; });
    }
    peer.End(1);
    peer.RunToEnd();
  });
  TestGateway gateway(Http2At(upstream.port()));
  TestSocket client(gateway.port());
  client.Send(kGet);
  for (int i = 0; i < kDeltas; ++i) {
    const std::string delta = "data: " + std::to_string(i) + "\n\n";
    EXPECT_FALSE(client.ReadUntil(delta + "\r\n").empty());
    ++seen;
  }
  EXPECT_EQ(client.ReadUntil("0\r\n\r\n"), "0\r\n\r\n");
  const RelayTimes times = gateway.last()->WaitEnd().times;
  EXPECT_LE(times.accepted_ns, times.connected_ns);
  EXPECT_LE(times.connected_ns, times.request_sent_ns);
  EXPECT_LE(times.request_sent_ns, times.first_byte_ns);
  EXPECT_LT(times.first_byte_ns, times.last_byte_ns);
}

TEST(RelayHttp2, AnAnswerMayComeBeforeTheRequestIsOver) {
  TestUpstream upstream([](TestSocket& socket, size_t) {
    Http2Peer peer(socket);
    ASSERT_TRUE(
        peer.RunUntil([&peer] { return peer.requests() == 1 && peer.request(0).has_head; }));
    peer.Answer(1, "413", {{"content-length", "3"}}, "big");
    peer.RunUntil([&peer] { return peer.request(0).was_reset; });
    EXPECT_EQ(peer.request(0).reset_code, NGHTTP2_CANCEL);
    peer.RunToEnd();
  });
  TestGateway gateway(Http2At(upstream.port()));
  TestClient client(gateway);
  const TestMessage answer =
      client.Ask("POST /relay HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nfirst");
  EXPECT_EQ(answer.status(), 413);
  EXPECT_EQ(answer.body, "big");
  EXPECT_TRUE(answer.Has("connection: close\r\n"));
  EXPECT_EQ(gateway.last()->WaitEnd().reason, RelayEndReason::kComplete);
}

}  // namespace
}  // namespace vitrine::net
