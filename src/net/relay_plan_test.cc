// What a plan may say, and what holds it.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <stdexcept>

#include "net/internal/relay_messages_testing.h"

namespace vitrine::net {
namespace {

using internal::AlwaysAnswer;
using internal::AnswerThen;
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

TEST(RelayPlans, APlanThatCannotBeSentIsOurFault) {
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
    TestClient client(gateway);
    ExpectGatewayError(client.Ask(kGet), 500, "invalid_plan");
  }
  EXPECT_EQ(upstream.connections(), 0u);
}

TEST(RelayPlans, AddressesAreCheckedOneByOne) {
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
  TestClient client(gateway);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(client.Ask(kGet).body, "ok");
  }
  EXPECT_EQ(upstream.connections(), 1u);
  allow = false;  // A kept connection is checked as well.
  ExpectGatewayError(client.Ask(kGet), 502, "upstream_forbidden");
  EXPECT_EQ(upstream.connections(), 1u);
  EXPECT_EQ(lookups, 1u);  // The second look-up was remembered.
}

TEST(RelayPlans, HeadIsHeadOnBothSides) {
  TestUpstream upstream(AlwaysAnswer(std::string(kOk)));
  TestGateway gateway(TestGateway::At(upstream.port()), [](RelayPlan& plan) {
    plan.method = plan.method == "HEAD" ? "GET" : "HEAD";
  });
  TestClient client(gateway);
  ExpectGatewayError(client.Ask(kGet), 500, "invalid_plan");
  const TestMessage answer = client.Ask("HEAD /relay HTTP/1.1\r\nHost: h\r\n\r\n", true);
  EXPECT_EQ(answer.status(), 500);
  EXPECT_TRUE(answer.Has("x-vitrine-gateway-error: invalid_plan\r\n"));
  EXPECT_EQ(upstream.connections(), 0u);
}

TEST(RelayPlans, WhatItAddsToAnAnswerFramesNothing) {
  TestUpstream upstream(AlwaysAnswer(std::string(kOk)));
  for (const char* name : {"Content-Length", "transfer-encoding", "Connection", "keep-alive",
                           "Upgrade", "Trailer", "Proxy-Authenticate"}) {
    SCOPED_TRACE(name);
    TestGateway gateway(TestGateway::At(upstream.port()),
                        [name](RelayPlan& plan) { plan.response_headers.Add(name, "1"); });
    TestClient client(gateway);
    ExpectGatewayError(client.Ask(kGet), 500, "invalid_plan");
  }
  EXPECT_EQ(upstream.connections(), 0u);
}

TEST(RelayPlans, NoClientTakesAwayWhatItAdds) {
  std::vector<std::string> heads;
  TestUpstream upstream([&heads](TestSocket& socket, size_t) {
    TestReader reader(socket);
    for (TestMessage request; (request = reader.Read(false)).complete; socket.Send(kOk)) {
      heads.push_back(request.head);
    }
  });
  TestGateway gateway(TestGateway::At(upstream.port()),
                      [](RelayPlan& plan) { plan.headers.Set("Authorization", "ours"); });
  TestClient client(gateway);
  for (const std::string path : {"/relay", "/whole"}) {
    client.socket.Send("GET " + path +
                       " HTTP/1.1\r\nHost: h\r\nConnection: authorization, X-Mine\r\n" +
                       "X-Mine: 1\r\nAuthorization: theirs\r\n\r\n");
    EXPECT_EQ(client.reader.Read(true).body, "ok");
    ASSERT_FALSE(heads.empty());
    EXPECT_EQ(heads.back(), "GET " + path + " HTTP/1.1\r\nHost: h\r\nAuthorization: ours\r\n\r\n");
  }
}

TEST(RelayPlans, APlannerThatThrowsAnswers500) {
  TestGateway gateway(TestGateway::At(0), {}, [](HttpServerOptions& options) {
    options.relay = [](const HttpRequest& head) -> std::optional<RelayPlan> {
      if (head.path.starts_with("/relay")) throw std::runtime_error("no plan");
      return std::nullopt;
    };
  });
  TestClient client(gateway);
  for (int i = 0; i < 2; ++i) {  // The connection survives where no body follows.
    EXPECT_EQ(client.Ask(kGet).status(), 500);
  }
  EXPECT_EQ(client.Ask(kLocal).body, "local /local");
  EXPECT_EQ(client.Ask(kPost).status(), 500);
  EXPECT_EQ(client.socket.ReadSome(20'000), "");
  EXPECT_TRUE(client.socket.ended());
  EXPECT_EQ(gateway.server().stats().handler_exceptions, 3u);
  EXPECT_EQ(gateway.server().stats().relays, 0u);
}

TEST(RelayPlans, ItsPlannerSeesABodyThatIsEmptyAndNotNull) {
  std::atomic<bool> is_empty = false;
  TestGateway gateway(TestGateway::At(0), {}, [&is_empty](HttpServerOptions& options) {
    options.relay = [&is_empty](const HttpRequest& head) -> std::optional<RelayPlan> {
      is_empty = head.body != nullptr && head.body->empty();
      return std::nullopt;
    };
  });
  TestClient client(gateway);
  EXPECT_EQ(client.Ask(kPost).body, "local /relay");
  EXPECT_TRUE(is_empty);
}

TEST(RelayPlans, WrappedAddressesAreCheckedAsWhatTheyReach) {
  TestUpstream upstream(AlwaysAnswer(std::string(kOk)));
  for (const std::string host : {"::ffff:127.0.0.1", "wrapped.test"}) {
    SCOPED_TRACE(host);
    std::atomic<int> family = 0;
    TestGateway gateway(
        std::make_shared<const UpstreamEndpoint>(
            UpstreamEndpoint{.host = host, .port = upstream.port()}),
        [&family](RelayPlan& plan) {
          plan.address_check = [&family](const IpAddress& address) {
            family = address.storage.ss_family;
            return !address.ToText().starts_with("127.");
          };
        },
        [](HttpServerOptions& options) {
          options.lookup = [](const std::string&, uint16_t port) -> Result<std::vector<IpAddress>> {
            IpAddress wrapped;
            auto& v6 = reinterpret_cast<sockaddr_in6&>(wrapped.storage);
            v6.sin6_family = AF_INET6;
            v6.sin6_port = htons(port);
            ::inet_pton(AF_INET6, "::ffff:127.0.0.1", &v6.sin6_addr);
            wrapped.size = sizeof(v6);
            return std::vector<IpAddress>{wrapped};
          };
        });
    TestClient client(gateway);
    ExpectGatewayError(client.Ask(kGet), 502, "upstream_forbidden");
    EXPECT_EQ(family, AF_INET);
  }
  EXPECT_EQ(upstream.connections(), 0u);
}

TEST(RelayPlans, AKeptConnectionHoldsNothingOfIt) {
  TestUpstream upstream(AlwaysAnswer(std::string(kOk)));
  std::weak_ptr<int> held;
  TestGateway gateway(TestGateway::At(upstream.port()), [&held](RelayPlan& plan) {
    auto token = std::make_shared<int>(0);
    held = token;
    plan.address_check = [token](const IpAddress&) { return true; };
  });
  TestClient client(gateway);
  EXPECT_EQ(client.Ask(kGet).body, "ok");
  EXPECT_TRUE(WaitUntil([&held] { return held.expired(); }));
  EXPECT_EQ(client.Ask(kGet).body, "ok");
  EXPECT_EQ(upstream.connections(), 1u);
}

}  // namespace
}  // namespace vitrine::net
