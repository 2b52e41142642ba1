// The blocking client over TLS, to servers whose certificates are made here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "net/http_client.h"
#include "net/internal/relay_tls_testing.h"

namespace vitrine::net {
namespace {

using internal::Authority;
using internal::Identity;
using internal::RandomBytes;
using internal::ServerContext;
using internal::ServerTls;
using internal::TestSocket;
using internal::TestUpstream;
using internal::TrustingTls;
using testing::HasSubstr;

HttpClientOptions OptionsFor(uint16_t port, std::shared_ptr<UpstreamTls> tls, std::string name) {
  HttpClientOptions options;
  options.endpoint.port = port;
  options.endpoint.tls = std::move(tls);
  options.endpoint.tls_name = std::move(name);
  return options;
}

TEST(HttpClientTls, BodiesOfAllSizesOverOneConnection) {
  const Identity identity("server", "DNS:server.test", &Authority());
  const auto context = ServerContext(identity);
  const std::vector<size_t> sizes = {0, 1, 1000, 16'384, 100'000, 2'000'000};
  TestUpstream server([&](TestSocket& socket, size_t) {
    std::mt19937 random(5);
    ServerTls tls(context.get(), socket);
    ASSERT_TRUE(tls.accepted());
    EXPECT_EQ(tls.server_name(), "server.test");
    for (const size_t size : sizes) {
      const std::string body = tls.ReadRequest(size);
      tls.Write(
          "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body,
          random);
    }
    tls.ReadRequest(0);
  });
  HttpClient client(OptionsFor(server.port(), TrustingTls(), "server.test"));
  std::mt19937 random(6);
  for (const size_t size : sizes) {
    const std::string body = RandomBytes(size, random);
    const auto answer = client.Post("/v1/traces", "application/x-protobuf", body);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 200);
    EXPECT_TRUE(answer->body == body) << size;
  }
  EXPECT_EQ(server.connections(), 1u);
}

TEST(HttpClientTls, ACertificateOfAnotherNameOrOfNobodyIsRefused) {
  const Identity identity("server", "DNS:server.test", &Authority());
  const auto context = ServerContext(identity);
  TestUpstream server([&](TestSocket& socket, size_t) {
    ServerTls tls(context.get(), socket);
    EXPECT_EQ(tls.ReadRequest(0), "");
  });
  const auto refusal = [&](std::shared_ptr<UpstreamTls> tls, const char* name) {
    HttpClient client(OptionsFor(server.port(), std::move(tls), name));
    const auto answer = client.Get("/");
    EXPECT_FALSE(answer);
    if (answer) return std::string();
    EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
    return answer.error().message;
  };
  EXPECT_THAT(refusal(TrustingTls(), "other.test"), HasSubstr("certificate"));
  auto system = UpstreamTls::Create();
  ASSERT_TRUE(system);
  EXPECT_THAT(refusal(*system, "server.test"), HasSubstr("certificate"));
}

TEST(HttpClientTls, AServerThatIsSilentInTheHandshakeIsGivenUp) {
  TestUpstream server([](TestSocket& socket, size_t) {
    while (!socket.ended()) socket.ReadSome(30'000);  // Says nothing until the client leaves.
  });
  HttpClientOptions options = OptionsFor(server.port(), TrustingTls(), "server.test");
  options.connect_timeout_ms = 100;
  const auto answer = HttpClient(options).Get("/");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace vitrine::net
