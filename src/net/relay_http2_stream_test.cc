// Many relays on one HTTP/2 connection: what they share, and what they do not.
#include <gtest/gtest.h>

#include <latch>
#include <random>

#include "net/internal/http2_testing.h"
#include "net/internal/relay_messages_testing.h"

namespace vitrine::net {
namespace {

using internal::EchoOverHttp2;
using internal::Http2At;
using internal::Http2Heard;
using internal::Http2Peer;
using internal::kGet;
using internal::RandomBytes;
using internal::SendUntilStuck;
using internal::TestClient;
using internal::TestGateway;
using internal::TestMessage;
using internal::TestSocket;
using internal::TestUpstream;
using internal::WaitUntil;

std::string Get(const std::string& path) { return "GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n"; }

std::vector<std::unique_ptr<TestClient>> Clients(const TestGateway& gateway, size_t count) {
  std::vector<std::unique_ptr<TestClient>> clients;
  for (size_t i = 0; i < count; ++i) clients.push_back(std::make_unique<TestClient>(gateway));
  return clients;
}

TEST(RelayHttp2Streams, ManyAtOnceShareAConnection) {
  static constexpr size_t kCount = 60;
  TestUpstream upstream([](TestSocket& socket, size_t) {
    Http2Peer peer(socket);
    ASSERT_TRUE(peer.WaitRequests(kCount));  // All of them wait at the same time.
    std::vector<int32_t> ids = peer.complete();
    std::reverse(ids.begin(), ids.end());
    for (const int32_t id : ids) peer.Answer(id, "200", {}, peer.of(id).Field(":path"));
    peer.RunToEnd();
  });
  TestGateway gateway(Http2At(upstream.port()));
  auto clients = Clients(gateway, kCount);
  for (size_t i = 0; i < kCount; ++i) clients[i]->socket.Send(Get("/relay/" + std::to_string(i)));
  for (size_t i = 0; i < kCount; ++i) {
    EXPECT_EQ(clients[i]->reader.Read(true).body, "/relay/" + std::to_string(i));
  }
  EXPECT_EQ(upstream.connections(), 1u);
  EXPECT_EQ(gateway.server().stats().upstream_connects, 1u);
}

TEST(RelayHttp2Streams, MoreThanTheServerTakesGoOnOthers) {
  static constexpr size_t kCount = 7;
  for (const bool is_known : {true, false}) {
    SCOPED_TRACE(is_known);
    std::latch arrived(kCount);
    TestUpstream upstream([&arrived](TestSocket& socket, size_t) {
      Http2Peer peer(socket, {.settings = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 2}}});
      peer.on_request = [&](Http2Heard& heard) {
        if (heard.Field(":path") == "/relay/first") {
          peer.Answer(heard.id, "200", {}, "first");
        } else {
          arrived.count_down();
        }
      };
      // All of them wait at the same time.
      peer.RunUntil([&] { return arrived.try_wait(); });
      for (const int32_t id : peer.complete()) {
        if (!peer.was_answered(id)) peer.Answer(id, "200", {}, "ok");
      }
      peer.RunToEnd();
    });
    TestGateway gateway(Http2At(upstream.port()));
    if (is_known) {
      TestClient first(gateway);
      EXPECT_EQ(first.Ask(Get("/relay/first")).body, "first");
    }
    auto clients = Clients(gateway, kCount);
    for (const auto& client : clients) client->socket.Send(internal::kPost);
    for (const auto& client : clients) EXPECT_EQ(client->reader.Read(true).body, "ok");
    EXPECT_EQ(upstream.connections(), 4u);
  }
}

TEST(RelayHttp2Streams, WhatWaitsWhenTheServerSaysItsNumberGoesOnOthers) {
  static constexpr size_t kCount = 6;
  std::latch arrived(kCount + 2), may_settle(1), settled(1), blocked(1), go(1);
  TestUpstream upstream([&](TestSocket& socket, size_t index) {
    if (index == 0) may_settle.wait();
    Http2Peer peer(socket, {.settings = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 2}}});
    peer.on_request = [&](Http2Heard&) { arrived.count_down(); };
    peer.Flush();
    if (index == 0) settled.count_down();
    peer.RunUntil([&] { return arrived.try_wait(); });
    for (const int32_t id : peer.complete()) peer.Answer(id, "200", {}, "ok");
    peer.RunToEnd();
  });
  // The io thread stands still while the others' requests come, and then the number.
  TestGateway gateway(Http2At(upstream.port()), [&](RelayPlan& plan) {
    if (!plan.target.ends_with("/block")) return;
    blocked.count_down();
    go.wait();
  });
  auto clients = Clients(gateway, kCount + 2);
  clients[0]->socket.Send(Get("/relay/first"));
  ASSERT_TRUE(WaitUntil([&] { return upstream.connections() == 1; }));
  clients[1]->socket.Send(Get("/relay/block"));
  blocked.wait();
  for (size_t i = 2; i < clients.size(); ++i) clients[i]->socket.Send(Get("/relay/more"));
  may_settle.count_down();
  settled.wait();
  go.count_down();
  for (const auto& client : clients) EXPECT_EQ(client->reader.Read(true).body, "ok");
  EXPECT_EQ(upstream.connections(), 4u);
}

