// Taking an exchange back from a relay whose outcome nobody wants, and answering it otherwise.
#include <gtest/gtest.h>

#include "net/internal/relay_messages_testing.h"

namespace vitrine::net {
namespace {

using internal::AlwaysAnswer;
using internal::kOk;
using internal::TestClient;
using internal::TestGateway;
using internal::TestMessage;
using internal::TestReader;
using internal::TestSocket;
using internal::TestUpstream;
using internal::WaitUntil;

constexpr std::string_view kWhole =
    "POST /whole HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody";
constexpr std::string_view kBusy =
    "HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 4\r\n\r\nbusy";

/// Answers by itself with what the attempt came to.
RelayTakeBack AnswerInstead() {
  return [](const RelayAttempt& attempt) -> RelayContinuation {
    if (attempt.reason == RelayEndReason::kComplete && attempt.status < 500) return {};
    std::string said =
        std::string(RelayEndReasonName(attempt.reason)) + " " + std::to_string(attempt.status);
    if (attempt.headers != nullptr)
      said += " " + std::string(attempt.headers->First("retry-after").value_or(""));
    return [said](HttpResponder responder) { responder.Send(HttpResponse::Text(200, said)); };
  };
}

TEST(RelayTakeBack, AnAnswerThatIsGoodEnoughGoesThrough) {
  TestUpstream upstream(AlwaysAnswer(std::string(kOk)));
  TestGateway gateway(TestGateway::At(upstream.port()),
                      [](RelayPlan& plan) { plan.take_back = AnswerInstead(); });
  TestClient client(gateway);
  EXPECT_EQ(client.Ask(kWhole).body, "ok");
  EXPECT_FALSE(gateway.last()->WaitEnd().was_taken_back);
}

TEST(RelayTakeBack, ABadAnswerIsSeenByTheObserverAlone) {
  TestUpstream upstream(AlwaysAnswer(std::string(kBusy)));
  TestGateway gateway(TestGateway::At(upstream.port()),
                      [](RelayPlan& plan) { plan.take_back = AnswerInstead(); });
  TestClient client(gateway);
  for (int i = 0; i < 3; ++i) {
    const TestMessage answer = client.Ask(kWhole);
    EXPECT_EQ(answer.status(), 200);
    EXPECT_EQ(answer.body, "complete 503 1");
    const RelayEnd end = gateway.last()->WaitEnd();
    EXPECT_TRUE(end.was_taken_back);
    EXPECT_EQ(end.reason, RelayEndReason::kComplete);
    EXPECT_EQ(end.status, 503);
    EXPECT_EQ(end.response_body_bytes, 4u);
  }
  // Both connections live on.
  EXPECT_EQ(upstream.connections(), 1u);
  EXPECT_EQ(gateway.server().stats().relays_failed, 0u);
}

TEST(RelayTakeBack, SoAreFailures) {
  uint16_t nobody = 0;
  {
    TestUpstream closed(AlwaysAnswer({}));
    nobody = closed.port();
  }
  TestGateway gateway(TestGateway::At(nobody),
                      [](RelayPlan& plan) { plan.take_back = AnswerInstead(); });
  TestClient client(gateway);
  EXPECT_EQ(client.Ask(kWhole).body, "upstream_unreachable 0");
}

TEST(RelayTakeBack, AnUpstreamThatBreaksItsBadAnswerOffIsTakenBackOnce) {
  TestUpstream upstream([](TestSocket& socket, size_t) {
    TestReader reader(socket);
    reader.Read(false);
    socket.Send("HTTP/1.1 500 No\r\nContent-Length: 100\r\n\r\nonly this");
  });
  TestGateway gateway(TestGateway::At(upstream.port()),
                      [](RelayPlan& plan) { plan.take_back = AnswerInstead(); });
  TestClient client(gateway);
  EXPECT_EQ(client.Ask(kWhole).body, "complete 500 ");
  EXPECT_EQ(gateway.last()->WaitEnd().reason, RelayEndReason::kUpstreamCut);
}

TEST(RelayTakeBack, AnEndlessBadAnswerIsNotReadForEver) {
  TestUpstream upstream([](TestSocket& socket, size_t) {
    TestReader reader(socket);
    reader.Read(false);
    socket.Send("HTTP/1.1 500 No\r\n\r\n");
    while (socket.Send(std::string(65536, 'x'))) {
    }
  });
  TestGateway gateway(TestGateway::At(upstream.port()),
                      [](RelayPlan& plan) { plan.take_back = AnswerInstead(); });
  TestClient client(gateway);
  EXPECT_EQ(client.Ask(kWhole).body, "complete 500 ");
  EXPECT_GT(gateway.last()->WaitEnd().response_body_bytes, kRelayTakenBackBytesMax);
  EXPECT_TRUE(gateway.last()->WaitEnd().was_left_unread);
}

TEST(RelayTakeBack, TheNextRelayMayAnswerLater) {
  TestUpstream bad(AlwaysAnswer(std::string(kBusy)));
  TestUpstream good(AlwaysAnswer(std::string(kOk)));
  HttpServerOptions options;
  options.listeners.push_back({.name = "gateway", .host = "127.0.0.1"});
  std::vector<std::thread> threads;
  auto server = HttpServer::Start(options, [&](HttpRequest request, HttpResponder responder) {
    RelayPlan plan;
    plan.method = request.method;
    plan.target = request.target;
    plan.headers = request.headers;
    plan.body = request.body;
    RelayPlan next = plan;
    plan.upstream = TestGateway::At(bad.port());
    next.upstream = TestGateway::At(good.port());
    plan.take_back = [&threads, next](const RelayAttempt&) -> RelayContinuation {
      return [&threads, next](HttpResponder later) {
        threads.emplace_back(
            [next, later = std::move(later)]() mutable { later.Relay(std::move(next)); });
      };
    };
    responder.Relay(std::move(plan));
  });
  ASSERT_TRUE(server.has_value());
  TestSocket client((*server)->port());
  TestReader reader(client);
  client.Send(std::string(kWhole) + std::string(kWhole));  // Pipelined: the order stays.
  EXPECT_EQ(reader.Read(true).body, "ok");
  EXPECT_EQ(reader.Read(true).body, "ok");
  for (std::thread& thread : threads) thread.join();
}

TEST(RelayTakeBack, AClientThatLeftIsNotAnsweredAgain) {
  std::atomic<bool> asked = false;
  TestUpstream upstream([](TestSocket& socket, size_t) {
    TestReader reader(socket);
    reader.Read(false);
    reader.Read(false);  // Never answers.
  });
  TestGateway gateway(TestGateway::At(upstream.port()), [&asked](RelayPlan& plan) {
    plan.take_back = [&asked](const RelayAttempt&) -> RelayContinuation {
      asked = true;
      return {};
    };
  });
  {
    TestSocket client(gateway.port());
    client.Send(kWhole);
    WaitUntil([&] { return gateway.relays() == 1; });
  }
  EXPECT_EQ(gateway.last()->WaitEnd().reason, RelayEndReason::kClientLeft);
  EXPECT_FALSE(asked);
}

}  // namespace
}  // namespace vitrine::net
