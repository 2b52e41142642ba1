// Kept connections that turn out closed, or that spoke unasked, and what is sent a second time.
#include <gtest/gtest.h>

#include <latch>

#include "net/internal/relay_messages_testing.h"

namespace vitrine::net {
namespace {

using internal::AnswerThen;
using internal::ExpectGatewayError;
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

TEST(RelayRepeat, OnlyWhatMayRunTwiceIsRepeated) {
  struct Case {
    std::string method;
    std::string field;
    bool is_repeated;
  };
  const std::vector<Case> cases = {
      {"GET", "", true},
      {"OPTIONS", "", true},
      {"PUT", "", true},
      {"DELETE", "", true},
      {"POST", "Idempotency-Key: \"1\"\r\n", true},
      {"POST", "", false},
      {"PATCH", "", false},
      {"get", "", false},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.method + " " + one.field);
    std::atomic<size_t> bodies = 0;
    TestUpstream upstream([&bodies](TestSocket& socket, size_t number) {
      TestReader reader(socket);
      for (size_t i = 0; number > 0 || i < 2; ++i) {
        const TestMessage request = reader.Read(false);
        if (!request.complete) return;
        EXPECT_EQ(request.body, "body");
        ++bodies;
        if (number == 0 && i == 1) return;  // Read, never answered.
        socket.Send(kOk);
      }
    });
    TestGateway gateway(TestGateway::At(upstream.port()));
    TestClient client(gateway);
    const std::string request = one.method + " /relay HTTP/1.1\r\nHost: h\r\n" + one.field +
                                "Content-Length: 4\r\n\r\nbody";
    EXPECT_EQ(client.Ask(request).body, "ok");
    const TestMessage answer = client.Ask(request);
    if (one.is_repeated) {
      EXPECT_EQ(answer.body, "ok");
    } else {
      ExpectGatewayError(answer, 502, "upstream_cut");
    }
    const size_t more = one.is_repeated ? 1 : 0;
    EXPECT_EQ(bodies, 2 + more);
    EXPECT_EQ(upstream.connections(), 1 + more);
    EXPECT_FALSE(gateway.observer(0)->WaitEnd().was_repeated);
    EXPECT_EQ(gateway.observer(1)->WaitEnd().was_repeated, one.is_repeated);
    EXPECT_EQ(gateway.observer(1)->request_body(), "body");
    EXPECT_EQ(gateway.server().stats().relays_repeated, more);
  }
}

TEST(RelayRepeat, NothingIsRepeatedOnceAnAnswerBegan) {
  TestUpstream upstream(AnswerThen(1, [](TestSocket& socket) { socket.Send("HTTP/1.1 20"); }));
  TestGateway gateway(TestGateway::At(upstream.port()));
  TestClient client(gateway);
  EXPECT_EQ(client.Ask(kGet).body, "ok");
  ExpectGatewayError(client.Ask(kGet), 502, "upstream_cut");
  EXPECT_EQ(upstream.connections(), 1u);
}

TEST(RelayRepeat, NothingIsRepeatedWhoseBodyIsGone) {
  TestUpstream upstream(AnswerThen(1, [](TestSocket&) {}));
  TestGateway gateway(TestGateway::At(upstream.port()));
  TestClient client(gateway);
  EXPECT_EQ(client.Ask(kGet).body, "ok");
  const std::string body(kRelayReplayBytesMax + 1, 'x');
  client.socket.Send("PUT /relay HTTP/1.1\r\nHost: h\r\nContent-Length: " +
                     std::to_string(body.size()) + "\r\n\r\n" + body);
  ExpectGatewayError(client.reader.Read(true), 502, "upstream_cut");
  EXPECT_EQ(upstream.connections(), 1u);
}

TEST(RelayRepeat, IdleConnectionsThatSpeakOrCloseAreDropped) {
  TestUpstream upstream([](TestSocket& socket, size_t number) {
    TestReader reader(socket);
    if (!reader.Read(false).complete) return;
    socket.Send(kOk);
    if (number == 0) {
      socket.Send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
      EXPECT_EQ(socket.ReadSome(20'000), "");  // It is closed, not used.
    }
  });
  TestGateway gateway(TestGateway::At(upstream.port()));
  for (size_t i = 0; i < 4; ++i) {
    TestClient client(gateway);
    EXPECT_EQ(client.Ask(kGet).body, "ok");
    EXPECT_TRUE(WaitUntil([&] { return upstream.ended() == i + 1; }));
  }
  EXPECT_EQ(upstream.connections(), 4u);
}

/// Its upstream resets the kept connection after it was taken and before anything was written.
class ResettingObserver final : public RelayObserver {
 public:
  ResettingObserver(std::latch& reset, TestUpstream& upstream)
      : reset_(reset), upstream_(upstream) {}
  void OnRequestBody(std::string_view, int64_t) override {
    reset_.count_down();
    EXPECT_TRUE(WaitUntil([this] { return upstream_.ended() == 1; }));
  }
  void OnEnd(const RelayEnd& end) override { EXPECT_TRUE(end.was_repeated); }

 private:
  std::latch& reset_;
  TestUpstream& upstream_;
};

TEST(RelayRepeat, WhatNoSocketTookIsRepeatedWhateverItIs) {
  std::latch reset(1);
  TestUpstream upstream([&reset](TestSocket& socket, size_t number) {
    TestReader reader(socket);
    if (!reader.Read(false).complete) return;
    socket.Send(kOk);
    if (number > 0) return;
    reset.wait();
    socket.Reset();
  });
  TestGateway gateway(TestGateway::At(upstream.port()), [&](RelayPlan& plan) {
    if (plan.method == "POST") plan.observer = std::make_shared<ResettingObserver>(reset, upstream);
  });
  TestClient client(gateway);
  EXPECT_EQ(client.Ask(kGet).body, "ok");
  EXPECT_EQ(client.Ask(kPost).body, "ok");
  EXPECT_EQ(upstream.connections(), 2u);
  EXPECT_EQ(gateway.server().stats().relays_repeated, 1u);
}

TEST(RelayRepeat, AKeptConnectionIsLookedAtBeforeItIsUsed) {
  for (const bool speaks : {true, false}) {
    SCOPED_TRACE(speaks);
    Hold hold;
    std::latch spoil(1);
    std::latch spoilt(1);
    TestUpstream upstream([&](TestSocket& socket, size_t number) {
      TestReader reader(socket);
      if (!reader.Read(false).complete) return;
      socket.Send(kOk);
      if (number == 0) {
        spoil.wait();
        if (speaks) socket.Send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
        if (!speaks) socket.EndSending();
        spoilt.count_down();
      }
      while (!socket.ended()) socket.ReadSome(20'000);
    });
    TestGateway gateway(TestGateway::At(upstream.port()), {},
                        [&hold](HttpServerOptions& options) { options.admit = hold.admit(); });
    TestClient client(gateway);
    EXPECT_EQ(client.Ask(kPost).body, "ok");
    hold.Begin(gateway);
    client.socket.Send(kPost);  // The loop sees it first.
    spoil.count_down();
    spoilt.wait();
    hold.End();
    EXPECT_EQ(client.reader.Read(true).body, "ok");
    EXPECT_EQ(upstream.connections(), 2u);
    EXPECT_FALSE(gateway.observer(1)->WaitEnd().connection_was_kept);
    EXPECT_FALSE(gateway.observer(1)->WaitEnd().was_repeated);
  }
}

}  // namespace
}  // namespace vitrine::net
