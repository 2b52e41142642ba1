// Relays over TLS, to servers whose certificates are made here.
#include <gtest/gtest.h>

#include <array>
#include <ctime>
#include <latch>
#include <random>

#include "net/internal/relay_messages_testing.h"
#include "net/internal/relay_tls_testing.h"

namespace vitrine::net {
namespace {

using internal::Authority;
using internal::Endpoint;
using internal::Identity;
using internal::RandomBytes;
using internal::SendUntilStuck;
using internal::ServerContext;
using internal::ServerTls;
using internal::TestClient;
using internal::TestGateway;
using internal::TestMessage;
using internal::TestSocket;
using internal::TestUpstream;
using internal::TrustingTls;

TEST(RelayTls, BodiesOfAllSizesBothWays) {
  const Identity identity("upstream", "DNS:upstream.test", &Authority());
  const auto context = ServerContext(identity);
  const std::vector<size_t> sizes = {0, 1, 1000, 16'384, 100'000, 2'000'000};
  TestUpstream upstream([&](TestSocket& socket, size_t) {
    std::mt19937 random(5);
    ServerTls tls(context.get(), socket);
    ASSERT_TRUE(tls.accepted());
    EXPECT_EQ(tls.server_name(), "upstream.test");
    EXPECT_EQ(tls.protocol(), "http/1.1");
    for (const size_t size : sizes) {
      const std::string body = tls.ReadRequest(size);
      tls.Write(
          "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body,
          random);
    }
    tls.ReadRequest(0);
  });
  TestGateway gateway(Endpoint(upstream.port(), TrustingTls(), "upstream.test"));
  TestClient client(gateway);
  std::mt19937 random(6);
  for (const size_t size : sizes) {
    const std::string body = RandomBytes(size, random);
    std::thread sender([&] {
      client.socket.Send("POST /relay HTTP/1.1\r\nHost: h\r\nContent-Length: " +
                         std::to_string(size) + "\r\n\r\n" + body);
    });
    const TestMessage answer = client.reader.Read(true);
    sender.join();
    EXPECT_EQ(answer.status(), 200) << answer.body;
    EXPECT_TRUE(answer.body == body) << size;
  }
  EXPECT_EQ(upstream.connections(), 1u);
}

TEST(RelayTls, SessionsAreResumed) {
  const Identity identity("upstream", "DNS:upstream.test", &Authority());
  const auto context = ServerContext(identity);
  std::atomic<int> resumed = 0;
  TestUpstream upstream([&](TestSocket& socket, size_t) {
    std::mt19937 random(5);
    ServerTls tls(context.get(), socket);
    if (tls.resumed()) ++resumed;
    tls.ReadRequest(0);
    tls.Write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", random);
    tls.SayGoodbye();
  });
  TestGateway gateway(Endpoint(upstream.port(), TrustingTls(), "upstream.test"));
  TestClient client(gateway);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(client.Ask("GET /relay HTTP/1.1\r\nHost: h\r\n\r\n").body, "ok");
  }
  EXPECT_EQ(resumed, 2);
}

TEST(RelayTls, CertificatesThatDoNotFitAreRefused) {
  const Identity good("upstream", "DNS:upstream.test,IP:127.0.0.1", &Authority());
  const Identity stranger("upstream", "DNS:upstream.test", nullptr);
  const auto system_only = UpstreamTls::Create();
  ASSERT_TRUE(system_only.has_value());
  struct Case {
    std::string what;
    const Identity* identity;
    std::shared_ptr<UpstreamTls> tls;
    std::string name;
    int status;
  };
  const std::vector<Case> cases = {
      {"right name", &good, TrustingTls(), "upstream.test", 200},
      {"right address", &good, TrustingTls(), "", 200},
      {"wrong name", &good, TrustingTls(), "other.test", 502},
      {"wrong address", &good, TrustingTls(), "127.0.0.2", 502},
      {"unknown authority", &good, *system_only, "upstream.test", 502},
      {"self-signed", &stranger, TrustingTls(), "upstream.test", 502},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.what);
    const auto context = ServerContext(*one.identity);
    std::atomic<bool> any_request = false;
    TestUpstream upstream([&](TestSocket& socket, size_t) {
      std::mt19937 random(5);
      ServerTls tls(context.get(), socket);
      any_request = tls.ReadRequest(4) == "body";
      tls.Write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", random);
    });
    TestGateway gateway(Endpoint(upstream.port(), one.tls, one.name));
    TestClient client(gateway);
    const TestMessage answer =
        client.Ask("POST /relay HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody");
    EXPECT_EQ(answer.status(), one.status) << answer.body;
    EXPECT_EQ(any_request, one.status == 200);
    if (one.status != 200) {
      EXPECT_TRUE(answer.Has("x-vitrine-gateway-error: upstream_unreachable"));
      EXPECT_NE(answer.body.find("certificate: "), std::string::npos) << answer.body;
    }
  }
}

