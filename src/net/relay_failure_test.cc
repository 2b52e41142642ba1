// What a relay does when one side goes away, and when the server stops.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <latch>
#include <random>

#include "net/internal/relay_messages_testing.h"

namespace vitrine::net {
namespace {

using internal::AnswerThen;
using internal::Chunked;
using internal::ExpectGatewayError;
using internal::kGet;
using internal::kLocal;
using internal::kPost;
using internal::RandomBytes;
using internal::SendSplit;
using internal::TestClient;
using internal::TestGateway;
using internal::TestMessage;
using internal::TestReader;
using internal::TestSocket;
using internal::TestUpstream;
using internal::WaitUntil;

TEST(RelayFailure, NobodyListens) {
  // Bound and silent: connections are refused, and nobody else gets the port meanwhile.
  const int taken = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  ASSERT_EQ(::bind(taken, reinterpret_cast<const sockaddr*>(&address), size), 0);
  ASSERT_EQ(::getsockname(taken, reinterpret_cast<sockaddr*>(&address), &size), 0);
  TestGateway gateway(TestGateway::At(ntohs(address.sin_port)));
  TestClient client(gateway);
  for (int i = 0; i < 3; ++i) {  // The client's connection survives.
    ExpectGatewayError(client.Ask(kPost), 502, "upstream_unreachable");
    EXPECT_EQ(client.Ask(kLocal).body, "local /local");
  }
  EXPECT_EQ(gateway.last()->WaitEnd().reason, RelayEndReason::kUpstreamUnreachable);
  EXPECT_EQ(gateway.server().stats().relays_failed, 3u);
  ::close(taken);
}

TEST(RelayFailure, ClosedWithoutAnAnswer) {
  TestUpstream upstream(AnswerThen(0, [](TestSocket&) {}));
  TestGateway gateway(TestGateway::At(upstream.port()));
  TestClient client(gateway);
  ExpectGatewayError(client.Ask(kPost), 502, "upstream_cut");
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
    TestClient client(gateway);
    const TestMessage answer = client.Ask(kGet);
    EXPECT_EQ(answer.status(), 200);
    EXPECT_FALSE(answer.complete);
    EXPECT_TRUE(client.socket.ended());
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

TEST(RelayFailure, StoppingLetsRelaysFinish) {
  std::latch finish(1);
  TestUpstream upstream(AnswerThen(0, [&](TestSocket& socket) {
    socket.Send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    finish.wait();
    socket.Send("theend");
  }));
  TestGateway gateway(TestGateway::At(upstream.port()));
  TestSocket idle(gateway.port());
  TestReader idle_reader(idle);
  idle.Send(kLocal);
  EXPECT_EQ(idle_reader.Read(true).body, "local /local");
  TestSocket client(gateway.port());
  client.Send(kGet);
  EXPECT_NE(client.ReadUntil("half", 20'000), "");
  std::thread stopper([&] { gateway.server().Stop(60'000); });
  EXPECT_EQ(idle.ReadSome(20'000), "");
  EXPECT_TRUE(idle.ended());  // So the server is stopping.
  finish.count_down();
  EXPECT_EQ(client.ReadUntil("theend", 20'000), "theend");
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
