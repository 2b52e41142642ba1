// The client against our own server, and against servers that misbehave byte by byte.
#include "net/http_client.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "net/http_server.h"
#include "net/internal/test_socket.h"
#include "net/worker_pool.h"

namespace vitrine::net {
namespace {

using std::chrono::milliseconds;

/// Answers the first request of each connection with fixed bytes, then closes it: at once, or when
/// `closes_late`, as soon as a second request came.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<std::string> answers, bool closes_late = false)
      : answers_(std::move(answers)), closes_late_(closes_late) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_, raw, size), 0);
    EXPECT_EQ(::listen(listener_, 16), 0);
    ::getsockname(listener_, raw, &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~ScriptedServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  uint16_t port() const { return port_; }
  int connection_count() const { return connection_count_; }

 private:
  void Serve() {
    for (const std::string& answer : answers_) {
      const int client = ::accept(listener_, nullptr, nullptr);
      if (client < 0) return;
      ++connection_count_;
      char buffer[4096];
      (void)!::recv(client, buffer, sizeof(buffer), 0);
      (void)!::send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
      if (closes_late_) (void)!::recv(client, buffer, sizeof(buffer), 0);
      ::shutdown(client, SHUT_WR);
      while (::recv(client, buffer, sizeof(buffer), 0) > 0) {
      }
      ::close(client);
    }
  }

  std::vector<std::string> answers_;
  bool closes_late_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<int> connection_count_ = 0;
  std::thread thread_;
};

HttpClientOptions To(uint16_t port) {
  HttpClientOptions options;
  options.endpoint.port = port;
  return options;
}

std::unique_ptr<HttpServer> StartServer(HttpHandler handler, HttpServerOptions options = {}) {
  options.listeners.push_back({.name = "test", .host = "127.0.0.1"});
  auto server = HttpServer::Start(std::move(options), std::move(handler));
  EXPECT_TRUE(server.has_value());
  return std::move(*server);
}

void Echo(HttpRequest request, HttpResponder responder) {
  HttpResponse response =
      HttpResponse::Text(200, request.method + " " + request.target + " " + *request.body);
  response.headers.Add("x-seen", std::string(request.headers.First("x-test").value_or("none")));
  responder.Send(std::move(response));
}

TEST(HttpClient, GetsAndPostsOnOneConnection) {
  auto server = StartServer(Echo);
  HttpClientOptions options = To(server->port());
  options.headers.Add("x-test", "default");
  HttpClient client(options);
  const auto first = client.Get("/a?b=%20");
  ASSERT_TRUE(first.has_value()) << first.error().message;
  EXPECT_EQ(first->status, 200);
  EXPECT_EQ(first->body, "GET /a?b=%20 ");
  EXPECT_EQ(first->headers.First("X-Seen"), "default");
  const auto second = client.Post("/p", "text/plain", "hello");
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->body, "POST /p hello");
  HttpClientRequest head;
  head.method = "HEAD";
  head.headers.Add("X-Test", "mine");
  const auto third = client.Send(head);
  ASSERT_TRUE(third.has_value());
  EXPECT_EQ(third->body, "");
  EXPECT_EQ(third->headers.First("x-seen"), "mine");
  EXPECT_EQ(server->stats().connections_accepted, 1u);
}

TEST(HttpClient, UnixSocket) {
  HttpServerOptions options;
  const std::string path = testing::TempDir() + "http_client_test.sock";
  options.listeners.push_back({.name = "local", .unix_path = path});
  auto server = StartServer(Echo, options);
  HttpClientOptions to;
  to.endpoint = ParseHttpEndpoint("unix:" + path).value();
  HttpClient client(to);
  EXPECT_EQ(client.Get("/x").value().body, "GET /x ");
}

