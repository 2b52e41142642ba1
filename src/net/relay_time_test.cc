// What takes too long: upstreams, clients and names.
#include <gtest/gtest.h>

#include <latch>

#include "net/internal/relay_messages_testing.h"

namespace vitrine::net {
namespace {

using internal::AlwaysAnswer;
using internal::ExpectGatewayError;
using internal::kGet;
using internal::kLocal;
using internal::kOk;
using internal::kPost;
using internal::TestClient;
using internal::TestGateway;
using internal::TestMessage;
using internal::TestReader;
using internal::TestSocket;
using internal::TestUpstream;
using internal::WaitUntil;

struct PhaseCase {
  std::string name;
  RelayEndReason reason;
  int status;
  std::string request;
  std::function<void(TestSocket&)> script;
  std::function<void(RelayTimeouts&)> limit;
};

TEST(RelayTime, EachPhaseHasItsTimeout) {
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

TEST(RelayTime, ANameThatIsNeverFoundTimesOut) {
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
    TestClient client(gateway);
    client.socket.Send(kGet);
    // The loop goes on meanwhile.
    TestSocket other(gateway.port());
    TestReader other_reader(other);
    other.Send(kLocal);
    EXPECT_EQ(other_reader.Read(true).body, "local /local");
    ExpectGatewayError(client.reader.Read(true), 504, "timeout_connect");
    stop->count_down();
  }
}

TEST(RelayTime, ASlowClientIsToldSo) {
  TestUpstream upstream([](TestSocket& socket, size_t) {
    while (!socket.ended()) socket.ReadSome(20'000);
  });
  TestGateway gateway(TestGateway::At(upstream.port()), {},
                      [](HttpServerOptions& options) { options.body_stall_timeout_ms = 100; });
  TestClient client(gateway);
  ExpectGatewayError(client.Ask("POST /relay HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbo"),
                     408, "client_too_slow");
  EXPECT_TRUE(WaitUntil([&] { return upstream.ended() == 1; }));
}

TEST(RelayTime, AClientThatWasToldToGoOnMustDoSo) {
  TestUpstream upstream([](TestSocket& socket, size_t) {
    socket.ReadUntil("\r\n\r\n", 20'000);
    socket.Send("HTTP/1.1 100 Continue\r\n\r\n");
    while (!socket.ended()) socket.ReadSome(20'000);
  });
  TestGateway gateway(TestGateway::At(upstream.port()), {},
                      [](HttpServerOptions& options) { options.body_stall_timeout_ms = 100; });
  TestClient client(gateway);
  client.socket.Send(
      "POST /relay HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(client.reader.Read(true).status(), 100);
  ExpectGatewayError(client.reader.Read(true), 408, "client_too_slow");
}

TEST(RelayTime, ATrickleIsTooSlow) {
  TestUpstream upstream([](TestSocket& socket, size_t) {
    while (!socket.ended()) socket.ReadSome(20'000);
  });
  TestGateway gateway(TestGateway::At(upstream.port()), {},
                      [](HttpServerOptions& options) { options.body_stall_timeout_ms = 1000; });
  TestSocket client(gateway.port());
  client.Send("POST /relay HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
  TestReader reader(client);
  ASSERT_TRUE(WaitUntil([&gateway] { return gateway.relays() == 1; }));
  // Each byte comes long before the client would count as silent.
  for (int i = 0; i < 500 && !gateway.last()->has_ended(); ++i) {
    client.Send("x");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_TRUE(gateway.last()->has_ended());
  ExpectGatewayError(reader.Read(true), 408, "client_too_slow");
  EXPECT_EQ(gateway.server().stats().timeouts, 1u);
}

TEST(RelayTime, AClientThatStallsAfterItsAnswerBegan) {
  TestUpstream upstream([](TestSocket& socket, size_t) {
    socket.ReadUntil("bo", 20'000);
    socket.Send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    while (!socket.ended()) socket.ReadSome(20'000);
  });
  TestGateway gateway(TestGateway::At(upstream.port()), {},
                      [](HttpServerOptions& options) { options.body_stall_timeout_ms = 1000; });
  TestSocket client(gateway.port());
  client.Send("POST /relay HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbo");
  TestReader reader(client);
  EXPECT_FALSE(reader.Read(true).complete);
  EXPECT_EQ(gateway.last()->WaitEnd().reason, RelayEndReason::kClientTooSlow);
  EXPECT_EQ(gateway.server().stats().timeouts, 1u);
}

TEST(RelayTime, DeadNamesHoldUpNoOther) {
  const auto stop = std::make_shared<std::latch>(1);
  std::latch dead(4);
  TestUpstream upstream(AlwaysAnswer(std::string(kOk)));
  TestGateway gateway(
      TestGateway::At(0),
      [&](RelayPlan& plan) {
        plan.upstream = std::make_shared<const UpstreamEndpoint>(
            UpstreamEndpoint{.host = plan.target.substr(7), .port = upstream.port()});
      },
      [&dead, stop](HttpServerOptions& options) {
        options.lookup = [&dead, stop](const std::string& host,
                                       uint16_t port) -> Result<std::vector<IpAddress>> {
          if (host.starts_with("dead")) {
            dead.count_down();
            stop->wait();
            return Fail(ErrorCode::kUnavailable, "late");
          }
          return std::vector<IpAddress>{*IpAddress::Parse("127.0.0.1", port)};
        };
      });
  std::vector<std::unique_ptr<TestSocket>> waiting;
  for (int i = 0; i < 4; ++i) {
    waiting.push_back(std::make_unique<TestSocket>(gateway.port()));
    waiting.back()->Send("GET /relay/dead" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  EXPECT_TRUE(WaitUntil([&dead] { return dead.try_wait(); }));
  TestClient client(gateway);
  EXPECT_EQ(client.Ask("GET /relay/live HTTP/1.1\r\nHost: h\r\n\r\n").body, "ok");
  stop->count_down();
  for (const auto& one : waiting) EXPECT_NE(one->ReadUntil("\r\n\r\n", 20'000), "");
}

}  // namespace
}  // namespace vitrine::net
