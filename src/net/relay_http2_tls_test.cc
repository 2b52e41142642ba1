// Which protocol TLS ends with, and what follows from it.
#include <gtest/gtest.h>

#include <latch>
#include <random>

#include "net/internal/http2_testing.h"
#include "net/internal/relay_messages_testing.h"

namespace vitrine::net {
namespace {

using internal::Authority;
using internal::Free;
using internal::Http2Heard;
using internal::Http2Peer;
using internal::Identity;
using internal::kGet;
using internal::kPost;
using internal::RandomBytes;
using internal::ServerContext;
using internal::ServerTls;
using internal::TestClient;
using internal::TestGateway;
using internal::TestMessage;
using internal::TestReader;
using internal::TestSocket;
using internal::TestUpstream;
using internal::TrustingTls;
using internal::WaitUntil;

std::shared_ptr<const UpstreamEndpoint> Endpoint(uint16_t port,
                                                 UpstreamHttp2 http2 = UpstreamHttp2::kOn) {
  return std::make_shared<const UpstreamEndpoint>(UpstreamEndpoint{.host = "127.0.0.1",
                                                                   .port = port,
                                                                   .tls = TrustingTls(),
                                                                   .tls_name = "upstream.test",
                                                                   .http2 = http2});
}

/// A server that chooses what is offered first, or HTTP/1.1, or nothing.
enum class Chooses { kFirst, kHttp1, kNothing };

class Server {
 public:
  /// Answers nobody before `crowd` requests wait at the same time.
  explicit Server(Chooses chooses, size_t crowd = 0)
      : crowd_(crowd), context_(ServerContext(identity_)) {
    if (chooses == Chooses::kNothing) {
      SSL_CTX_set_alpn_select_cb(context_.get(), nullptr, nullptr);
    } else if (chooses == Chooses::kHttp1) {
      SSL_CTX_set_alpn_select_cb(
          context_.get(),
          [](SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
             unsigned in_size, void*) {
            *out = in + in_size - 8;  // It is always offered, and last.
            *out_size = 8;
            return SSL_TLSEXT_ERR_OK;
          },
          nullptr);
    }
  }
  uint16_t port() const { return upstream_.port(); }
  size_t connections() const { return upstream_.connections(); }
  std::atomic<size_t> http2_connections = 0;
  std::atomic<size_t> resumed = 0;

 private:
  void Serve(TestSocket& socket) {
    ServerTls tls(context_.get(), socket);
    if (!tls.accepted()) return;
    if (tls.resumed()) ++resumed;
    if (tls.protocol() == "h2") {
      ++http2_connections;
      Http2Peer peer(tls, Http2Peer::Options());
      peer.on_request = [this, &peer](Http2Heard& heard) {
        EXPECT_EQ(heard.Field(":scheme"), "https");
        ++arrived_;
        if (arrived_ >= crowd_) peer.Answer(heard.id, "200", {}, heard.body);
      };
      peer.RunUntil([this, &peer] { return arrived_ >= crowd_ && !peer.complete().empty(); });
      for (const int32_t id : peer.complete()) {
        if (!peer.was_answered(id)) peer.Answer(id, "200", {}, peer.of(id).body);
      }
      peer.RunToEnd();
      return;
    }
    std::mt19937 random(5);
    for (;;) {
      const std::string body = tls.ReadRequest(4);
      if (body.empty()) return;
      ++arrived_;
      WaitUntil([this] { return arrived_ >= crowd_; });
      tls.Write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + body, random);
    }
  }

  const size_t crowd_;
  std::atomic<size_t> arrived_ = 0;
  const Identity identity_{"upstream", "DNS:upstream.test", &Authority()};
  const std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>> context_;
  TestUpstream upstream_{[this](TestSocket& socket, size_t) { Serve(socket); }};
};

TEST(RelayHttp2Tls, TheServerChooses) {
  struct Case {
    Chooses chooses;
    UpstreamHttp2 http2;
    bool is_http2;
  };
  const std::vector<Case> cases = {{Chooses::kFirst, UpstreamHttp2::kOn, true},
                                   {Chooses::kFirst, UpstreamHttp2::kOff, false},
                                   {Chooses::kHttp1, UpstreamHttp2::kOn, false},
                                   {Chooses::kNothing, UpstreamHttp2::kOn, false}};
  for (const Case& one : cases) {
    Server server(one.chooses);
    TestGateway gateway(Endpoint(server.port(), one.http2));
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(Ask(gateway, kPost).body, "body");
      EXPECT_EQ(gateway.last()->WaitEnd().was_http2, one.is_http2);
    }
    EXPECT_EQ(server.connections(), 1u);
    EXPECT_EQ(server.http2_connections, one.is_http2 ? 1u : 0u);
  }
}

