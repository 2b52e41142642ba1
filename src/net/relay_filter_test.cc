// Bodies of which the client does not get everything.
#include <gtest/gtest.h>

#include "net/internal/relay_messages_testing.h"

namespace vitrine::net {
namespace {

using internal::kGet;
using internal::TestClient;
using internal::TestGateway;
using internal::TestMessage;
using internal::TestReader;
using internal::TestSocket;
using internal::TestUpstream;

/// Leaves every 'X' out, and holds the last byte back.
class WithoutX : public RelayBodyFilter {
 public:
  void Take(std::string_view piece, std::string& out) override {
    for (const char c : piece) {
      if (c == 'X') continue;
      out.append(held_);
      held_ = c;
    }
  }
  void End(std::string& out) override { out.append(held_); }

 private:
  std::string held_;
};

void Filter(RelayPlan& plan) {
  plan.filter = [](int status, const HttpHeaders&) -> std::unique_ptr<RelayBodyFilter> {
    return status == 200 ? std::make_unique<WithoutX>() : nullptr;
  };
}

/// An upstream that gives every request this answer, and closes behind it where that says so.
TestUpstream::Script Answer(const std::string& answer) {
  return [answer](TestSocket& socket, size_t) {
    TestReader reader(socket);
    while (reader.Read(false).complete && socket.Send(answer)) {
      if (answer.contains("Connection: close")) return;
    }
  };
}

TEST(RelayFilter, WorksUnderEveryFraming) {
  const std::vector<std::string> answers = {
      "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nX-Kept: 1\r\n\r\naXbXXc",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Kept: 1\r\n\r\n"
      "1\r\na\r\n2\r\nXb\r\n2\r\nXX\r\n1\r\nc\r\n0\r\nT: 1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX-Kept: 1\r\nConnection: close\r\n\r\naXbXXc",
  };
  for (const std::string& answer : answers) {
    TestUpstream upstream(Answer(answer));
    TestGateway gateway(TestGateway::At(upstream.port()), Filter);
    TestClient client(gateway);
    for (int i = 0; i < 2; ++i) {
      const TestMessage message = client.Ask(kGet);
      EXPECT_EQ(message.status(), 200) << answer;
      EXPECT_EQ(message.body, "abc") << answer;
      EXPECT_TRUE(message.complete) << answer;
      EXPECT_TRUE(message.Has("X-Kept: 1")) << answer;
      EXPECT_FALSE(message.Has("ontent-")) << message.head;
      EXPECT_EQ(message.trailers, "") << answer;
      const RelayEnd end = gateway.last()->WaitEnd();
      EXPECT_EQ(end.reason, RelayEndReason::kComplete) << answer;
      EXPECT_EQ(end.response_body_bytes, 6u) << answer;
      EXPECT_EQ(gateway.last()->response_body(), "aXbXXc") << answer;
    }
  }
}

TEST(RelayFilter, ABodyOfNothingElseIsAnEmptyOne) {
  TestUpstream upstream(Answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nXXX"));
  TestGateway gateway(TestGateway::At(upstream.port()), Filter);
  TestSocket client(gateway.port());
  client.Send(kGet);
  const TestMessage message = TestReader(client).Read(true);
  EXPECT_EQ(message.body, "");
  EXPECT_TRUE(message.complete);
}

TEST(RelayFilter, OldClientsSeeTheEndByTheConnection) {
  TestUpstream upstream(Answer("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\naXbXXc"));
  TestGateway gateway(TestGateway::At(upstream.port()), Filter);
  TestSocket client(gateway.port());
  client.Send("GET /relay HTTP/1.0\r\nHost: h\r\n\r\n");
  const std::string answer = client.ReadAll(20'000);
  EXPECT_TRUE(answer.ends_with("\r\n\r\nabc")) << answer;
  EXPECT_EQ(answer.find("ontent-"), std::string::npos) << answer;
}

TEST(RelayFilter, WhatWasHeldBackIsGivenOutWhereTheAnswerBreaksOff) {
  TestUpstream upstream(
      Answer("HTTP/1.1 200 OK\r\nContent-Length: 60\r\nConnection: close\r\n\r\naXbX"));
  TestGateway gateway(TestGateway::At(upstream.port()), Filter);
  TestSocket client(gateway.port());
  client.Send(kGet);
  const TestMessage message = TestReader(client).Read(true);
  EXPECT_EQ(message.body, "ab");
  EXPECT_FALSE(message.complete);
  EXPECT_EQ(gateway.last()->WaitEnd().reason, RelayEndReason::kUpstreamCut);
}

TEST(RelayFilter, OtherAnswersPassAsTheyCame) {
  TestUpstream upstream(Answer("HTTP/1.1 201 Made\r\nContent-Length: 3\r\n\r\naXb"));
  TestGateway gateway(TestGateway::At(upstream.port()), Filter);
  TestSocket client(gateway.port());
  client.Send(kGet);
  const TestMessage message = TestReader(client).Read(true);
  EXPECT_EQ(message.body, "aXb");
  EXPECT_TRUE(message.Has("Content-Length: 3"));
}

}  // namespace
}  // namespace vitrine::net