TEST(HttpClient, StreamsBothWays) {
  WorkerPool pool({.threads = 1});
  auto server = StartServer(RunOn(pool, [](HttpRequest request, HttpResponder responder) {
    HttpStream stream = responder.Begin(200, {});
    for (size_t at = 0; at < request.body->size(); at += 10'000) {
      ASSERT_TRUE(stream.Write(std::string_view(*request.body).substr(at, 10'000)));
    }
    stream.End();
  }));
  HttpClient client(To(server->port()));
  std::string sent;
  std::string received;
  int pieces_left = 100;
  std::string piece;
  HttpClientRequest request;
  request.method = "POST";
  request.body_source = [&]() -> Result<std::string_view> {
    if (pieces_left-- == 0) return std::string_view();
    piece.assign(50'000, static_cast<char>('a' + pieces_left % 26));
    sent += piece;
    return piece;
  };
  int status_seen = 0;
  request.on_head = [&](int status, const HttpHeaders&) -> Result<void> {
    status_seen = status;
    return {};
  };
  request.on_body = [&](std::string_view bytes) -> Result<void> {
    received += bytes;
    return {};
  };
  const auto response = client.Send(request);
  ASSERT_TRUE(response.has_value()) << response.error().message;
  EXPECT_EQ(status_seen, 200);
  EXPECT_EQ(received.size(), 5'000'000u);
  EXPECT_EQ(received, sent);
  EXPECT_EQ(response->body, "");
  EXPECT_TRUE(client.Get("/").has_value());
  EXPECT_EQ(server->stats().connections_accepted, 1u);
  server->Stop();
}

TEST(HttpClient, CallbacksCanEndARequest) {
  auto server = StartServer(Echo);
  HttpClient client(To(server->port()));
  const auto refuse = [] { return Fail(ErrorCode::kConflict, "enough"); };
  HttpClientRequest on_body;
  on_body.on_body = [&](std::string_view) -> Result<void> { return refuse(); };
  EXPECT_EQ(client.Send(on_body).error().code, ErrorCode::kConflict);
  HttpClientRequest on_head;
  on_head.on_head = [&](int, const HttpHeaders&) -> Result<void> { return refuse(); };
  EXPECT_EQ(client.Send(on_head).error().code, ErrorCode::kConflict);
  HttpClientRequest source;
  source.method = "POST";
  source.body_source = [&]() -> Result<std::string_view> { return refuse(); };
  EXPECT_EQ(client.Send(source).error().code, ErrorCode::kConflict);
  EXPECT_TRUE(client.Get("/").has_value());
}

TEST(HttpClient, AnEarlyRefusalIsReadThoughTheBodyIsNotSent) {
  HttpServerOptions options;
  options.body_bytes_max = 1000;
  auto server = StartServer(Echo, options);
  HttpClient client(To(server->port()));
  const std::string body(30'000'000, 'x');
  const auto response = client.Post("/", "text/plain", body);
  ASSERT_TRUE(response.has_value()) << response.error().message;
  EXPECT_EQ(response->status, 413);
  EXPECT_EQ(client.Post("/", "text/plain", "small").value().status, 200);
}

TEST(HttpClient, RepeatsOnlyWhatMayBeRepeated) {
  const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  HttpClientRequest post;
  post.method = "POST";
  for (const bool may_repeat : {false, true}) {
    ScriptedServer server({ok, ok, ok, ok}, true);
    HttpClient client(To(server.port()));
    EXPECT_EQ(client.Get("/").value().body, "ok");
    EXPECT_EQ(client.Get("/").value().body, "ok");
    EXPECT_EQ(server.connection_count(), 2);
    post.may_repeat = may_repeat;
    const auto response = client.Send(post);
    EXPECT_EQ(response.has_value(), may_repeat);
    if (!response) {
      EXPECT_EQ(response.error().code, ErrorCode::kUnavailable);
    }
    EXPECT_EQ(server.connection_count(), may_repeat ? 3 : 2);
  }
}

TEST(HttpClient, NoticesClosedConnectionsBeforeUsingThem) {
  HttpServerOptions options;
  options.idle_timeout_ms = 500;
  std::atomic<int> handled = 0;
  auto server = StartServer(
      [&](HttpRequest request, HttpResponder responder) {
        ++handled;
        Echo(std::move(request), std::move(responder));
      },
      options);
  HttpClient client(To(server->port()));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(client.Get("/").has_value());
    EXPECT_TRUE(client.Post("/", "text/plain", "x").has_value());
    std::this_thread::sleep_for(milliseconds(1000));  // The server closes.
  }
  EXPECT_EQ(handled, 6);
  EXPECT_GT(server->stats().connections_accepted, 1u);
}

TEST(HttpClient, StopAndTimeoutsEndARequest) {
  WorkerPool pool({.threads = 1});
  auto server = StartServer(RunOn(pool, [](HttpRequest, HttpResponder responder) {
    while (!responder.disconnected()) std::this_thread::sleep_for(milliseconds(5));
  }));
  HttpClientOptions options = To(server->port());
  HttpClient client(options);
  std::stop_source source;
  std::thread stopper([&] {
    std::this_thread::sleep_for(milliseconds(50));
    source.request_stop();
  });
  HttpClientRequest stoppable;
  stoppable.stop = source.get_token();
  EXPECT_EQ(client.Send(stoppable).error().code, ErrorCode::kCancelled);
  stopper.join();
  HttpClientRequest timed;
  timed.total_timeout_ms = 50;
  EXPECT_EQ(client.Send(timed).error().code, ErrorCode::kCancelled);
  options.io_timeout_ms = 50;
  HttpClient impatient(options);
  EXPECT_EQ(impatient.Get("/").error().code, ErrorCode::kCancelled);
  server->Stop();
}

TEST(HttpClient, NobodyThere) {
  uint16_t port = 0;
  {
    auto server = StartServer(Echo);
    port = server->port();
  }
  HttpClient client(To(port));
  const auto response = client.Get("/");
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(response.error().message.find("127.0.0.1:" + std::to_string(port)), std::string::npos);
  HttpClientOptions nowhere;
  nowhere.endpoint.unix_path = "/nonexistent/socket";
  EXPECT_EQ(HttpClient(nowhere).Get("/").error().code, ErrorCode::kUnavailable);
}

TEST(HttpClient, UnsendableRequestsAreRefused) {
  HttpClient client(To(1));
  for (const char* target :
       {"", "no-slash", "/a b", "/a\r\nX: y", "/a HTTP/1.1\r\nX: y", "http://other/"}) {
    EXPECT_EQ(client.Get(target).error().code, ErrorCode::kInvalidInput) << target;
  }
  HttpClientRequest request;
  request.headers.Add("x", "a\r\nb: c");
  EXPECT_EQ(client.Send(request).error().code, ErrorCode::kInvalidInput);
  request.headers = {{"bad name", "x"}};
  EXPECT_EQ(client.Send(request).error().code, ErrorCode::kInvalidInput);
  request.headers = {};
  request.method = "GET /x";
  EXPECT_EQ(client.Send(request).error().code, ErrorCode::kInvalidInput);
}

TEST(HttpClient, ReadsEveryFraming) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok"},
      {"HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1;x\r\nk\r\n0\r\nT: r\r\n\r\n",
       "ok"},
      {"HTTP/1.0 200 OK\r\n\r\nuntil the end", "until the end"},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n"
       "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
       "ok"},
      {"HTTP/1.1 204 No Content\r\n\r\n", ""},
      {"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n", ""},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ""},
  };
  for (const auto& [answer, body] : cases) {
    ScriptedServer server({answer});
    const auto response = HttpClient(To(server.port())).Get("/");
    ASSERT_TRUE(response.has_value()) << answer << ": " << response.error().message;
    EXPECT_EQ(response->body, body) << answer;
  }
}

