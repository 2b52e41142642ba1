// What lies between a fast sender and a slow reader stays bounded.
#include <gtest/gtest.h>

#include <latch>

#include "net/internal/relay_messages_testing.h"

namespace vitrine::net {
namespace {

using internal::kOk;
using internal::SendUntilStuck;
using internal::TestGateway;
using internal::TestSocket;
using internal::TestUpstream;

constexpr size_t kTotal = 64 * 1024 * 1024;

TEST(RelayFlow, ASlowClientHoldsTheUpstreamBack) {
  std::latch stuck(1);
  uint16_t gateway_port = 0;
  size_t sent = 0;
  TestUpstream upstream([&](TestSocket& socket, size_t) {
    socket.ReadUntil("\r\n\r\n", 20'000);
    socket.Send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kTotal) + "\r\n\r\n");
    sent = SendUntilStuck(socket, kTotal, gateway_port);
    stuck.count_down();
    socket.Send(std::string(kTotal - sent, 'x'));
    while (!socket.ended()) socket.ReadSome(20'000);
  });
  TestGateway gateway(TestGateway::At(upstream.port()));
  gateway_port = gateway.port();
  TestSocket client(gateway.port());
  client.Send("GET /relay HTTP/1.1\r\nHost: h\r\n\r\n");
  stuck.wait();
  EXPECT_LT(sent, kTotal / 2);  // Kernel buffers take some megabytes.
  std::string head = client.ReadUntil("\r\n\r\n", 20'000);
  EXPECT_NE(head, "");
  size_t got = 0;
  while (got < kTotal) {
    const size_t some = client.ReadSome(20'000).size();
    if (some == 0) break;
    got += some;
  }
  EXPECT_EQ(got, kTotal);
  EXPECT_EQ(gateway.last()->WaitEnd().reason, RelayEndReason::kComplete);
}

TEST(RelayFlow, ASlowUpstreamHoldsTheClientBack) {
  std::latch go_on(1);
  size_t got = 0;
  TestUpstream upstream([&](TestSocket& socket, size_t) {
    socket.ReadUntil("\r\n\r\n", 20'000);
    go_on.wait();
    while (got < kTotal) {
      const size_t some = socket.ReadSome(20'000).size();
      if (some == 0) break;
      got += some;
    }
    socket.Send(kOk);
    while (!socket.ended()) socket.ReadSome(20'000);
  });
  TestGateway gateway(TestGateway::At(upstream.port()));
  TestSocket client(gateway.port());
  client.Send("POST /relay HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(kTotal) +
              "\r\n\r\n");
  const size_t sent = SendUntilStuck(client, kTotal, gateway.port());
  EXPECT_LT(sent, kTotal / 2);
  go_on.count_down();
  client.Send(std::string(kTotal - sent, 'x'));
  EXPECT_NE(client.ReadUntil("\r\n\r\nok", 20'000), "");
  EXPECT_EQ(got, kTotal);
}

}  // namespace
}  // namespace vitrine::net