TEST(RelayHttp2Tls, ManyThatWaitForAServerOfHttp1GetAConnectionEach) {
  static constexpr size_t kCount = 8;
  Server server(Chooses::kHttp1);
  TestGateway gateway(Endpoint(server.port()));
  std::vector<std::unique_ptr<TestSocket>> clients;
  for (size_t i = 0; i < kCount; ++i) {
    clients.push_back(std::make_unique<TestSocket>(gateway.port()));
    clients.back()->Send(kPost);
  }
  for (const auto& client : clients) {
    TestReader reader(*client);
    EXPECT_EQ(reader.Read(true).body, "body");
  }
  EXPECT_LE(server.connections(), kCount);
  EXPECT_EQ(server.http2_connections, 0u);
}

TEST(RelayHttp2Tls, OnlyACrowdShares) {
  static constexpr size_t kCount = 40;
  Server server(Chooses::kFirst, kCount);
  TestGateway gateway(Endpoint(server.port(), UpstreamHttp2::kAuto));
  const auto ask_all = [&gateway] {
    std::vector<std::unique_ptr<TestSocket>> clients;
    for (size_t i = 0; i < kCount; ++i) {
      clients.push_back(std::make_unique<TestSocket>(gateway.port()));
      clients.back()->Send(kPost);
    }
    for (const auto& client : clients) {
      TestReader reader(*client);
      EXPECT_EQ(reader.Read(true).body, "body");
    }
  };
  ask_all();
  EXPECT_EQ(server.connections(), kHttp2CrowdFrom + 1);
  EXPECT_EQ(server.http2_connections, 1u);
  // Few at once use what is kept, over HTTP/1.1.
  EXPECT_EQ(Ask(gateway, kPost).body, "body");
  EXPECT_FALSE(gateway.last()->WaitEnd().was_http2);
  EXPECT_EQ(server.connections(), kHttp2CrowdFrom + 1);
}

TEST(RelayHttp2Tls, UpgradesTakeHttp1) {
  std::mt19937 random(5);
  const Identity identity("upstream", "DNS:upstream.test", &Authority());
  const auto context = ServerContext(identity);
  TestUpstream upstream([&](TestSocket& socket, size_t) {
    ServerTls tls(context.get(), socket);
    EXPECT_EQ(tls.protocol(), "http/1.1");
    tls.ReadRequest(0);
    std::mt19937 own(5);
    tls.Write(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: "
        "websocket\r\n\r\nhello",
        own);
    tls.SayGoodbye();
  });
  TestGateway gateway(Endpoint(upstream.port()),
                      [](RelayPlan& plan) { plan.upgrade_protocol = "websocket"; });
  TestSocket client(gateway.port());
  client.Send(
      "GET /relay HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  EXPECT_FALSE(client.ReadUntil("\r\n\r\nhello").empty());
}

TEST(RelayHttp2Tls, LargeBodiesBothWays) {
  std::mt19937 random(9);
  const std::string body = RandomBytes(3'000'000, random);
  Server server(Chooses::kFirst);
  TestGateway gateway(Endpoint(server.port()));
  for (const std::string path : {"/relay", "/whole"}) {
    TestClient client(gateway);
    std::thread sender([&] {
      client.socket.Send("POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Length: " +
                         std::to_string(body.size()) + "\r\n\r\n" + body);
    });
    const TestMessage answer = client.reader.Read(true);
    sender.join();
    EXPECT_TRUE(answer.complete);
    EXPECT_TRUE(answer.body == body);
  }
  EXPECT_EQ(server.connections(), 1u);
}

TEST(RelayHttp2Tls, ACertificateThatDoesNotFitFailsAllThatWait) {
  const Identity stranger("upstream", "DNS:upstream.test", nullptr);
  const auto context = ServerContext(stranger);
  TestUpstream upstream([&context](TestSocket& socket, size_t) {
    const ServerTls tls(context.get(), socket);
    EXPECT_FALSE(tls.accepted());
  });
  TestGateway gateway(Endpoint(upstream.port()));
  const TestMessage answer = Ask(gateway, kGet);
  internal::ExpectGatewayError(answer, 502, "upstream_unreachable");
  EXPECT_NE(answer.body.find("certificate: "), std::string::npos) << answer.body;
}

}  // namespace
}  // namespace vitrine::net