TEST(RelayHttp2Streams, ASlowClientStopsItsOwnStreamOnly) {
  static constexpr size_t kSize = 40'000'000;
  std::mt19937 random(7);
  const std::string body = RandomBytes(kSize, random);
  std::atomic<size_t> unsent = 0;
  TestUpstream upstream([&](TestSocket& socket, size_t) {
    Http2Peer peer(socket);
    peer.on_request = [&](Http2Heard& heard) {
      peer.Answer(heard.id, "200", {}, heard.Field(":path") == "/relay/big" ? body : "small");
    };
    peer.RunUntil([&] {
      unsent = peer.requests() > 0 ? peer.unsent(1) : 0;
      return false;
    });
  });
  TestGateway gateway(Http2At(upstream.port()));
  TestClient slow(gateway);
  slow.socket.Send(Get("/relay/big"));
  TestClient quick(gateway);
  // Until the stream does not move any more, others are answered on the same connection.
  size_t before = 0;
  ASSERT_TRUE(WaitUntil([&] {
    EXPECT_EQ(quick.Ask(kGet).body, "small");
    return std::exchange(before, unsent.load()) == unsent && unsent > 0;
  }));
  EXPECT_GT(unsent, kSize / 2) << "what the client does not take stays with the upstream";
  const TestMessage answer = slow.reader.Read(true);
  EXPECT_TRUE(answer.complete);
  EXPECT_TRUE(answer.body == body);
  EXPECT_EQ(upstream.connections(), 1u);
}

TEST(RelayHttp2Streams, ASlowUpstreamStopsItsOwnUploadOnly) {
  static constexpr size_t kSize = 40'000'000;
  std::atomic<bool> reads = false;
  TestUpstream upstream([&](TestSocket& socket, size_t) {
    Http2Peer peer(socket, {.settings = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1'000'000}},
                            .reads_bodies = false});
    std::map<int32_t, size_t> consumed;
    peer.on_request = [&](Http2Heard& heard) {
      peer.Answer(heard.id, "200", {}, std::to_string(heard.body.size()));
    };
    peer.RunUntil([&] {
      for (size_t i = 0; i < peer.requests(); ++i) {
        Http2Heard& heard = peer.request(i);
        const size_t fresh = heard.body.size() - consumed[heard.id];
        if (fresh == 0 || heard.is_closed) continue;
        consumed[heard.id] += fresh;
        if (reads) peer.Consume(heard.id, fresh);
      }
      return false;
    });
  });
  TestGateway gateway(Http2At(upstream.port()));
  TestClient slow(gateway);
  slow.socket.Send("POST /relay HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(kSize) +
                   "\r\n\r\n");
  const size_t sent = SendUntilStuck(slow.socket, kSize, gateway.port());
  EXPECT_LT(sent, kSize);
  TestClient quick(gateway);
  EXPECT_EQ(quick.Ask(kGet).body, "0");
  slow.socket.Reset();  // An orderly end would wait behind what is not read.
  EXPECT_EQ(gateway.observer(0)->WaitEnd().reason, RelayEndReason::kClientLeft);
  EXPECT_EQ(gateway.observer(0)->WaitEnd().times.request_sent_ns, 0);
  EXPECT_EQ(upstream.connections(), 1u);
}