TEST(RelayTls, AnEndWithoutGoodbyeIsACut) {
  const Identity identity("upstream", "DNS:upstream.test", &Authority());
  const auto context = ServerContext(identity);
  for (const bool polite : {true, false}) {
    TestUpstream upstream([&](TestSocket& socket, size_t) {
      std::mt19937 random(5);
      ServerTls tls(context.get(), socket);
      tls.ReadRequest(0);
      tls.Write("HTTP/1.1 200 OK\r\n\r\nuntil close", random);
      if (polite) tls.SayGoodbye();
    });
    TestGateway gateway(Endpoint(upstream.port(), TrustingTls(), "upstream.test"));
    TestClient client(gateway);
    EXPECT_EQ(client.Ask("GET /relay HTTP/1.1\r\nHost: h\r\n\r\n").complete, polite);
    EXPECT_EQ(gateway.last()->WaitEnd().reason,
              polite ? RelayEndReason::kComplete : RelayEndReason::kUpstreamCut);
  }
}

TEST(RelayTls, AHandshakeThatNeverEndsTimesOut) {
  TestUpstream upstream([](TestSocket& socket, size_t) {
    while (!socket.ended()) socket.ReadSome(20'000);
  });
  TestGateway gateway(Endpoint(upstream.port(), TrustingTls(), "upstream.test"),
                      [](RelayPlan& plan) { plan.timeouts.tls_ms = 100; });
  TestClient client(gateway);
  const TestMessage answer = client.Ask("GET /relay HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(answer.status(), 504);
  EXPECT_EQ(gateway.last()->WaitEnd().reason, RelayEndReason::kTimeoutTls);
}

TEST(RelayTls, AFileWithoutCertificatesIsAnError) {
  const auto tls = UpstreamTls::Create(testing::TempDir() + "no_such_file.pem");
  ASSERT_FALSE(tls.has_value());
  EXPECT_EQ(tls.error().code, ErrorCode::kInvalidInput);
}

TEST(RelayTls, ANameInTheSubjectIsNone) {
  const Identity identity("upstream.test", nullptr, &Authority());
  const auto context = ServerContext(identity);
  TestUpstream upstream([&context](TestSocket& socket, size_t) {
    std::mt19937 random(5);
    ServerTls tls(context.get(), socket);
    if (tls.ReadRequest(0).empty() && !tls.accepted()) return;
    tls.Write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", random);
  });
  TestGateway gateway(Endpoint(upstream.port(), TrustingTls(), "upstream.test"));
  TestClient client(gateway);
  const TestMessage answer = client.Ask("GET /relay HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(answer.status(), 502);
  EXPECT_NE(answer.body.find("certificate: "), std::string::npos) << answer.body;
}

TEST(RelayTls, AWholeBodyGoesOutInManyTurns) {
  const Identity identity("upstream", "DNS:upstream.test", &Authority());
  const auto context = ServerContext(identity);
  std::mt19937 random(6);
  const std::string body = RandomBytes(3'000'000, random);
  std::string received;
  TestUpstream upstream([&](TestSocket& socket, size_t) {
    std::mt19937 own(5);
    ServerTls tls(context.get(), socket);
    received = tls.ReadRequest(body.size());
    tls.Write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", own);
    tls.ReadRequest(0);
  });
  TestGateway gateway(Endpoint(upstream.port(), TrustingTls(), "upstream.test"));
  TestClient client(gateway);
  client.socket.Send("POST /whole HTTP/1.1\r\nHost: h\r\nContent-Length: " +
                     std::to_string(body.size()) + "\r\n\r\n" + body);
  EXPECT_EQ(client.reader.Read(true).body, "ok");
  EXPECT_TRUE(received == body);
}

double CpuSeconds(clockid_t clock) {
  timespec used{};
  ::clock_gettime(clock, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

/// How much the other threads work while this one works for 0.3 s. One that turns without end
/// does as much, however busy the machine is; one that waits does next to nothing.
double WorkOfOthers() {
  const double own = CpuSeconds(CLOCK_THREAD_CPUTIME_ID);
  const double all = CpuSeconds(CLOCK_PROCESS_CPUTIME_ID);
  double own_more = 0;
  while (own_more < 0.3) own_more = CpuSeconds(CLOCK_THREAD_CPUTIME_ID) - own;
  return CpuSeconds(CLOCK_PROCESS_CPUTIME_ID) - all - own_more;
}

TEST(RelayTls, NothingTurnsWhileTheUpstreamThinksAboutAnUpload) {
  static constexpr size_t kSize = 32'000'000;
  const Identity identity("upstream", "DNS:upstream.test", &Authority());
  const auto context = ServerContext(identity);
  std::latch stuck(1);
  std::array<double, 2> used{};
  TestUpstream upstream([&](TestSocket& socket, size_t) {
    std::mt19937 random(5);
    ServerTls tls(context.get(), socket);
    stuck.wait();  // So that the gateway had to wait for room.
    tls.ReadRequest(kSize);
    used[0] = WorkOfOthers();
    tls.Write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", random);
    tls.ReadRequest(0);
  });
  TestGateway gateway(Endpoint(upstream.port(), TrustingTls(), "upstream.test"));
  TestClient client(gateway);
  client.socket.Send("POST /relay HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(kSize) +
                     "\r\n\r\n");
  const size_t sent = SendUntilStuck(client.socket, kSize, gateway.port());
  stuck.count_down();
  client.socket.Send(std::string(kSize - sent, 'x'));
  EXPECT_EQ(client.reader.Read(true).body, "ok");
  used[1] = WorkOfOthers();  // And while the connection is kept.
  EXPECT_LT(sent, kSize);
  EXPECT_LT(used[0], 0.06);
  EXPECT_LT(used[1], 0.06);
}

}  // namespace
}  // namespace vitrine::net
