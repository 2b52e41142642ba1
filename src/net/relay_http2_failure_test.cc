// What goes wrong with streams and their connections, what is sent again, and what is not.
#include <gtest/gtest.h>

#include <latch>

#include "net/internal/http2_testing.h"
#include "net/internal/relay_messages_testing.h"
#include "net/limits.h"

namespace vitrine::net {
namespace {

using internal::ExpectGatewayError;
using internal::Http2At;
using internal::Http2Fields;
using internal::Http2Heard;
using internal::Http2Peer;
using internal::kGet;
using internal::kPost;
using internal::TestClient;
using internal::TestGateway;
using internal::TestMessage;
using internal::TestReader;
using internal::TestSocket;
using internal::TestUpstream;
using internal::WaitUntil;

using Misbehave = std::function<void(Http2Peer&, Http2Heard&)>;

/// The first connection does `misbehave` with each request behind the first `good`; those that
/// follow answer every request with its body.
TestUpstream::Script GoodThen(size_t good, Misbehave misbehave) {
  return [good, misbehave = std::move(misbehave)](TestSocket& socket, size_t number) {
    Http2Peer peer(socket, {.checks_answers = false});
    bool is_over = false;
    peer.on_request = [&](Http2Heard& heard) {
      if (number == 0 && peer.requests() > good) {
        misbehave(peer, heard);
        is_over = !peer.is_open();
      } else {
        peer.Answer(heard.id, "200", {}, heard.body);
      }
    };
    peer.RunUntil([&is_over] { return is_over; });
  };
}

TEST(RelayHttp2Failure, WhatWasNotProcessedIsSentAgain) {
  struct Case {
    std::string what;
    Misbehave misbehave;
    size_t connections;
  };
  // A POST may not run twice, but these did not run.
  for (const std::string_view path : {"/relay", "/whole"}) {
    const std::vector<Case> cases = {
        {"refused, the first time",
         [refused = std::make_shared<bool>()](Http2Peer& peer, Http2Heard& heard) {
           if (std::exchange(*refused, true)) {
             peer.Answer(heard.id, "200", {}, heard.body);
           } else {
             peer.Reset(heard.id, NGHTTP2_REFUSED_STREAM);
           }
         },
         1},
        {"behind the last stream of a GOAWAY",
         [](Http2Peer& peer, Http2Heard& heard) { peer.GoAway(heard.id - 2); }, 2},
    };
    for (const Case& one : cases) {
      SCOPED_TRACE(one.what + " " + std::string(path));
      TestUpstream upstream(GoodThen(1, one.misbehave));
      TestGateway gateway(Http2At(upstream.port()));
      const std::string request =
          "POST " + std::string(path) + " HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody";
      EXPECT_EQ(Ask(gateway, request).body, "body");
      EXPECT_EQ(Ask(gateway, request).body, "body");
      EXPECT_FALSE(gateway.observer(0)->WaitEnd().was_repeated);
      EXPECT_TRUE(gateway.observer(1)->WaitEnd().was_repeated);
      EXPECT_EQ(gateway.observer(1)->WaitEnd().request_body_bytes, 4u);
      EXPECT_EQ(upstream.connections(), one.connections);
    }
  }
}

TEST(RelayHttp2Failure, RefusedTwiceIsAFailure) {
  TestUpstream upstream([](TestSocket& socket, size_t) {
    Http2Peer peer(socket);
    peer.on_request = [&peer](Http2Heard& heard) { peer.Reset(heard.id, NGHTTP2_REFUSED_STREAM); };
    peer.RunToEnd();
  });
  TestGateway gateway(Http2At(upstream.port()));
  const TestMessage answer = Ask(gateway, kPost);
  ExpectGatewayError(answer, 502, "upstream_cut");
  EXPECT_NE(answer.body.find("REFUSED_STREAM"), std::string::npos) << answer.body;
  EXPECT_EQ(gateway.server().stats().relays_repeated, 1u);
}

/// A server that ends its first `ended` connections, each before it takes a call.
TestUpstream::Script GoAwayTimes(size_t ended) {
  return [ended](TestSocket& socket, size_t number) {
    Http2Peer peer(socket);
    peer.on_request = [&](Http2Heard& heard) {
      if (number < ended) {
        peer.GoAway(0);
      } else {
        peer.Answer(heard.id, "200", {}, heard.body);
      }
    };
    peer.RunToEnd();
  };
}

TEST(RelayHttp2Failure, ACallGoesPastConnectionsThatEnd) {
  TestUpstream upstream(GoAwayTimes(kHttp2PassedOverMax));
  TestGateway gateway(Http2At(upstream.port()));
  EXPECT_EQ(Ask(gateway, kPost).status(), 200);
  EXPECT_EQ(upstream.connections(), kHttp2PassedOverMax + 1);
}

TEST(RelayHttp2Failure, AServerThatEndsEveryConnectionIsNotAskedForEver) {
  TestUpstream upstream(GoAwayTimes(1000));
  TestGateway gateway(Http2At(upstream.port()));
  ExpectGatewayError(Ask(gateway, kPost), 502, "upstream_cut");
  EXPECT_EQ(upstream.connections(), kHttp2PassedOverMax + 1);
}

TEST(RelayHttp2Failure, AGoAwayLetsTheOthersEnd) {
  std::latch other_is_done(1);
  TestUpstream upstream([&other_is_done](TestSocket& socket, size_t number) {
    Http2Peer peer(socket);
    peer.on_request = [&](Http2Heard& heard) {
      if (number > 0) {
        peer.Answer(heard.id, "200", {}, "second connection");
      } else if (heard.id == 1) {
        peer.BeginAnswer(1, "200");
        peer.Write(1, "begin ");
        peer.GoAway(1);
      }
    };
    if (number == 0) {
      // The connection is not used any more, and the stream on it ends in order.
      peer.RunUntil([&other_is_done] { return other_is_done.try_wait(); });
      peer.Write(1, "end");
      peer.End(1);
    }
    peer.RunToEnd();
  });
  TestGateway gateway(Http2At(upstream.port()));
  TestClient client(gateway);
  client.socket.Send(kGet);
  EXPECT_FALSE(client.socket.ReadUntil("begin ").empty());
  EXPECT_EQ(Ask(gateway, kPost).body, "second connection");
  other_is_done.count_down();
  EXPECT_FALSE(client.socket.ReadUntil("end\r\n0\r\n\r\n").empty());
  EXPECT_EQ(gateway.observer(0)->WaitEnd().reason, RelayEndReason::kComplete);
  ASSERT_TRUE(WaitUntil([&upstream] { return upstream.ended() == 1; })) << "drained, it closes";
}

TEST(RelayHttp2Failure, AConnectionThatBreaks) {
  struct Case {
    std::string method;
    bool is_repeated;
  };
  for (const Case& one : std::vector<Case>{{"GET", true}, {"PUT", true}, {"POST", false}}) {
    SCOPED_TRACE(one.method);
    TestUpstream upstream(GoodThen(1, [](Http2Peer& peer, Http2Heard&) { peer.Close(); }));
    TestGateway gateway(Http2At(upstream.port()));
    const std::string request =
        one.method + " /relay HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody";
    EXPECT_EQ(Ask(gateway, request).body, "body");
    const TestMessage answer = Ask(gateway, request);
    if (one.is_repeated) {
      EXPECT_EQ(answer.body, "body");
    } else {
      ExpectGatewayError(answer, 502, "upstream_cut");
    }
    EXPECT_EQ(gateway.observer(1)->WaitEnd().was_repeated, one.is_repeated);
  }
}

TEST(RelayHttp2Failure, AKeptConnectionThatClosedIsPassedOver) {
  TestUpstream upstream([](TestSocket& socket, size_t) {
    Http2Peer peer(socket);
    peer.on_request = [&peer](Http2Heard& heard) { peer.Answer(heard.id, "200", {}, heard.body); };
    peer.RunUntil([&peer] { return peer.requests() == 1 && peer.of(1).is_closed; });
  });
  TestGateway gateway(Http2At(upstream.port()));
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Ask(gateway, kPost).body, "body");
    ASSERT_TRUE(
        WaitUntil([&upstream, i] { return upstream.ended() == static_cast<size_t>(i) + 1; }));
  }
  EXPECT_EQ(gateway.server().stats().relays_repeated, 0u);
  EXPECT_EQ(upstream.connections(), 5u);
}