TEST(RelayHttp2Streams, AClientThatLeavesCancelsItsStream) {
  std::atomic<bool> was_cancelled = false;
  TestUpstream upstream([&was_cancelled](TestSocket& socket, size_t) {
    Http2Peer peer(socket);
    ASSERT_TRUE(peer.WaitRequests(2));
    for (const int32_t id : {1, 3}) {
      peer.BeginAnswer(id, "200");
      peer.Write(id, "begin");
    }
    ASSERT_TRUE(peer.RunUntil([&peer] { return peer.of(1).was_reset || peer.of(3).was_reset; }));
    const int32_t gone = peer.of(1).was_reset ? 1 : 3;
    EXPECT_EQ(peer.of(gone).reset_code, NGHTTP2_CANCEL);
    was_cancelled = true;
    peer.Write(4 - gone, "end");
    peer.End(4 - gone);
    peer.RunToEnd();
  });
  TestGateway gateway(Http2At(upstream.port()));
  TestClient leaves(gateway);
  leaves.socket.Send(kGet);
  ASSERT_TRUE(WaitUntil([&gateway] { return gateway.relays() == 1; }));
  TestClient stays(gateway);
  stays.socket.Send(kGet);
  EXPECT_FALSE(leaves.socket.ReadUntil("begin").empty());
  leaves.socket.Close();
  const TestMessage answer = stays.reader.Read(true);
  EXPECT_TRUE(was_cancelled);
  EXPECT_EQ(answer.body, "beginend");
  EXPECT_EQ(gateway.observer(0)->WaitEnd().reason, RelayEndReason::kClientLeft);
  EXPECT_EQ(gateway.observer(0)->response_body(), "begin");
  EXPECT_EQ(upstream.connections(), 1u);
}

TEST(RelayHttp2Streams, AClientThatLeavesWhileTheConnectionOpensLeavesTheOthers) {
  std::latch go_on(1);
  TestUpstream upstream(EchoOverHttp2());
  TestGateway gateway(std::make_shared<const UpstreamEndpoint>(
                          UpstreamEndpoint{.host = "upstream.test",
                                           .port = upstream.port(),
                                           .http2 = UpstreamHttp2::kPriorKnowledge}),
                      {}, [&go_on](HttpServerOptions& options) {
                        options.lookup = [&go_on](const std::string&,
                                                  uint16_t port) -> Result<std::vector<IpAddress>> {
                          go_on.wait();
                          return std::vector<IpAddress>{*IpAddress::Parse("127.0.0.1", port)};
                        };
                      });
  TestClient leaves(gateway);
  leaves.socket.Send(kGet);
  ASSERT_TRUE(WaitUntil([&gateway] { return gateway.relays() == 1; }));
  TestClient stays(gateway);
  stays.socket.Send("POST /relay HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody");
  ASSERT_TRUE(WaitUntil([&gateway] { return gateway.relays() == 2; }));
  leaves.socket.Close();
  EXPECT_EQ(gateway.observer(0)->WaitEnd().reason, RelayEndReason::kClientLeft);
  go_on.count_down();
  EXPECT_EQ(stays.reader.Read(true).body, "body");
  EXPECT_EQ(upstream.connections(), 1u);
}

TEST(RelayHttp2Streams, AConnectionThatDoesNotOpenFailsThoseThatWait) {
  uint16_t port = 0;
  {
    TestUpstream closed([](TestSocket&, size_t) {});
    port = closed.port();
  }
  TestGateway gateway(Http2At(port));
  auto clients = Clients(gateway, 5);
  for (const auto& client : clients) client->socket.Send(kGet);
  for (const auto& client : clients) {
    internal::ExpectGatewayError(client->reader.Read(true), 502, "upstream_unreachable");
  }
}

TEST(RelayHttp2Streams, AServerThatStopsLetsThemEnd) {
  std::latch begun(1);
  std::latch stopping(1);
  TestUpstream upstream([&](TestSocket& socket, size_t) {
    Http2Peer peer(socket);
    ASSERT_TRUE(peer.WaitRequests(1));
    peer.BeginAnswer(1, "200");
    peer.Write(1, "begin");
    begun.count_down();
    peer.RunUntil([&] { return stopping.try_wait(); });
    peer.Write(1, "end");
    peer.End(1);
    peer.RunToEnd();
  });
  TestGateway gateway(Http2At(upstream.port()));
  TestClient idle(gateway);
  EXPECT_TRUE(idle.Ask(internal::kLocal).complete);
  TestClient client(gateway);
  client.socket.Send(kGet);
  begun.wait();
  std::thread stopper([&gateway] { gateway.server().Stop(); });
  while (!idle.socket.ended()) idle.socket.ReadSome();  // Those without a request end at once.
  stopping.count_down();
  EXPECT_EQ(client.reader.Read(true).body, "beginend");
  stopper.join();
}

}  // namespace
}  // namespace vitrine::net