TEST(HttpClient, RefusesMalformedResponses) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::vector<std::pair<std::string, ErrorCode>> cases = {
      {"", ErrorCode::kUnavailable},
      {"HTTP/1.1 200 OK\r\n", ErrorCode::kUnavailable},
      {ok + "Content-Length: 5\r\n\r\nok", ErrorCode::kUnavailable},
      {ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nok", ErrorCode::kUnavailable},
      {ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", ErrorCode::kUnavailable},
      {"nonsense\r\n\r\n", ErrorCode::kCorrupt},
      {"HTTP/1.1 OK\r\n\r\n", ErrorCode::kCorrupt},
      {"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", ErrorCode::kCorrupt},
      {"HTTP/1.1 2000 OK\r\n\r\n", ErrorCode::kCorrupt},
      {"HTTP/1.1 999 OK\r\n\r\n", ErrorCode::kCorrupt},
      {"HTTP/2.0 200 OK\r\n\r\n", ErrorCode::kCorrupt},
      {"HTTP/1.1 200 OK\n\n", ErrorCode::kCorrupt},
      {"HTTP/1.1 101 Switching Protocols\r\n\r\n", ErrorCode::kCorrupt},
      {ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok", ErrorCode::kCorrupt},
      {ok + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok", ErrorCode::kCorrupt},
      {ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", ErrorCode::kCorrupt},
      {ok + "Content-Length: +2\r\n\r\nok", ErrorCode::kCorrupt},
      {ok + "Content-Length : 2\r\n\r\nok", ErrorCode::kCorrupt},
      {ok + "A: b\r\n c\r\nContent-Length: 2\r\n\r\nok", ErrorCode::kCorrupt},
      {ok + "Transfer-Encoding: chunked\r\n\r\nx\r\nok\r\n0\r\n\r\n", ErrorCode::kCorrupt},
      {ok + "X: " + std::string(40'000, 'y') + "\r\n\r\n", ErrorCode::kCorrupt},
  };
  for (const auto& [answer, code] : cases) {
    ScriptedServer server({answer});
    const auto response = HttpClient(To(server.port())).Get("/");
    ASSERT_FALSE(response.has_value()) << answer;
    EXPECT_EQ(response.error().code, code) << answer << ": " << response.error().message;
  }
}

TEST(HttpClient, BytesBehindAResponseCostTheConnection) {
  ScriptedServer server(
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n"
       "Content-Length: 4\r\n\r\nevil",
       "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"});
  HttpClient client(To(server.port()));
  EXPECT_EQ(client.Get("/").value().body, "ok");
  EXPECT_EQ(client.Get("/").value().body, "good");
  EXPECT_EQ(server.connection_count(), 2);
}

TEST(HttpClient, CollectedBodiesHaveALimit) {
  auto server = StartServer([](HttpRequest, HttpResponder responder) {
    responder.Send(HttpResponse::Text(200, std::string(100'000, 'x')));
  });
  HttpClientOptions options = To(server->port());
  options.response_bytes_max = 99'999;
  EXPECT_EQ(HttpClient(options).Get("/").error().code, ErrorCode::kLimitExceeded);
  options.response_bytes_max = 100'000;
  EXPECT_EQ(HttpClient(options).Get("/").value().body.size(), 100'000u);
}

TEST(HttpClient, ManyThreadsShareOne) {
  WorkerPool pool({.threads = 2});
  HttpServerOptions options;
  options.io_threads = 2;
  auto server = StartServer(RunOn(pool, Echo), options);
  HttpClient client(To(server->port()));
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 50; ++i) {
        const std::string target = "/" + std::to_string(thread) + "/" + std::to_string(i);
        const auto response = client.Get(target);
        if (response && response->body == "GET " + target + " ") ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 400);
  EXPECT_LE(server->stats().connections_accepted, 16u);
  server->Stop();
}

TEST(HttpEndpoint, Parses) {
  const auto full = ParseHttpEndpoint("http://example.com:8123/base/");
  ASSERT_TRUE(full.has_value());
  EXPECT_EQ(full->host, "example.com");
  EXPECT_EQ(full->port, 8123);
  EXPECT_EQ(full->path_prefix, "/base");
  EXPECT_EQ(ParseHttpEndpoint("localhost:7080").value().port, 7080);
  EXPECT_EQ(ParseHttpEndpoint("http://example.com").value().port, 80);
  EXPECT_EQ(ParseHttpEndpoint("http://[::1]:7080").value().host, "::1");
  EXPECT_EQ(ParseHttpEndpoint("http://[::1]").value().host, "::1");
  EXPECT_EQ(ParseHttpEndpoint("unix:/a/b.sock").value().unix_path, "/a/b.sock");
  EXPECT_EQ(ParseHttpEndpoint("unix:///a/b.sock").value().unix_path, "/a/b.sock");
  EXPECT_EQ(ParseHttpEndpoint("https://x").error().code, ErrorCode::kUnsupported);
  for (const char* bad : {"", "http://", "http://x:", "http://x:0", "http://x:99999", "http://x:y",
                          "http://u@x", "http://x/?q", "unix:", "ftp://x"}) {
    const auto endpoint = ParseHttpEndpoint(bad);
    ASSERT_FALSE(endpoint.has_value()) << bad;
    EXPECT_EQ(endpoint.error().code, ErrorCode::kInvalidInput) << bad;
  }
}

}  // namespace
}  // namespace vitrine::net
