// The relay between real loopback sockets: what goes through comes out the same, whatever the
// framing and wherever the bytes are cut.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <random>

#include "net/internal/relay_messages_testing.h"

namespace vitrine::net {
namespace {

using internal::AlwaysAnswer;
using internal::Chunked;
using internal::kOk;
using internal::RandomBytes;
using internal::SendSplit;
using internal::TestGateway;
using internal::TestMessage;
using internal::TestReader;
using internal::TestSocket;
using internal::TestUpstream;

TEST(Relay, PassesARequestAndItsAnswer) {
  std::string seen;
  TestUpstream upstream([&seen](TestSocket& socket, size_t) {
    TestReader reader(socket);
    const TestMessage request = reader.Read(false);
    seen = request.head + "|" + request.body;
    socket.Send(
        "HTTP/1.1 201 Made Up\r\nX-Request-Id: theirs\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n"
        "Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n"
        "Content-Length: 5\r\n\r\nhello");
    reader.Read(false);
  });
  TestGateway gateway(TestGateway::At(upstream.port()));
  TestSocket client(gateway.port());
  TestReader reader(client);
  client.Send(
      "POST /relay/a%2Fb?x=1 HTTP/1.1\r\nHost: h\r\nX-End: to end\r\nTE: trailers\r\n"
      "Proxy-Authorization: secret\r\nConnection: X-Mine\r\nX-Mine: 1\r\n"
      "Content-Length: 4\r\n\r\nbody");
  const TestMessage answer = reader.Read(true);
  EXPECT_EQ(seen,
            "POST /relay/a%2Fb?x=1 HTTP/1.1\r\nHost: h\r\nX-End: to end\r\ncontent-length: "
            "4\r\n\r\n|body");
  EXPECT_EQ(answer.head,
            "HTTP/1.1 201 Made Up\r\nX-Request-Id: theirs\r\nSet-Cookie: a=1\r\nSet-Cookie: "
            "b=2\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(answer.body, "hello");
  const RelayEnd end = gateway.last()->WaitEnd();
  EXPECT_EQ(end.reason, RelayEndReason::kComplete);
  EXPECT_EQ(end.status, 201);
  EXPECT_EQ(end.request_body_bytes, 4u);
  EXPECT_EQ(end.response_body_bytes, 5u);
  EXPECT_LE(end.times.accepted_ns, end.times.connected_ns);
  EXPECT_LE(end.times.connected_ns, end.times.request_sent_ns);
  EXPECT_LE(end.times.request_sent_ns, end.times.first_byte_ns);
  EXPECT_LE(end.times.first_byte_ns, end.times.last_byte_ns);
  EXPECT_GT(end.times.accepted_ns, 0);
}

TEST(Relay, OrdinaryRequestsShareTheConnection) {
  TestUpstream upstream(AlwaysAnswer(std::string(kOk)));
  TestGateway gateway(TestGateway::At(upstream.port()));
  TestSocket client(gateway.port());
  TestReader reader(client);
  std::string all;
  for (int i = 0; i < 20; ++i) {
    all += i % 3 == 0 ? "POST /here HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
                      : "POST /relay HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
  }
  ASSERT_TRUE(client.Send(all));  // Pipelined: answers keep the order.
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(reader.Read(true).body, i % 3 == 0 ? "local /here" : "ok") << i;
  }
  EXPECT_EQ(upstream.connections(), 1u);
  const HttpServerStats stats = gateway.server().stats();
  EXPECT_EQ(stats.relays, 13u);
  EXPECT_EQ(stats.upstream_connects, 1u);
  EXPECT_EQ(stats.upstream_reuses, 12u);
}

/// One random exchange: how both messages are framed and what is in them.
struct Exchange {
  enum class Framing { kNone, kLength, kChunked };
  enum class Answer { kLength, kChunked, kUntilClose, kHead, kNoContent, kNotModified };

  std::string request, request_body;
  std::string answer, answer_body, trailers;
  bool is_head = false, no_body = false, is_10 = false, until_close = false;