struct Broken {
  std::string what;
  Misbehave misbehave;
  RelayEndReason reason;
  std::string detail;
  bool head_went_out;
};

std::vector<Broken> BrokenAnswers() {
  const auto begin = [](Http2Peer& peer, int32_t id, const Http2Fields& fields = {}) {
    peer.BeginAnswer(id, "200", fields);
    peer.Write(id, "begin");
  };
  return {
      {"reset before the head",
       [](Http2Peer& peer, Http2Heard& heard) { peer.Reset(heard.id, NGHTTP2_INTERNAL_ERROR); },
       RelayEndReason::kUpstreamCut, "INTERNAL_ERROR", false},
      {"reset within the body",
       [begin](Http2Peer& peer, Http2Heard& heard) {
         begin(peer, heard.id);
         peer.Reset(heard.id, NGHTTP2_INTERNAL_ERROR);
       },
       RelayEndReason::kUpstreamCut, "INTERNAL_ERROR", true},
      {"closed within the body",
       [begin](Http2Peer& peer, Http2Heard& heard) {
         begin(peer, heard.id);
         peer.Close();
       },
       RelayEndReason::kUpstreamCut, "closed the connection", true},
      {"shorter than its length",
       [begin](Http2Peer& peer, Http2Heard& heard) {
         begin(peer, heard.id, {{"content-length", "10"}});
         peer.End(heard.id);
       },
       RelayEndReason::kResponseMalformed, "well-formed", true},
      {"an upgrade", [](Http2Peer& peer, Http2Heard& heard) { peer.AnswerHead(heard.id, "101"); },
       RelayEndReason::kResponseMalformed, "well-formed", false},
      {"a field of one connection",
       [](Http2Peer& peer, Http2Heard& heard) {
         peer.AnswerHead(heard.id, "200", {{"transfer-encoding", "chunked"}});
       },
       RelayEndReason::kResponseMalformed, "well-formed", false},
      {"an invalid value",
       [](Http2Peer& peer, Http2Heard& heard) {
         peer.AnswerHead(heard.id, "200", {{"x-a", "b\r\nx-c: d"}});
       },
       RelayEndReason::kResponseMalformed, "well-formed", false},
      {"a head that is too long",
       [](Http2Peer& peer, Http2Heard& heard) {
         Http2Fields fields;
         for (int i = 0; i < 5; ++i) {
           fields.emplace_back("x-" + std::to_string(i), std::string(8000, 'v'));
         }
         peer.AnswerHead(heard.id, "200", fields);
       },
       RelayEndReason::kResponseMalformed, "head of more than", false},
      {"a body for 204",
       [](Http2Peer& peer, Http2Heard& heard) {
         peer.BeginAnswer(heard.id, "204", {{"content-length", "5"}});
       },
       RelayEndReason::kResponseMalformed, "", false},
  };
}

