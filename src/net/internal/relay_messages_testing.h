// What tests of the relay say: requests, scripts of upstreams, and answers that the gateway itself
// gives.
// Owner: nothing. Threads: free functions; scripts run one thread a connection.
#pragma once

#include <sys/socket.h>

#include <algorithm>
#include <functional>
#include <latch>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "net/internal/relay_testing.h"

namespace vitrine::net::internal {

inline constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
inline constexpr std::string_view kGet = "GET /relay HTTP/1.1\r\nHost: h\r\n\r\n";
inline constexpr std::string_view kPost =
    "POST /relay HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody";
inline constexpr std::string_view kLocal = "GET /local HTTP/1.1\r\nHost: h\r\n\r\n";

/// Answers requests until one should be the last; then does `last` with its socket.
inline TestUpstream::Script AnswerThen(size_t good, std::function<void(TestSocket&)> last) {
  return [good, last = std::move(last)](TestSocket& socket, size_t number) {
    TestReader reader(socket);
    for (size_t i = 0; number > 0 || i < good; ++i) {
      if (!reader.Read(false).complete || !socket.Send(kOk)) return;
    }
    if (reader.Read(false).complete) last(socket);
  };
}

inline void ExpectGatewayError(const TestMessage& answer, int status, std::string_view reason) {
  EXPECT_EQ(answer.status(), status) << answer.head;
  EXPECT_TRUE(answer.Has("x-vitrine-gateway-error: " + std::string(reason) + "\r\n"))
      << answer.head;
  EXPECT_TRUE(answer.Has("x-request-id: "));
  EXPECT_NE(answer.body.find("\"code\":\"" + std::string(reason) + "\""), std::string::npos);
  EXPECT_NE(answer.body.find("\"request_id\":\""), std::string::npos);
}

/// Answers every request of a connection with `answer`.
inline TestUpstream::Script AlwaysAnswer(std::string answer) {
  return [answer = std::move(answer)](TestSocket& socket, size_t) {
    TestReader reader(socket);
    while (reader.Read(false).complete && socket.Send(answer)) {
    }
  };
}

/// Holds the gateway's loop still while it admits /hold, so that what arrives meanwhile is all
/// there at its next look. Serves one hold.
class Hold {
 public:
  /// What admits: /big is answered with `big_size` bytes.
  HttpAdmit admit(size_t big_size = 0) {
    return [this, big_size](const HttpRequest& head) -> std::optional<HttpResponse> {
      if (head.path == "/big") return HttpResponse::Text(200, std::string(big_size, 'b'));
      if (head.path == "/hold") {
        held_.count_down();
        go_on_.wait();
      }
      return std::nullopt;
    };
  }
  /// Returns when the loop stands still.
  void Begin(const TestGateway& gateway) {
    socket_.emplace(gateway.port());
    socket_->Send("GET /hold HTTP/1.1\r\nHost: h\r\n\r\n");
    held_.wait();
  }
  void End() { go_on_.count_down(); }

 private:
  std::latch held_{1};
  std::latch go_on_{1};
  std::optional<TestSocket> socket_;
};

/// Sends until the socket takes no more although the gateway's loop went round many times since, or
/// until `total` bytes are out. Returns how many are.
inline size_t SendUntilStuck(const TestSocket& socket, size_t total, uint16_t gateway_port) {
  const std::string piece(64 * 1024, 'x');
  TestSocket other(gateway_port);
  TestReader reader(other);
  size_t sent = 0;
  for (int rounds = 0; sent < total && rounds < 20;) {
    const ssize_t took = ::send(socket.descriptor(), piece.data(),
                                std::min(piece.size(), total - sent), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (took > 0) {
      sent += static_cast<size_t>(took);
      rounds = 0;
      continue;
    }
    other.Send(kLocal);
    EXPECT_TRUE(reader.Read(true).complete);
    ++rounds;
  }
  return sent;
}

}  // namespace vitrine::net::internal
