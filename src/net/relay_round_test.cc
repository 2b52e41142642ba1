// Requests that are ready together: they are read one after the other, then sent one after the
// other, and what happens in between happens to no other.
#include <gtest/gtest.h>

#include <latch>
#include <memory>

#include "net/internal/relay_messages_testing.h"

namespace vitrine::net {
namespace {

using internal::Hold;
using internal::kGet;
using internal::kOk;
using internal::kPost;
using internal::TestClient;
using internal::TestGateway;
using internal::TestMessage;
using internal::TestReader;
using internal::TestSocket;
using internal::TestUpstream;
using internal::WaitUntil;

/// Answers each request with its body.
void Echo(TestSocket& socket, size_t) {
  TestReader reader(socket);
  for (;;) {
    const TestMessage request = reader.Read(false);
    if (!request.complete) return;
    socket.Send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(request.body.size()) +
                "\r\n\r\n" + request.body);
  }
}

std::string PostOf(const std::string& body) {
  return "POST /relay HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

TEST(RelayRound, EachGetsItsOwnAnswer) {
  constexpr size_t kClients = 24;
  TestUpstream upstream(Echo);
  Hold hold;
  TestGateway gateway(TestGateway::At(upstream.port()), {},
                      [&hold](HttpServerOptions& options) { options.admit = hold.admit(); });
  std::vector<std::unique_ptr<TestClient>> clients;
  for (size_t i = 0; i < kClients; ++i) clients.push_back(std::make_unique<TestClient>(gateway));
  for (size_t i = 0; i < kClients; i += 2)  // The others come on connections that are new.
    EXPECT_EQ(clients[i]->Ask(PostOf("warm")).body, "warm");
  hold.Begin(gateway);
  const auto body = [](size_t i) { return std::to_string(i) + std::string(1000 * i, 'b'); };
  for (size_t i = 0; i < kClients; ++i) {
    const std::string request = PostOf(body(i));
    // Of every third one half is under way.
    clients[i]->socket.Send(i % 3 == 0 ? request.substr(0, request.size() - body(i).size() / 2 - 1)
                                       : request);
  }
  {
    TestClient leaves(gateway);
    leaves.socket.Send(PostOf("gone"));
  }
  hold.End();
  for (size_t i = 0; i < kClients; i += 3) {
    const std::string request = PostOf(body(i));
    clients[i]->socket.Send(request.substr(request.size() - body(i).size() / 2 - 1));
  }
  for (size_t i = 0; i < kClients; ++i) EXPECT_EQ(clients[i]->reader.Read(true).body, body(i)) << i;
}

/// How a kept connection is spoilt while a request waits for its turn on it.
enum class Spoilt : uint8_t { kReset, kEnded, kSpoke };

void ExpectReplaced(Spoilt how) {
  std::latch reset(1);
  TestUpstream upstream([&reset, how](TestSocket& socket, size_t number) {
    TestReader reader(socket);
    if (!reader.Read(false).complete) return;
    socket.Send(kOk);
    if (number > 0) return;
    reset.wait();
    if (how == Spoilt::kReset) socket.Reset();
    if (how == Spoilt::kSpoke) socket.Send("HTTP/1.1 408 Late\r\nContent-Length: 4\r\n\r\nevil");
  });
  Hold hold;
  TestGateway gateway(
      TestGateway::At(upstream.port()),
      [&](RelayPlan& plan) {
        if (plan.method != "PUT") return;
        // The first one was read, and has taken the kept connection.
        reset.count_down();
        EXPECT_TRUE(WaitUntil([&upstream] { return upstream.ended() == 1; }));
      },
      [&hold](HttpServerOptions& options) { options.admit = hold.admit(); });
  TestClient first(gateway), second(gateway);
  EXPECT_EQ(first.Ask(kGet).body, "ok");
  hold.Begin(gateway);
  first.socket.Send(kPost);
  second.socket.Send("PUT /relay HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody");
  hold.End();
  EXPECT_EQ(first.reader.Read(true).body, "ok");
  EXPECT_EQ(second.reader.Read(true).body, "ok");
  EXPECT_TRUE(gateway.observer(1)->WaitEnd().was_repeated);
  EXPECT_FALSE(gateway.observer(2)->WaitEnd().was_repeated);
  EXPECT_EQ(gateway.server().stats().relays_repeated, 1u);
}

TEST(RelayRound, AConnectionThatBreaksBeforeItsTurnIsReplaced) { ExpectReplaced(Spoilt::kReset); }
TEST(RelayRound, AConnectionThatEndsBeforeItsTurnIsReplaced) { ExpectReplaced(Spoilt::kEnded); }
TEST(RelayRound, AConnectionThatSpeaksBeforeItsTurnIsReplaced) { ExpectReplaced(Spoilt::kSpoke); }

}  // namespace
}  // namespace vitrine::net