TEST(RelayHttp2Failure, BrokenAnswersAreCutForTheClient) {
  for (const Broken& one : BrokenAnswers()) {
    SCOPED_TRACE(one.what);
    TestUpstream upstream(GoodThen(0, one.misbehave));
    TestGateway gateway(Http2At(upstream.port()));
    const TestMessage answer = Ask(gateway, kPost);
    const RelayEnd end = gateway.last()->WaitEnd();
    EXPECT_EQ(end.reason, one.reason) << RelayEndReasonName(end.reason) << " " << end.detail;
    EXPECT_NE(end.detail.find(one.detail), std::string::npos) << end.detail;
    if (one.head_went_out) {
      EXPECT_EQ(answer.status(), 200);
      EXPECT_FALSE(answer.complete);
      EXPECT_EQ(gateway.last()->response_body(), answer.body);
    } else {
      ExpectGatewayError(answer, 502, RelayEndReasonName(one.reason));
    }
  }
}

TEST(RelayHttp2Failure, WhatIsNotHttp2IsToldAsSuch) {
  TestUpstream upstream([](TestSocket& socket, size_t) {
    socket.ReadSome();
    socket.Send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    socket.ReadAll();
  });
  TestGateway gateway(Http2At(upstream.port()));
  EXPECT_EQ(Ask(gateway, kGet).status(), 502);
}