  explicit Exchange(std::mt19937& random, bool may_close) {
    const auto framing = static_cast<Framing>(random() % 3);
    auto kind = static_cast<Answer>(random() % 6);
    if (!may_close && kind == Answer::kUntilClose) kind = Answer::kChunked;
    is_10 = may_close && random() % 4 == 0;
    const auto size = [&random] {
      return random() % 8 == 0 ? random() % 300'000 : random() % 2000;
    };
    is_head = kind == Answer::kHead;
    request = (is_head ? "HEAD" : "POST") + std::string(" /relay HTTP/1.") + (is_10 ? "0" : "1") +
              "\r\nHost: h\r\n";
    if (framing != Framing::kNone) request_body = RandomBytes(size(), random);
    if (framing == Framing::kChunked && !is_10) {
      request += "Transfer-Encoding: chunked\r\n\r\n" + Chunked(request_body, random, "X-T: 1\r\n");
    } else if (framing == Framing::kNone) {
      request += "\r\n";
    } else {
      request += "Content-Length: " + std::to_string(request_body.size()) + "\r\n\r\n";
      request += request_body;
    }
    MakeAnswer(kind, size(), random);
  }

  void MakeAnswer(Answer kind, size_t size, std::mt19937& random) {
    if (random() % 4 == 0) answer = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    if (random() % 6 == 0) answer += "HTTP/1.1 100 Continue\r\n\r\n";
    no_body = kind >= Answer::kHead;
    if (!no_body) answer_body = RandomBytes(size, random);
    const std::string length = "Content-Length: " + std::to_string(answer_body.size()) + "\r\n\r\n";
    switch (kind) {
      case Answer::kLength: answer += "HTTP/1.1 200 OK\r\n" + length + answer_body; return;
      case Answer::kChunked:
        if (random() % 2 == 0) trailers = "X-Sum: 1\r\nX-Other: two words\r\n";
        answer += "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
                  Chunked(answer_body, random, trailers);
        return;
      case Answer::kUntilClose:
        until_close = true;
        answer += (random() % 2 == 0 ? "HTTP/1.0 200 OK\r\n\r\n" : "HTTP/1.1 200 OK\r\n\r\n") +
                  answer_body;
        return;
      case Answer::kHead: answer += "HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n"; return;
      case Answer::kNoContent: answer += "HTTP/1.1 204 No Content\r\n\r\n"; return;
      case Answer::kNotModified:
        answer += "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 77\r\n\r\n";
        return;
    }
  }
};

void ExpectSameBothWays(const Exchange& exchange, const TestMessage& answer,
                        internal::RecordingObserver& observer) {
  EXPECT_TRUE(answer.complete);
  EXPECT_TRUE(answer.body == exchange.answer_body)
      << answer.body.size() << " for " << exchange.answer_body.size();
  EXPECT_EQ(answer.trailers, exchange.is_10 ? "" : exchange.trailers);
  const RelayEnd end = observer.WaitEnd();
  EXPECT_EQ(end.reason, RelayEndReason::kComplete) << end.detail;
  EXPECT_TRUE(observer.request_body() == exchange.request_body);
  EXPECT_TRUE(observer.response_body() == exchange.answer_body);
}

TEST(Relay, EveryFramingSplitAnywhere) {
  for (uint32_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const bool may_close = seed % 2 == 0;
    std::vector<Exchange> exchanges;
    for (int i = may_close ? 1 : 4; i > 0; --i) exchanges.emplace_back(random, may_close);
    std::atomic<size_t> next = 0;
    std::vector<std::string> received(exchanges.size());
    const uint32_t upstream_seed = static_cast<uint32_t>(random());
    TestUpstream upstream([&](TestSocket& socket, size_t) {
      std::mt19937 own(upstream_seed);
      TestReader reader(socket);
      while (next < exchanges.size()) {
        const TestMessage request = reader.Read(false);
        if (!request.complete) return;
        const size_t at = next++;
        received[at] = request.body;
        if (!SendSplit(socket, exchanges[at].answer, own) || exchanges[at].until_close) return;
      }
      socket.ReadSome();
    });
    TestGateway gateway(TestGateway::At(upstream.port()));
    TestSocket client(gateway.port());
    const int on = 1;
    ::setsockopt(client.descriptor(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    TestReader reader(client);
    for (size_t i = 0; i < exchanges.size(); ++i) {
      ASSERT_TRUE(SendSplit(client, exchanges[i].request, random));
      TestMessage answer;
      do {
        answer = reader.Read(true, exchanges[i].no_body);
      } while (answer.status() == 103);
      ExpectSameBothWays(exchanges[i], answer, *gateway.observer(i));
      EXPECT_TRUE(received[i] == exchanges[i].request_body) << i;
    }
  }
}

TEST(Relay, ReasonPhraseTrailersAndGzipStayUntouched) {
  const std::string gzip("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\x03\x00\x00\x00\x00\x00\x00\x00",
                         18);
  TestUpstream upstream(
      AlwaysAnswer("HTTP/1.1 200 Very Fine\r\nContent-Encoding: gzip\r\nTrailer: X-Sum\r\n"
                   "Transfer-Encoding: chunked\r\n\r\n12\r\n" +
                   gzip + "\r\n0\r\nX-Sum: 7\r\n\r\n"));
  TestGateway gateway(TestGateway::At(upstream.port()));
  TestSocket client(gateway.port());
  TestReader reader(client);
  client.Send("GET /relay HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip\r\n\r\n");
  const TestMessage answer = reader.Read(true);
  EXPECT_EQ(answer.head,
            "HTTP/1.1 200 Very Fine\r\nContent-Encoding: gzip\r\nTrailer: X-Sum\r\n"
            "transfer-encoding: chunked\r\n\r\n");
  EXPECT_EQ(answer.body, gzip);
  EXPECT_EQ(answer.trailers, "X-Sum: 7\r\n");
  gateway.last()->WaitEnd();
  EXPECT_EQ(gateway.last()->trailers(), "X-Sum=7;");
}

TEST(Relay, InterimAnswers) {
  TestUpstream upstream(
      AlwaysAnswer("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" +
                   std::string(kOk)));
  TestGateway gateway(TestGateway::At(upstream.port()));
  TestSocket client(gateway.port());
  client.Send("GET /relay HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.ReadUntil("\r\n\r\nok"),
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + std::string(kOk));
  gateway.last()->WaitEnd();
  EXPECT_EQ(gateway.last()->statuses(), (std::vector<int>{103, 200}));
  TestSocket old(gateway.port());
  old.Send("GET /relay HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.ReadAll().find("103"), std::string::npos);
}

TEST(Relay, ExpectContinueGoesThroughWhenThePlanPassesIt) {
  TestUpstream upstream([](TestSocket& socket, size_t) {
    const std::string head = socket.ReadUntil("\r\n\r\n");
    EXPECT_NE(head.find("Expect: 100-continue"), std::string::npos);
    socket.Send("HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_EQ(socket.ReadUntil("body"), "body");
    socket.Send(kOk);
  });
  TestGateway gateway(TestGateway::At(upstream.port()));
  TestSocket client(gateway.port());
  client.Send(
      "POST /relay HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(client.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("body");
  EXPECT_NE(client.ReadUntil("\r\n\r\nok"), "");
}

TEST(Relay, ExpectContinueIsAnsweredHereWhenThePlanDropsIt) {
  TestUpstream upstream(AlwaysAnswer("HTTP/1.1 100 Continue\r\n\r\n" + std::string(kOk)));
  TestGateway gateway(TestGateway::At(upstream.port()),
                      [](RelayPlan& plan) { plan.headers.Remove("expect"); });
  TestSocket client(gateway.port());
  client.Send(
      "POST /relay HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(client.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("body");
  EXPECT_EQ(client.ReadUntil("\r\n\r\nok"), kOk);
}

TEST(Relay, AnEarlyRefusalReachesAClientThatWaits) {
  TestUpstream upstream([](TestSocket& socket, size_t) {
    socket.ReadUntil("\r\n\r\n");
    socket.Send("HTTP/1.1 413 Too Much\r\nContent-Length: 2\r\n\r\nno");
    socket.ReadSome();
  });
  TestGateway gateway(TestGateway::At(upstream.port()));
  TestSocket client(gateway.port());
  client.Send(
      "POST /relay HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n");
  const std::string answer = client.ReadAll();
  EXPECT_EQ(answer, "HTTP/1.1 413 Too Much\r\nContent-Length: 2\r\nconnection: close\r\n\r\nno");
  EXPECT_EQ(gateway.last()->WaitEnd().reason, RelayEndReason::kComplete);
}

TEST(Relay, AWholeBodyFromAHandler) {
  TestUpstream upstream([](TestSocket& socket, size_t) {
    TestReader reader(socket);
    for (;;) {
      const TestMessage request = reader.Read(false);
      if (!request.complete) return;
      socket.Send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(request.body.size()) +
                  "\r\n\r\n" + request.body);
    }
  });
  TestGateway gateway(TestGateway::At(upstream.port()));
  TestSocket client(gateway.port());
  TestReader reader(client);
  std::mt19937 random(7);
  for (const size_t size : {0u, 10u, 100'000u, 3'000'000u}) {
    const std::string body = RandomBytes(size, random);
    std::thread sender([&] {
      client.Send("POST /whole HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" +
                  Chunked(body, random));
    });
    EXPECT_TRUE(reader.Read(true).body == body) << size;
    sender.join();
    EXPECT_EQ(gateway.last()->WaitEnd().request_body_bytes, size);
  }
  EXPECT_EQ(upstream.connections(), 1u);
}

TEST(Relay, OverAUnixSocket) {
  const std::string path = testing::TempDir() + "relay_upstream.sock";
  TestUpstream upstream(AlwaysAnswer(std::string(kOk)), path);
  TestGateway gateway(
      std::make_shared<const UpstreamEndpoint>(UpstreamEndpoint{.unix_path = path}));
  TestSocket client(gateway.port());
  TestReader reader(client);
  for (int i = 0; i < 3; ++i) {
    client.Send("GET /relay HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(reader.Read(true).body, "ok");
  }
  EXPECT_EQ(upstream.connections(), 1u);
}

TEST(Relay, TunnelsAfterAnUpgradeThatWasAllowed) {
  TestUpstream upstream([](TestSocket& socket, size_t) {
    const std::string head = socket.ReadUntil("\r\n\r\n");
    EXPECT_NE(head.find("connection: upgrade\r\nupgrade: websocket\r\n"), std::string::npos);
    socket.Send(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: x\r\n\r\nfirst");
    EXPECT_EQ(socket.ReadUntil("ping"), "ping");
    socket.Send("pong");
    socket.EndSending();
    EXPECT_EQ(socket.ReadAll(), "last words");
  });
  TestGateway gateway(TestGateway::At(upstream.port()),
                      [](RelayPlan& plan) { plan.upgrade_protocol = "websocket"; });
  TestSocket client(gateway.port());
  client.Send(
      "GET /relay HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  const std::string head = client.ReadUntil("\r\n\r\n");
  EXPECT_EQ(head,
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Accept: x\r\nconnection: upgrade\r\n\r\n");
  EXPECT_EQ(client.ReadUntil("first"), "first");
  client.Send("ping");
  EXPECT_EQ(client.ReadAll(), "pong");  // The upstream's end came through; ours is still open.
  client.Send("last words");
  client.EndSending();
  const RelayEnd end = gateway.last()->WaitEnd();
  EXPECT_EQ(end.reason, RelayEndReason::kComplete) << end.detail;
  EXPECT_EQ(end.tunnel_up_bytes, 14u);
  EXPECT_EQ(end.tunnel_down_bytes, 9u);
  EXPECT_EQ(gateway.last()->tunnel_up(), "pinglast words");
  EXPECT_EQ(gateway.last()->tunnel_down(), "firstpong");
}

TEST(Relay, AnUpgradeThatWasNotAllowedIsAnOrdinaryRequest) {
  TestUpstream upstream([](TestSocket& socket, size_t) {
    const std::string head = socket.ReadUntil("\r\n\r\n");
    EXPECT_EQ(head, "GET /relay HTTP/1.1\r\nHost: h\r\n\r\n");
    socket.Send(kOk);
    socket.ReadSome();
  });
  TestGateway gateway(TestGateway::At(upstream.port()),
                      [](RelayPlan& plan) { plan.upgrade_protocol = "websocket"; });
  TestSocket client(gateway.port());
  client.Send("GET /relay HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
  EXPECT_NE(client.ReadUntil("\r\n\r\nok"), "");
}

}  // namespace
}  // namespace vitrine::net
