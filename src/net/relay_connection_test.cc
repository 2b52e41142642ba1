// A connection that gives its socket to a relay and takes it back.
#include <gtest/gtest.h>

#include <latch>

#include "net/internal/relay_messages_testing.h"

namespace vitrine::net {
namespace {

using internal::AnswerThen;
using internal::Hold;
using internal::kGet;
using internal::kOk;
using internal::TestGateway;
using internal::TestReader;
using internal::TestSocket;
using internal::TestUpstream;
using internal::WaitUntil;

TEST(RelayConnection, ItsClientMayBeGoneWhenTheNextRequestIsRefused) {
  Hold hold;
  std::latch asked(1);
  std::latch answer(1);
  std::latch answered(1);
  TestUpstream upstream([&](TestSocket& socket, size_t) {
    TestReader reader(socket);
    reader.Read(false);
    asked.count_down();
    answer.wait();
    socket.Send(kOk);
    answered.count_down();
    while (!socket.ended()) socket.ReadSome(20'000);
  });
  TestGateway gateway(TestGateway::At(upstream.port()), {},
                      [&hold](HttpServerOptions& options) { options.admit = hold.admit(); });
  {
    TestSocket client(gateway.port());
    client.Send(std::string(kGet) + "BAD\n");
    asked.wait();
    hold.Begin(gateway);
    answer.count_down();  // The loop sees it before the client's end.
    answered.wait();
  }
  hold.End();
  gateway.observer(0)->WaitEnd();
  EXPECT_TRUE(WaitUntil([&] { return gateway.server().stats().connections == 1; }));
}

TEST(RelayConnection, ABodyThatComesWhileTheAnswerBeforeIsFinishedBelongsToItsRequest) {
  std::string body;
  for (int i = 0; i < 40'000; ++i) body.push_back(static_cast<char>('a' + i % 26));
  const std::string requests =
      "GET /big HTTP/1.1\r\nHost: h\r\n\r\n"
      "POST /relay HTTP/1.1\r\nHost: h\r\nContent-Length: 40000\r\n\r\n";
  // What the sockets hold is not known before: with one of the sizes the rest of the answer goes
  // out at once when the loop wakes to both room for it and the body.
  for (size_t size = 200'000; size < 40'000'000; size += size / 2) {
    SCOPED_TRACE(size);
    Hold hold;
    std::string received;
    TestUpstream upstream([&received](TestSocket& socket, size_t) {
      TestReader reader(socket);
      received = reader.Read(false).body;
      socket.Send(kOk);
    });
    TestGateway gateway(TestGateway::At(upstream.port()), {},
                        [&](HttpServerOptions& options) { options.admit = hold.admit(size); });
    TestSocket client(gateway.port());
    client.Send(requests);
    std::string got = client.ReadSome(20'000);
    hold.Begin(gateway);
    for (std::string some; !(some = client.ReadSome(0)).empty();) got += some;
    const bool is_past = got.size() < size / 2;
    client.Send(body);
    hold.End();
    while (!got.ends_with("\r\n\r\nok")) {
      const std::string some = client.ReadSome(20'000);
      if (some.empty()) break;
      got += some;
    }
    ASSERT_TRUE(got.ends_with("\r\n\r\nok"))
        << got.substr(got.size() - std::min<size_t>(got.size(), 300));
    ASSERT_TRUE(received == body) << received.size();
    if (is_past) break;
  }
}

TEST(RelayConnection, AWholeBodyIsGivenUpOnceItWasSent) {
  std::latch finish(1);
  TestUpstream upstream(AnswerThen(0, [&finish](TestSocket& socket) {
    socket.Send("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf");
    finish.wait();
    socket.Send("done");
  }));
  TestGateway gateway(TestGateway::At(upstream.port()));
  TestSocket client(gateway.port());
  client.Send("POST /whole HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" +
              std::string(1'000'000, 'x'));
  EXPECT_NE(client.ReadUntil("half", 20'000), "");
  EXPECT_TRUE(WaitUntil([&] { return gateway.server().stats().body_bytes_in_flight == 0; }));
  finish.count_down();
  EXPECT_EQ(client.ReadUntil("done", 20'000), "done");
}

}  // namespace
}  // namespace vitrine::net
