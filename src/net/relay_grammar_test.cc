// Messages that can be read in two ways, or in one that few write.
#include <gtest/gtest.h>

#include "net/internal/relay_messages_testing.h"

namespace vitrine::net {
namespace {

using internal::AlwaysAnswer;
using internal::AnswerThen;
using internal::Chunked;
using internal::ExpectGatewayError;
using internal::kGet;
using internal::kOk;
using internal::TestClient;
using internal::TestGateway;
using internal::TestMessage;
using internal::TestReader;
using internal::TestSocket;
using internal::TestUpstream;

TEST(RelayGrammar, AnswersThatCanBeReadInTwoWays) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::vector<std::string> answers = {
      ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok1",
      ok + "Content-Length: 2, 2\r\n\r\nok",
      ok + "Content-Length: +2\r\n\r\nok",
      ok + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      ok + "Transfer-Encoding:\x0b" + "chunked\r\n\r\n0\r\n\r\n",
      ok + "Transfer_Encoding: chunked\r\n\r\n0\r\n\r\n",
      ok + "Content-Length : 2\r\n\r\nok",
      ok + "X: a\r\n b\r\nContent-Length: 2\r\n\r\nok",
      ok + "X: a\nContent-Length: 2\r\n\r\nok",
      ok + "Connection: content-length\r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "HTTP/2 200 OK\r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.1 099 OK\r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok",
      "\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok",
      "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
      "HTTP/1.1 103 Early Hints\r\nContent-Length: 2\r\n\r\nok",
      "SSH-2.0-OpenSSH_9.2\r\n",
  };
  for (const std::string& bad : answers) {
    SCOPED_TRACE(bad);
    TestUpstream upstream(AnswerThen(0, [&bad](TestSocket& socket) {
      socket.Send(bad);
      while (!socket.ended()) socket.ReadSome(20'000);  // The gateway closes.
    }));
    TestGateway gateway(TestGateway::At(upstream.port()));
    TestClient client(gateway);
    ExpectGatewayError(client.Ask(kGet), 502, "response_malformed");
  }
}

TEST(RelayGrammar, BodiesThatCanBeReadInTwoWays) {
  const std::vector<std::string> bodies = {
      "5 5\r\nhello\r\n0\r\n\r\n",
      " 5\r\nhello\r\n0\r\n\r\n",
      "0x5\r\nhello\r\n0\r\n\r\n",
      "+5\r\nhello\r\n0\r\n\r\n",
      "5\nhello\r\n0\r\n\r\n",
      "5\r\nhello0\r\n\r\n",
      "5\r\nhello\n0\r\n\r\n",
      "5;a=\nb\r\nhello\r\n0\r\n\r\n",
      "5;a\rb\r\nhello\r\n0\r\n\r\n",
      "00000000000000005\r\nhello\r\n0\r\n\r\n",
      "5\r\nhello\r\n;x\r\n\r\n",
      "5\r\nhello\r\n0\r\nX: y\n\r\n",
      "5\r\nhello\r\n0\r\nContent-Length: 3\r\n\r\n",
      "5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n",
      "5\r\nhello\r\n0\r\nX : y\r\n\r\n",
      "5\r\nhello\r\n0\r\n folded\r\n\r\n",
      "5\r\nhello\r\n0\r\nnothing\r\n\r\n",
  };
  for (const std::string& bad : bodies) {
    SCOPED_TRACE(bad);
    // From the client: the upstream never gets a whole request.
    std::atomic<bool> whole = false;
    TestUpstream upstream([&whole](TestSocket& socket, size_t) {
      TestReader reader(socket);
      whole = reader.Read(false).complete;
    });
    TestGateway gateway(TestGateway::At(upstream.port()));
    TestSocket client(gateway.port());
    client.Send("POST /relay HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + bad +
                "GET /local HTTP/1.1\r\nHost: h\r\n\r\n");
    const std::string answer = client.ReadAll(20'000);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
    EXPECT_EQ(answer.find("local /local"), std::string::npos);
    EXPECT_EQ(gateway.last()->WaitEnd().reason, RelayEndReason::kRequestMalformed);
    EXPECT_FALSE(whole);
    // From the upstream: the client never gets a whole answer.
    TestUpstream other(AnswerThen(0, [&bad](TestSocket& socket) {
      socket.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + bad);
      while (!socket.ended()) socket.ReadSome(20'000);
    }));
    TestGateway second(TestGateway::At(other.port()));
    TestSocket reading(second.port());
    TestReader reader(reading);
    reading.Send(kGet);
    EXPECT_FALSE(reader.Read(true).complete);
    EXPECT_EQ(second.last()->WaitEnd().reason, RelayEndReason::kResponseMalformed);
  }
}

TEST(RelayGrammar, AClientMayNotPadItsSizes) {
  TestUpstream upstream(AlwaysAnswer(std::string(kOk)));
  TestGateway gateway(TestGateway::At(upstream.port()));
  TestSocket client(gateway.port());
  client.Send(
      "POST /relay HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5 \r\nhello\r\n0\r\n\r\n");
  EXPECT_TRUE(client.ReadAll(20'000).starts_with("HTTP/1.1 400 "));
  EXPECT_EQ(gateway.last()->WaitEnd().reason, RelayEndReason::kRequestMalformed);
}

TEST(RelayGrammar, BytesBehindAnAnswerAnswerNothing) {
  TestUpstream upstream(AnswerThen(0, [](TestSocket& socket) {
    socket.Send(std::string(kOk) + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
    while (!socket.ended()) socket.ReadSome(20'000);
  }));
  TestGateway gateway(TestGateway::At(upstream.port()));
  TestSocket client(gateway.port());
  client.Send(std::string(kGet) + std::string(kGet));
  EXPECT_EQ(client.ReadAll(20'000), kOk);  // And the connection ended.
}

TEST(RelayGrammar, MalformedHeadsReachNoUpstream) {
  TestUpstream upstream(AnswerThen(0, [](TestSocket& socket) { socket.Send(kOk); }));
  TestGateway gateway(TestGateway::At(upstream.port()));
  for (const std::string_view fields :
       {"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "Content-Length: 4\r\nHost: b\r\n",
        "Transfer-Encoding: xchunked\r\n", "Connection: content-length\r\nContent-Length: 4\r\n"}) {
    TestSocket client(gateway.port());
    client.Send("POST /relay HTTP/1.1\r\nHost: h\r\n" + std::string(fields) +
                "\r\n0\r\n\r\nGET /relay HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(client.ReadAll(20'000).starts_with("HTTP/1.1 400 ")) << fields;
  }
  EXPECT_EQ(upstream.connections(), 0u);
}

TEST(RelayGrammar, AnswersThatFewWriteAndAllReadAlike) {
  struct Case {
    std::string answer;
    std::string head;
    std::string body;
  };
  const std::vector<Case> cases = {
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
       "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "ok"},
      {"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\nX: y\r\n\r\n",
       "HTTP/1.1 204 No Content\r\nX: y\r\n\r\n", ""},
      {"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\n",
       "ok"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2   \r\nok\r\n0  \r\n\r\n",
       "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "ok"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.answer);
    TestUpstream upstream(AlwaysAnswer(one.answer));
    TestGateway gateway(TestGateway::At(upstream.port()));
    TestClient client(gateway);
    for (int i = 0; i < 2; ++i) {
      client.socket.Send(kGet);
      const TestMessage answer = client.reader.Read(true, one.body.empty());
      EXPECT_EQ(answer.head, one.head);
      EXPECT_EQ(answer.body, one.body);
    }
    EXPECT_EQ(upstream.connections(), 1u);
  }
}

}  // namespace
}  // namespace vitrine::net
