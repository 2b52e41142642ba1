// What a relay does when one side goes away, is slow, or speaks what can be read in two ways.
#include <gtest/gtest.h>

#include <latch>
#include <random>

#include "net/internal/relay_testing.h"

namespace vitrine::net {
namespace {

using internal::Chunked;
using internal::ListeningSocket;
using internal::RandomBytes;
using internal::SendSplit;
using internal::TestGateway;
using internal::TestMessage;
using internal::TestReader;
using internal::TestSocket;
using internal::TestUpstream;
using internal::WaitUntil;

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
constexpr std::string_view kGet = "GET /relay HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr std::string_view kPost =
    "POST /relay HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody";
constexpr std::string_view kLocal = "GET /local HTTP/1.1\r\nHost: h\r\n\r\n";

/// Answers requests until one should be the last; then does `last` with its socket.
TestUpstream::Script AnswerThen(size_t good, std::function<void(TestSocket&)> last) {
  return [good, last = std::move(last)](TestSocket& socket, size_t number) {
    TestReader reader(socket);
    for (size_t i = 0; number > 0 || i < good; ++i) {
      if (!reader.Read(false).complete || !socket.Send(kOk)) return;
    }
    if (reader.Read(false).complete) last(socket);
  };
}

void ExpectGatewayError(const TestMessage& answer, int status, std::string_view reason) {
  EXPECT_EQ(answer.status(), status) << answer.head;
  EXPECT_TRUE(answer.Has("x-vitrine-gateway-error: " + std::string(reason) + "\r\n"))
      << answer.head;
  EXPECT_TRUE(answer.Has("x-request-id: "));
  EXPECT_NE(answer.body.find("\"code\":\"" + std::string(reason) + "\""), std::string::npos);
  EXPECT_NE(answer.body.find("\"request_id\":\""), std::string::npos);
}

TEST(RelayFailure, NobodyListens) {
  uint16_t free_port = 0;
  {
    auto taken = ListeningSocket::Open({.name = "x", .host = "127.0.0.1"});
    free_port = taken->port();
  }
  TestGateway gateway(TestGateway::At(free_port));
  TestSocket client(gateway.port());
  TestReader reader(client);
  for (int i = 0; i < 3; ++i) {  // The client's connection survives.
    client.Send(kPost);
    ExpectGatewayError(reader.Read(true), 502, "upstream_unreachable");
    client.Send(kLocal);
    EXPECT_EQ(reader.Read(true).body, "local /local");
  }
  EXPECT_EQ(gateway.last()->WaitEnd().reason, RelayEndReason::kUpstreamUnreachable);
  EXPECT_EQ(gateway.server().stats().relays_failed, 3u);
}

TEST(RelayFailure, ClosedWithoutAnAnswer) {
  TestUpstream upstream(AnswerThen(0, [](TestSocket&) {}));
  TestGateway gateway(TestGateway::At(upstream.port()));
  TestSocket client(gateway.port());
  TestReader reader(client);
  client.Send(kPost);
  ExpectGatewayError(reader.Read(true), 502, "upstream_cut");
  EXPECT_EQ(upstream.connections(), 1u);  // A fresh connection is not tried again.
}

TEST(RelayFailure, CutWithinTheAnswer) {
  const std::vector<std::string> beginnings = {
      "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\nX: y\r\n",
  };
  for (const std::string& beginning : beginnings) {
    SCOPED_TRACE(beginning);
    TestUpstream upstream(AnswerThen(0, [&](TestSocket& socket) { socket.Send(beginning); }));
    TestGateway gateway(TestGateway::At(upstream.port()));
    TestSocket client(gateway.port());
    TestReader reader(client);
    client.Send(kGet);
    const TestMessage answer = reader.Read(true);
    EXPECT_EQ(answer.status(), 200);
    EXPECT_FALSE(answer.complete);
    EXPECT_TRUE(client.ended());
    EXPECT_EQ(gateway.last()->response_body(), "half");
    EXPECT_EQ(gateway.last()->WaitEnd().reason, RelayEndReason::kUpstreamCut);
  }
}

TEST(RelayFailure, ABrokenBodyWithoutLengthIsNotTakenForAWholeOne) {
  for (const bool is_10 : {false, true}) {
    std::latch delivered(1);
    TestUpstream upstream(AnswerThen(0, [&](TestSocket& socket) {
      socket.Send("HTTP/1.1 200 OK\r\n\r\nhalf");
      delivered.wait();
      socket.Reset();
    }));
    TestGateway gateway(TestGateway::At(upstream.port()));
    TestSocket client(gateway.port());
    client.Send(is_10 ? "GET /relay HTTP/1.0\r\n\r\n" : kGet);
    const std::string answer = client.ReadUntil("half");
    EXPECT_NE(answer, "");
    delivered.count_down();
    pollfd poll{client.descriptor(), POLLIN, 0};
    ::poll(&poll, 1, 20'000);
    char byte = 0;
    ssize_t got = ::recv(client.descriptor(), &byte, 1, 0);
    while (got > 0) {
      EXPECT_NE(byte, '0') << "the last chunk";
      got = ::recv(client.descriptor(), &byte, 1, 0);
    }
    // A 1.0 client can only tell by the reset.
    if (is_10) {
      EXPECT_LT(got, 0);
    }
  }
}

TEST(RelayFailure, AKeptConnectionThatTurnsOutClosedIsReplaced) {
  std::atomic<size_t> bodies = 0;
  TestUpstream upstream([&bodies](TestSocket& socket, size_t number) {
    TestReader reader(socket);
    for (size_t i = 0; number > 0 || i < 2; ++i) {
      const TestMessage request = reader.Read(false);
      if (!request.complete) return;
      EXPECT_EQ(request.body, "body");
      ++bodies;
      if (number == 0 && i == 1) return;  // Read, never answered.
      socket.Send(kOk);
    }
  });
  TestGateway gateway(TestGateway::At(upstream.port()));
  TestSocket client(gateway.port());
  TestReader reader(client);
  for (int i = 0; i < 3; ++i) {
    client.Send(kPost);
    EXPECT_EQ(reader.Read(true).body, "ok");
  }
  EXPECT_EQ(bodies, 4u);
  EXPECT_EQ(upstream.connections(), 2u);
  EXPECT_FALSE(gateway.observer(0)->WaitEnd().was_repeated);
  EXPECT_TRUE(gateway.observer(1)->WaitEnd().was_repeated);
  EXPECT_EQ(gateway.observer(1)->request_body(), "body");
  EXPECT_EQ(gateway.server().stats().relays_repeated, 1u);
}

TEST(RelayFailure, NothingIsRepeatedOnceAnAnswerBegan) {
  TestUpstream upstream(AnswerThen(1, [](TestSocket& socket) { socket.Send("HTTP/1.1 20"); }));
  TestGateway gateway(TestGateway::At(upstream.port()));
  TestSocket client(gateway.port());
  TestReader reader(client);
  client.Send(kPost);
  EXPECT_EQ(reader.Read(true).body, "ok");
  client.Send(kPost);
  ExpectGatewayError(reader.Read(true), 502, "upstream_cut");
  EXPECT_EQ(upstream.connections(), 1u);
}

TEST(RelayFailure, NothingIsRepeatedWhoseBodyIsGone) {
  TestUpstream upstream(AnswerThen(1, [](TestSocket&) {}));
  TestGateway gateway(TestGateway::At(upstream.port()));
  TestSocket client(gateway.port());
  TestReader reader(client);
  client.Send(kPost);
  EXPECT_EQ(reader.Read(true).body, "ok");
  const std::string body(kRelayReplayBytesMax + 1, 'x');
  client.Send("POST /relay HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) +
              "\r\n\r\n" + body);
  ExpectGatewayError(reader.Read(true), 502, "upstream_cut");
  EXPECT_EQ(upstream.connections(), 1u);
}

TEST(RelayFailure, IdleConnectionsThatSpeakOrCloseAreDropped) {
  TestUpstream upstream([](TestSocket& socket, size_t number) {
    TestReader reader(socket);
    if (!reader.Read(false).complete) return;
    socket.Send(kOk);
    if (number == 0) {
      socket.Send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
      EXPECT_EQ(socket.ReadSome(20'000), "");  // It is closed, not used.
    }
  });
  TestGateway gateway(TestGateway::At(upstream.port()));
  for (size_t i = 0; i < 4; ++i) {
    TestSocket client(gateway.port());
    TestReader reader(client);
    client.Send(kGet);
    EXPECT_EQ(reader.Read(true).body, "ok");
    EXPECT_TRUE(WaitUntil([&] { return upstream.ended() == i + 1; }));
  }
  EXPECT_EQ(upstream.connections(), 4u);
}

struct PhaseCase {
  std::string name;
  RelayEndReason reason;
  int status;
  std::string request;
  std::function<void(TestSocket&)> script;
  std::function<void(RelayTimeouts&)> limit;
};

TEST(RelayFailure, EachPhaseHasItsTimeout) {
  const auto stay = [](TestSocket& socket) {
    while (!socket.ended()) socket.ReadSome(20'000);
  };
  std::atomic<bool> client_answered = false;  // Until then the upstream reads nothing.
  const std::vector<PhaseCase> cases = {
      {"first byte", RelayEndReason::kTimeoutFirstByte, 504, std::string(kPost), stay,
       [](RelayTimeouts& limits) { limits.first_byte_ms = 100; }},
      {"half a head", RelayEndReason::kTimeoutFirstByte, 504, std::string(kPost),
       [stay](TestSocket& socket) {
         socket.Send("HTTP/1.1 200 OK\r\n");
         stay(socket);
       },
       [](RelayTimeouts& limits) { limits.first_byte_ms = 100; }},
      {"idle", RelayEndReason::kTimeoutIdle, 200, std::string(kPost),
       [stay](TestSocket& socket) {
         socket.Send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
         stay(socket);
       },
       [](RelayTimeouts& limits) { limits.idle_ms = 100; }},
      {"send", RelayEndReason::kTimeoutSend, 504,
       "POST /relay HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n" +
           std::string(30'000'000, 'x'),
       [&client_answered](TestSocket&) {
         WaitUntil([&client_answered] { return client_answered.load(); });
       },
       [](RelayTimeouts& limits) { limits.send_ms = 100; }},
  };
  for (const PhaseCase& one : cases) {
    SCOPED_TRACE(one.name);
    client_answered = false;
    TestUpstream upstream([&one](TestSocket& socket, size_t) { one.script(socket); });
    TestGateway gateway(TestGateway::At(upstream.port()),
                        [&one](RelayPlan& plan) { one.limit(plan.timeouts); });
    TestSocket client(gateway.port());
    std::thread sender([&] { client.Send(one.request); });
    TestReader reader(client);
    const TestMessage answer = reader.Read(true);
    client_answered = true;
    sender.join();
    EXPECT_EQ(gateway.last()->WaitEnd().reason, one.reason);
    EXPECT_EQ(answer.status(), one.status);
    EXPECT_EQ(answer.complete, one.status != 200);
  }
}

TEST(RelayFailure, ANameThatIsNeverFoundTimesOut) {
  // Shared: the look-up may outlive everything else.
  const auto stop = std::make_shared<std::latch>(1);
  auto endpoint = std::make_shared<const UpstreamEndpoint>(UpstreamEndpoint{.host = "slow.test"});
  {
    TestGateway gateway(
        endpoint, [](RelayPlan& plan) { plan.timeouts.connect_ms = 100; },
        [stop](HttpServerOptions& options) {
          options.lookup = [stop](const std::string&, uint16_t) -> Result<std::vector<IpAddress>> {
            stop->wait();
            return Fail(ErrorCode::kUnavailable, "late");
          };
        });
    TestSocket client(gateway.port());
    TestReader reader(client);
    client.Send(kGet);
    // The loop goes on meanwhile.
    TestSocket other(gateway.port());
    TestReader other_reader(other);
    other.Send(kLocal);
    EXPECT_EQ(other_reader.Read(true).body, "local /local");
    ExpectGatewayError(reader.Read(true), 504, "timeout_connect");
    stop->count_down();
  }
}

TEST(RelayFailure, ASlowClientIsToldSo) {
  TestUpstream upstream([](TestSocket& socket, size_t) {
    while (!socket.ended()) socket.ReadSome(20'000);
  });
  TestGateway gateway(TestGateway::At(upstream.port()), {},
                      [](HttpServerOptions& options) { options.body_stall_timeout_ms = 100; });
  TestSocket client(gateway.port());
  TestReader reader(client);
  client.Send("POST /relay HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbo");
  ExpectGatewayError(reader.Read(true), 408, "client_too_slow");
  EXPECT_TRUE(WaitUntil([&] { return upstream.ended() == 1; }));
}

TEST(RelayFailure, AClientThatLeavesTakesItsUpstreamAlong) {
  TestUpstream upstream(AnswerThen(0, [](TestSocket& socket) {
    socket.Send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    while (!socket.ended()) socket.ReadSome(20'000);
  }));
  TestGateway gateway(TestGateway::At(upstream.port()));
  {
    TestSocket client(gateway.port());
    client.Send(kPost);
    EXPECT_NE(client.ReadUntil("half"), "");
  }
  EXPECT_EQ(gateway.last()->WaitEnd().reason, RelayEndReason::kClientLeft);
  EXPECT_TRUE(WaitUntil([&] { return upstream.ended() == 1; }));
  EXPECT_EQ(gateway.server().stats().relays_client_left, 1u);
}

/// Either side goes away at any moment, in order or not: what arrived is right, nothing stays
/// behind.
TEST(RelayFailure, AbortsAtRandomMoments) {
  std::mt19937 setup(42);
  const std::string body = RandomBytes(200'000, setup);
  std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  chunked += Chunked(body, setup);
  std::atomic<uint32_t> round = 0;
  TestUpstream upstream([&](TestSocket& socket, size_t) {
    TestReader reader(socket);
    while (reader.Read(false).complete) {
      std::mt19937 random(round + 1000);
      const bool is_short = random() % 2 == 0;
      const size_t size = is_short ? random() % chunked.size() : chunked.size();
      if (!SendSplit(socket, std::string_view(chunked).substr(0, size), random)) return;
      if (is_short && random() % 2 == 0) socket.Reset();
      if (is_short) return;
    }
  });
  TestGateway gateway(TestGateway::At(upstream.port()));
  size_t complete = 0;
  for (round = 0; round < 400; ++round) {
    SCOPED_TRACE(round.load());
    std::mt19937 random(round);
    TestSocket client(gateway.port());
    std::string request = "POST /relay HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    request += Chunked(std::string_view(body).substr(0, random() % 5000), random);
    const size_t kind = random() % 4;
    if (kind == 0) request.resize(random() % request.size());
    SendSplit(client, request, random);
    if (kind <= 1) {
      for (size_t i = random() % 4; kind == 1 && i > 0; --i) client.ReadSome(50);
      if (random() % 2 == 0) client.Reset();
      continue;
    }
    TestReader reader(client);
    const TestMessage answer = reader.Read(true);
    if (answer.status() == 502) continue;
    if (!answer.head.empty()) {
      EXPECT_EQ(answer.status(), 200);
      EXPECT_TRUE(body.starts_with(answer.body));
    }
    EXPECT_EQ(answer.complete, answer.body.size() == body.size());
    complete += answer.complete ? 1 : 0;
  }
  EXPECT_GT(complete, 50u);
  EXPECT_TRUE(WaitUntil([&] { return gateway.server().stats().relays_running == 0; }));
  for (size_t i = 0; i < gateway.relays(); ++i) EXPECT_TRUE(gateway.observer(i)->has_ended());
}

TEST(RelayFailure, AnswersThatCanBeReadInTwoWays) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::vector<std::string> answers = {
      ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok1",
      ok + "Content-Length: 2, 2\r\n\r\nok",
      ok + "Content-Length: +2\r\n\r\nok",
      ok + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      ok + "Transfer-Encoding:\x0b" + "chunked\r\n\r\n0\r\n\r\n",
      ok + "Transfer_Encoding: chunked\r\n\r\n0\r\n\r\n",
      ok + "Content-Length : 2\r\n\r\nok",
      ok + "X: a\r\n b\r\nContent-Length: 2\r\n\r\nok",
      ok + "X: a\nContent-Length: 2\r\n\r\nok",
      ok + "Connection: content-length\r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "HTTP/2 200 OK\r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.1 099 OK\r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok",
      "\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
      "HTTP/1.1 103 Early Hints\r\nContent-Length: 2\r\n\r\nok",
      "SSH-2.0-OpenSSH_9.2\r\n",
  };
  for (const std::string& bad : answers) {
    SCOPED_TRACE(bad);
    TestUpstream upstream(AnswerThen(0, [&bad](TestSocket& socket) {
      socket.Send(bad);
      while (!socket.ended()) socket.ReadSome(20'000);  // The gateway closes.
    }));
    TestGateway gateway(TestGateway::At(upstream.port()));
    TestSocket client(gateway.port());
    TestReader reader(client);
    client.Send(kGet);
    ExpectGatewayError(reader.Read(true), 502, "response_malformed");
  }
}

TEST(RelayFailure, BodiesThatCanBeReadInTwoWays) {
  const std::vector<std::string> bodies = {
      "5 \r\nhello\r\n0\r\n\r\n",
      " 5\r\nhello\r\n0\r\n\r\n",
      "0x5\r\nhello\r\n0\r\n\r\n",
      "+5\r\nhello\r\n0\r\n\r\n",
      "5\nhello\r\n0\r\n\r\n",
      "5\r\nhello0\r\n\r\n",
      "5\r\nhello\n0\r\n\r\n",
      "5;a=\nb\r\nhello\r\n0\r\n\r\n",
      "5;a\rb\r\nhello\r\n0\r\n\r\n",
      "00000000000000005\r\nhello\r\n0\r\n\r\n",
      "5\r\nhello\r\n;x\r\n\r\n",
      "5\r\nhello\r\n0\r\nX: y\n\r\n",
      "5\r\nhello\r\n0\r\nContent-Length: 3\r\n\r\n",
      "5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n",
      "5\r\nhello\r\n0\r\nX : y\r\n\r\n",
      "5\r\nhello\r\n0\r\n folded\r\n\r\n",
      "5\r\nhello\r\n0\r\nnothing\r\n\r\n",
  };
  for (const std::string& bad : bodies) {
    SCOPED_TRACE(bad);
    // From the client: the upstream never gets a whole request.
    std::atomic<bool> whole = false;
    TestUpstream upstream([&whole](TestSocket& socket, size_t) {
      TestReader reader(socket);
      whole = reader.Read(false).complete;
    });
    TestGateway gateway(TestGateway::At(upstream.port()));
    TestSocket client(gateway.port());
    client.Send("POST /relay HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + bad +
                "GET /local HTTP/1.1\r\nHost: h\r\n\r\n");
    const std::string answer = client.ReadAll(20'000);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
    EXPECT_EQ(answer.find("local /local"), std::string::npos);
    EXPECT_EQ(gateway.last()->WaitEnd().reason, RelayEndReason::kRequestMalformed);
    EXPECT_FALSE(whole);
    // From the upstream: the client never gets a whole answer.
    TestUpstream other(AnswerThen(0, [&bad](TestSocket& socket) {
      socket.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + bad);
      while (!socket.ended()) socket.ReadSome(20'000);
    }));
    TestGateway second(TestGateway::At(other.port()));
    TestSocket reading(second.port());
    TestReader reader(reading);
    reading.Send(kGet);
    EXPECT_FALSE(reader.Read(true).complete);
    EXPECT_EQ(second.last()->WaitEnd().reason, RelayEndReason::kResponseMalformed);
  }
}

TEST(RelayFailure, BytesBehindAnAnswerAnswerNothing) {
  TestUpstream upstream(AnswerThen(0, [](TestSocket& socket) {
    socket.Send(std::string(kOk) + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
    while (!socket.ended()) socket.ReadSome(20'000);
  }));
  TestGateway gateway(TestGateway::At(upstream.port()));
  TestSocket client(gateway.port());
  client.Send(std::string(kGet) + std::string(kGet));
  EXPECT_EQ(client.ReadAll(20'000), kOk);  // And the connection ended.
}

TEST(RelayFailure, MalformedHeadsReachNoUpstream) {
  TestUpstream upstream(AnswerThen(0, [](TestSocket& socket) { socket.Send(kOk); }));
  TestGateway gateway(TestGateway::At(upstream.port()));
  for (const std::string_view fields :
       {"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "Content-Length: 4\r\nHost: b\r\n",
        "Transfer-Encoding: xchunked\r\n", "Connection: content-length\r\nContent-Length: 4\r\n"}) {
    TestSocket client(gateway.port());
    client.Send("POST /relay HTTP/1.1\r\nHost: h\r\n" + std::string(fields) +
                "\r\n0\r\n\r\nGET /relay HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(client.ReadAll(20'000).starts_with("HTTP/1.1 400 ")) << fields;
  }
  EXPECT_EQ(upstream.connections(), 0u);
}

TEST(RelayFailure, APlanThatCannotBeSentIsOurFault) {
  TestUpstream upstream(AnswerThen(0, [](TestSocket& socket) { socket.Send(kOk); }));
  const std::vector<TestGateway::Adjust> spoils = {
      [](RelayPlan& plan) { plan.headers.Add("X", "a\r\nY: b"); },
      [](RelayPlan& plan) { plan.headers.Remove("host"); },
      [](RelayPlan& plan) { plan.target = "/a b"; },
      [](RelayPlan& plan) { plan.method = "GET /x HTTP/1.1\r\n"; },
      [](RelayPlan& plan) { plan.upstream.reset(); },
  };
  for (const auto& spoil : spoils) {
    TestGateway gateway(TestGateway::At(upstream.port()), spoil);
    TestSocket client(gateway.port());
    TestReader reader(client);
    client.Send(kGet);
    ExpectGatewayError(reader.Read(true), 500, "invalid_plan");
  }
  EXPECT_EQ(upstream.connections(), 0u);
}

TEST(RelayFailure, AddressesAreCheckedOneByOne) {
  TestUpstream upstream(AnswerThen(1000, [](TestSocket&) {}));
  auto endpoint = std::make_shared<const UpstreamEndpoint>(
      UpstreamEndpoint{.host = "two.test", .port = upstream.port()});
  std::atomic<size_t> lookups = 0;
  std::atomic<bool> allow = true;
  TestGateway gateway(
      endpoint,
      [&allow](RelayPlan& plan) {
        plan.address_check = [&allow](const IpAddress& address) {
          return allow && address.ToText().starts_with("127.0.0.1:");
        };
      },
      [&](HttpServerOptions& options) {
        options.lookup = [&](const std::string& host,
                             uint16_t port) -> Result<std::vector<IpAddress>> {
          EXPECT_EQ(host, "two.test");
          ++lookups;
          return std::vector<IpAddress>{*IpAddress::Parse("127.0.0.9", port),
                                        *IpAddress::Parse("127.0.0.1", port)};
        };
      });
  TestSocket client(gateway.port());
  TestReader reader(client);
  for (int i = 0; i < 3; ++i) {
    client.Send(kGet);
    EXPECT_EQ(reader.Read(true).body, "ok");
  }
  EXPECT_EQ(upstream.connections(), 1u);
  allow = false;  // A kept connection is checked as well.
  client.Send(kGet);
  ExpectGatewayError(reader.Read(true), 502, "upstream_forbidden");
  EXPECT_EQ(upstream.connections(), 1u);
  EXPECT_EQ(lookups, 1u);  // The second look-up was remembered.
}

TEST(RelayFailure, StoppingLetsRelaysFinish) {
  std::latch begun(1);
  std::latch finish(1);
  TestUpstream upstream(AnswerThen(0, [&](TestSocket& socket) {
    socket.Send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    begun.count_down();
    finish.wait();
    socket.Send("theend");
  }));
  TestGateway gateway(TestGateway::At(upstream.port()));
  TestSocket client(gateway.port());
  TestReader reader(client);
  client.Send(kGet);
  begun.wait();
  std::thread stopper([&] { gateway.server().Stop(60'000); });
  finish.count_down();
  EXPECT_EQ(reader.Read(true).body, "halftheend");
  stopper.join();
  EXPECT_EQ(gateway.last()->WaitEnd().reason, RelayEndReason::kComplete);
}

TEST(RelayFailure, StoppingEndsWhatTakesTooLong) {
  TestUpstream upstream(AnswerThen(0, [](TestSocket& socket) {
    socket.Send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    while (!socket.ended()) socket.ReadSome(20'000);
  }));
  TestGateway gateway(TestGateway::At(upstream.port()));
  TestSocket client(gateway.port());
  client.Send(kGet);
  EXPECT_NE(client.ReadUntil("half"), "");
  gateway.server().Stop(50);
  EXPECT_EQ(gateway.last()->WaitEnd().reason, RelayEndReason::kServerStopping);
  EXPECT_EQ(client.ReadAll(), "");
  EXPECT_TRUE(client.ended());
}

}  // namespace
}  // namespace vitrine::net