TEST(RelayHttp2Failure, TheRightToHttp1IsRespected) {
  TestUpstream upstream([](TestSocket& socket, size_t number) {
    if (number == 0) {
      Http2Peer peer(socket);
      peer.on_request = [&peer](Http2Heard& heard) {
        peer.Reset(heard.id, NGHTTP2_HTTP_1_1_REQUIRED);
      };
      peer.RunToEnd();
      return;
    }
    TestReader reader(socket);
    while (reader.Read(false).complete) socket.Send(internal::kOk);
  });
  TestGateway gateway(Http2At(upstream.port()));
  EXPECT_EQ(Ask(gateway, kPost).body, "ok");
  EXPECT_EQ(Ask(gateway, kPost).body, "ok");
  EXPECT_TRUE(gateway.observer(0)->WaitEnd().was_repeated);
  EXPECT_FALSE(gateway.observer(1)->WaitEnd().was_repeated);
  EXPECT_FALSE(gateway.observer(1)->WaitEnd().was_http2);
}

TEST(RelayHttp2Failure, APingTellsTheDeadFromTheSilent) {
  for (const bool is_alive : {true, false}) {
    SCOPED_TRACE(is_alive);
    std::atomic<size_t> pings = 0;
    TestUpstream upstream([&](TestSocket& socket, size_t) {
      Http2Peer peer(socket);
      ASSERT_TRUE(peer.WaitRequests(1));
      if (is_alive) {
        peer.RunUntil([&] { return (pings = peer.pings()) >= 2; });
        peer.Answer(1, "200", {}, "ok");
        peer.RunToEnd();
      } else {
        // Reads no more; the socket stays open until the gateway closes it.
        while (!socket.ended()) socket.ReadSome(20'000);
      }
    });
    TestGateway gateway(Http2At(upstream.port()), {}, [is_alive](HttpServerOptions& options) {
      options.http2_ping_after_ms = 1;
      options.http2_ping_timeout_ms = is_alive ? 60'000 : 1;
    });
    const TestMessage answer = Ask(gateway, kPost);
    if (is_alive) {
      EXPECT_EQ(answer.body, "ok");
      EXPECT_GE(pings, 2u);
    } else {
      ExpectGatewayError(answer, 502, "upstream_cut");
      EXPECT_NE(answer.body.find("ping"), std::string::npos) << answer.body;
    }
  }
}

TEST(RelayHttp2Failure, APlanThatChecksAddressesDoesNotShare) {
  TestUpstream upstream([](TestSocket& socket, size_t) {
    TestReader reader(socket);
    while (reader.Read(false).complete) socket.Send(internal::kOk);
  });
  TestGateway gateway(Http2At(upstream.port()), [](RelayPlan& plan) {
    plan.address_check = [](const IpAddress&) { return true; };
  });
  EXPECT_EQ(Ask(gateway, kPost).body, "ok");
  EXPECT_FALSE(gateway.last()->WaitEnd().was_http2);
}

}  // namespace
}  // namespace vitrine::net
