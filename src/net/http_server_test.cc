// The server over real loopback sockets.
#include "net/http_server.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <mutex>
#include <thread>

#include "net/internal/test_socket.h"
#include "net/worker_pool.h"

namespace vitrine::net {
namespace {

using internal::TestSocket;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

HttpServerOptions Loopback(size_t io_threads = 1) {
  HttpServerOptions options;
  options.listeners.push_back({.name = "test", .host = "127.0.0.1"});
  options.io_threads = io_threads;
  return options;
}

std::unique_ptr<HttpServer> StartOrDie(HttpServerOptions options, HttpHandler handler) {
  auto server = HttpServer::Start(std::move(options), std::move(handler));
  EXPECT_TRUE(server.has_value()) << server.error().message;
  return std::move(*server);
}

/// Answers with what it understood of the request.
void Echo(HttpRequest request, HttpResponder responder) {
  std::string body = request.method + " " + request.path;
  for (const auto& [name, value] : request.query) body += " " + name + "=" + value;
  body += " body:" + *request.body;
  responder.Send(HttpResponse::Text(200, body));
}

std::string BodyOf(const std::string& response) {
  const size_t at = response.find("\r\n\r\n");
  return at == std::string::npos ? "" : response.substr(at + 4);
}

int StatusOf(const std::string& response) {
  return response.starts_with("HTTP/1.1 ") ? std::stoi(response.substr(9)) : 0;
}

bool WaitFor(const std::function<bool()>& condition) {
  const auto until = steady_clock::now() + std::chrono::seconds(5);
  while (!condition()) {
    if (steady_clock::now() > until) return false;
    std::this_thread::sleep_for(milliseconds(2));
  }
  return true;
}

TEST(HttpServer, AnswersAndKeepsTheConnection) {
  auto server = StartOrDie(Loopback(), Echo);
  TestSocket client(server->port());
  ASSERT_TRUE(client.Send("GET /a%20b?x=1&y=%26&x=2+3 HTTP/1.1\r\nHost: h\r\n\r\n"));
  const std::string first = client.ReadResponse();
  EXPECT_EQ(StatusOf(first), 200);
  EXPECT_EQ(BodyOf(first), "GET /a b x=1 y=& x=2 3 body:");
  EXPECT_NE(first.find("x-request-id: "), std::string::npos);
  EXPECT_NE(first.find("date: "), std::string::npos);
  EXPECT_EQ(first.find("connection:"), std::string::npos);
  ASSERT_TRUE(client.Send("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"));
  const std::string second = client.ReadResponse();
  EXPECT_EQ(BodyOf(second), "POST /p body:hello");
  const size_t at = first.find("x-request-id: ");
  EXPECT_NE(first.substr(at, 30), second.substr(second.find("x-request-id: "), 30));
}

TEST(HttpServer, LeavesDateAndRequestIdToTheHandlerWhereItIsTold) {
  HttpServerOptions options = Loopback();
  options.stamps_answers = false;
  auto server = StartOrDie(options, [](HttpRequest request, HttpResponder responder) {
    HttpResponse response = HttpResponse::Text(200, "kept");
    if (request.path == "/kept") {
      response.headers.Add("Date", "yesterday");
      response.headers.Add("X-Request-Id", "theirs");
    }
    response.headers.Add("Content-Length", "4000");
    responder.Send(std::move(response));
  });
  TestSocket client(server->port());
  ASSERT_TRUE(client.Send("GET /kept HTTP/1.1\r\nHost: h\r\n\r\n"));
  const std::string kept = client.ReadResponse();
  EXPECT_EQ(BodyOf(kept), "kept") << "framing stays the server's";
  EXPECT_NE(kept.find("Date: yesterday\r\n"), std::string::npos);
  EXPECT_NE(kept.find("X-Request-Id: theirs\r\n"), std::string::npos);
  EXPECT_EQ(kept.find("date: "), std::string::npos);
  ASSERT_TRUE(client.Send("GET /none HTTP/1.1\r\nHost: h\r\n\r\n"));
  const std::string none = client.ReadResponse();
  EXPECT_EQ(none.find("x-request-id"), std::string::npos);
  EXPECT_EQ(none.find("date: "), std::string::npos);
}

TEST(HttpServer, ReadsChunkedBodiesSplitAnywhere) {
  auto server = StartOrDie(Loopback(), Echo);
  const std::string request =
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n1;ext=\"v\"\r\n \r\n00a\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n"
      "GET /next HTTP/1.1\r\nHost: h\r\n\r\n";
  for (size_t cut = 1; cut < request.size(); cut += 3) {
    TestSocket client(server->port());
    ASSERT_TRUE(client.Send(request.substr(0, cut)));
    std::this_thread::sleep_for(milliseconds(1));
    ASSERT_TRUE(client.Send(request.substr(cut)));
    EXPECT_EQ(BodyOf(client.ReadResponse()), "POST / body:hello 0123456789") << cut;
    EXPECT_EQ(BodyOf(client.ReadResponse()), "GET /next body:") << cut;
  }
}

TEST(HttpServer, AnswersPipelinedRequestsInOrder) {
  WorkerPool pool({.threads = 4});
  auto server =
      StartOrDie(Loopback(2), RunOn(pool, [](HttpRequest request, HttpResponder responder) {
                   // Later requests would be done first if they ran at the same time.
                   const int number = std::stoi(std::string(*request.Query("n")));
                   std::this_thread::sleep_for(milliseconds(10 - number));
                   responder.Send(HttpResponse::Text(200, std::to_string(number)));
                 }));
  TestSocket client(server->port());
  std::string all;
  for (int i = 0; i < 10; ++i) {
    all += "GET /?n=" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  }
  ASSERT_TRUE(client.Send(all));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(BodyOf(client.ReadResponse()), std::to_string(i));
  server->Stop();
}

TEST(HttpServer, HeadHasLengthButNoBody) {
  auto server = StartOrDie(Loopback(), Echo);
  TestSocket client(server->port());
  ASSERT_TRUE(client.Send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\nGET /y HTTP/1.1\r\nHost: h\r\n\r\n"));
  const std::string head = client.ReadUntil("\r\n\r\n");
  EXPECT_NE(head.find("content-length: 13\r\n"), std::string::npos) << head;
  EXPECT_EQ(BodyOf(client.ReadResponse()), "GET /y body:");
}

TEST(HttpServer, ClosesWhenAskedAndForHttp10) {
  auto server = StartOrDie(Loopback(), Echo);
  for (const char* request :
       {"GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "GET /x HTTP/1.0\r\n\r\n"}) {
    TestSocket client(server->port());
    ASSERT_TRUE(client.Send(request));
    const std::string all = client.ReadAll();
    EXPECT_TRUE(client.ended());
    EXPECT_NE(all.find("connection: close"), std::string::npos);
    EXPECT_EQ(BodyOf(all), "GET /x body:");
  }
  TestSocket client(server->port());
  ASSERT_TRUE(client.Send("GET /x HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
  EXPECT_NE(client.ReadResponse().find("connection: keep-alive"), std::string::npos);
  ASSERT_TRUE(client.Send("GET /z HTTP/1.0\r\n\r\n"));
  EXPECT_EQ(BodyOf(client.ReadResponse()), "GET /z body:");
}

TEST(HttpServer, DroppedResponderAnswers500) {
  auto server = StartOrDie(Loopback(), [](HttpRequest request, HttpResponder) {
    if (request.path == "/throw") throw std::runtime_error("x");
  });
  TestSocket client(server->port());
  for (const char* path : {"/drop", "/throw"}) {
    ASSERT_TRUE(client.Send("GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n\r\n"));
    const std::string response = client.ReadResponse();
    EXPECT_EQ(StatusOf(response), 500);
    EXPECT_NE(response.find("\"code\":\"internal\""), std::string::npos);
  }
  EXPECT_EQ(server->stats().handler_exceptions, 1u);
}

TEST(HttpServer, RefusesResponseSplitting) {
  auto server = StartOrDie(Loopback(), [](HttpRequest, HttpResponder responder) {
    HttpResponse response;
    response.headers.Add("x-evil", "a\r\nset-cookie: b");
    responder.Send(std::move(response));
  });
  TestSocket client(server->port());
  ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  const std::string response = client.ReadResponse();
  EXPECT_EQ(StatusOf(response), 500);
  EXPECT_EQ(response.find("set-cookie"), std::string::npos);
}

TEST(HttpServer, RefusesLargeBodiesWithoutReadingThem) {
  HttpServerOptions options = Loopback();
  options.body_bytes_max = 1000;
  std::atomic<int> handled = 0;
  auto server = StartOrDie(std::move(options), [&](HttpRequest request, HttpResponder responder) {
    ++handled;
    Echo(std::move(request), std::move(responder));
  });
  TestSocket announced(server->port());
  ASSERT_TRUE(announced.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n"));
  EXPECT_EQ(StatusOf(announced.ReadResponse()), 413);
  TestSocket expecting(server->port());
  ASSERT_TRUE(expecting.Send(
      "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n"));
  EXPECT_EQ(StatusOf(expecting.ReadResponse()), 413);
  TestSocket chunked(server->port());
  ASSERT_TRUE(
      chunked.Send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "3e8\r\n" +
                   std::string(1000, 'x') + "\r\n1\r\n"));
  EXPECT_EQ(StatusOf(chunked.ReadResponse()), 413);
  TestSocket huge(server->port());
  ASSERT_TRUE(
      huge.Send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                "ffffffffffffff\r\n"));
  EXPECT_EQ(StatusOf(huge.ReadResponse()), 413);
  EXPECT_EQ(handled, 0);
  EXPECT_EQ(server->stats().requests_too_large, 4u);
  TestSocket exact(server->port());
  ASSERT_TRUE(exact.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n" +
                         std::string(1000, 'x')));
  EXPECT_EQ(StatusOf(exact.ReadResponse()), 200);
}

TEST(HttpServer, A413ReachesAClientThatKeepsSending) {
  HttpServerOptions options = Loopback();
  options.body_bytes_max = 1000;
  auto server = StartOrDie(std::move(options), Echo);
  TestSocket client(server->port());
  const std::string megabytes(3 * 1024 * 1024, 'x');
  ASSERT_TRUE(client.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3145728\r\n\r\n"));
  client.Send(megabytes);
  EXPECT_EQ(StatusOf(client.ReadAll()), 413);
}

TEST(HttpServer, ShedsBodiesOverTheBudgetAndFreesIt) {
  HttpServerOptions options = Loopback();
  options.body_bytes_in_flight_max = 300'000;
  auto server = StartOrDie(std::move(options), Echo);
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n";
  TestSocket holder(server->port());
  ASSERT_TRUE(holder.Send(head + std::string(199'999, 'x')));
  ASSERT_TRUE(WaitFor([&] { return server->stats().body_bytes_in_flight >= 199'999; }));
  TestSocket second(server->port());
  second.Send(head + std::string(200'000, 'x'));
  const std::string shed = second.ReadAll();
  EXPECT_EQ(StatusOf(shed), 503);
  EXPECT_NE(shed.find("retry-after: "), std::string::npos);
  ASSERT_TRUE(holder.Send("x"));
  EXPECT_EQ(StatusOf(holder.ReadResponse()), 200);
  EXPECT_TRUE(WaitFor([&] { return server->stats().body_bytes_in_flight == 0; }));
  TestSocket third(server->port());
  ASSERT_TRUE(third.Send(head + std::string(200'000, 'x')));
  EXPECT_EQ(StatusOf(third.ReadResponse()), 200);
}

TEST(HttpServer, ExpectContinue) {
  auto server = StartOrDie(Loopback(), Echo);
  TestSocket client(server->port());
  ASSERT_TRUE(client.Send(
      "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n"));
  EXPECT_EQ(client.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  ASSERT_TRUE(client.Send("ok"));
  EXPECT_EQ(BodyOf(client.ReadResponse()), "POST / body:ok");
  // A body that is there already, no body, and HTTP/1.0 get no interim response.
  ASSERT_TRUE(client.Send(
      "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok"));
  EXPECT_EQ(StatusOf(client.ReadResponse()), 200);
  ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(StatusOf(client.ReadResponse()), 200);
  ASSERT_TRUE(
      client.Send("POST / HTTP/1.1\r\nHost: h\r\nExpect: magic\r\nContent-Length: 2\r\n\r\n"));
  EXPECT_EQ(StatusOf(client.ReadAll()), 417);
}

TEST(HttpServer, AdmitRefusesBeforeTheBody) {
  HttpServerOptions options = Loopback();
  options.admit = [](const HttpRequest& head) -> std::optional<HttpResponse> {
    if (head.headers.Has("authorization")) return std::nullopt;
    return HttpResponse::Text(401, "no");
  };
  auto server = StartOrDie(std::move(options), Echo);
  TestSocket client(server->port());
  ASSERT_TRUE(
      client.Send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"
                  "GET /2 HTTP/1.1\r\nHost: h\r\nAuthorization: x\r\n\r\n"
                  "GET /3 HTTP/1.1\r\nHost: h\r\n\r\n"
                  "POST /4 HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n"));
  EXPECT_EQ(StatusOf(client.ReadResponse()), 401);
  EXPECT_EQ(BodyOf(client.ReadResponse()), "GET /2 body:");
  EXPECT_EQ(StatusOf(client.ReadResponse()), 401);
  EXPECT_EQ(StatusOf(client.ReadResponse()), 401);
  EXPECT_EQ(client.ReadSome(), "");
  EXPECT_TRUE(client.ended());
}

TEST(HttpServer, SlowHeadsBodiesAndIdleConnectionsTimeOut) {
  HttpServerOptions options = Loopback();
  options.idle_timeout_ms = 300;
  options.head_timeout_ms = 300;
  options.body_stall_timeout_ms = 300;
  auto server = StartOrDie(std::move(options), Echo);
  TestSocket silent(server->port());
  TestSocket head(server->port());
  TestSocket body(server->port());
  TestSocket idle(server->port());
  ASSERT_TRUE(head.Send("GET / HTTP/1.1\r\nHos"));
  ASSERT_TRUE(body.Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc"));
  ASSERT_TRUE(idle.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(StatusOf(idle.ReadResponse()), 200);
  EXPECT_EQ(StatusOf(head.ReadAll()), 408);
  EXPECT_EQ(StatusOf(body.ReadAll()), 408);
  EXPECT_EQ(idle.ReadAll(), "");
  EXPECT_TRUE(idle.ended());
  EXPECT_EQ(silent.ReadAll(), "");
  EXPECT_TRUE(silent.ended());
  EXPECT_EQ(server->stats().timeouts, 2u);
  EXPECT_TRUE(WaitFor([&] { return server->stats().connections == 0; }));
}

TEST(HttpServer, AClientThatReadsNothingIsCut) {
  HttpServerOptions options = Loopback();
  options.write_timeout_ms = 300;
  auto server = StartOrDie(std::move(options), [](HttpRequest, HttpResponder responder) {
    responder.Send(HttpResponse::Text(200, std::string(32 * 1024 * 1024, 'x')));
  });
  TestSocket client(server->port());
  ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_TRUE(WaitFor([&] { return server->stats().timeouts == 1; }));
  EXPECT_TRUE(WaitFor([&] { return server->stats().connections == 0; }));
}

TEST(HttpServer, OverTheConnectionLimitIs503) {
  HttpServerOptions options = Loopback();
  options.connections_max = 2;
  auto server = StartOrDie(std::move(options), Echo);
  TestSocket first(server->port());
  TestSocket second(server->port());
  ASSERT_TRUE(WaitFor([&] { return server->stats().connections == 2; }));
  TestSocket third(server->port());
  EXPECT_EQ(StatusOf(third.ReadAll()), 503);
  first.Close();
  ASSERT_TRUE(WaitFor([&] { return server->stats().connections == 1; }));
  TestSocket fourth(server->port());
  ASSERT_TRUE(fourth.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(StatusOf(fourth.ReadResponse()), 200);
  EXPECT_EQ(server->stats().connections_refused, 1u);
}

TEST(HttpServer, SeveralListenersAndUnixSockets) {
  const std::string path = testing::TempDir() + "http_server_test.sock";
  HttpServerOptions options = Loopback();
  options.listeners.push_back({.name = "other", .host = "127.0.0.1"});
  options.listeners.push_back({.name = "local", .unix_path = path});
  auto handler = [](HttpRequest request, HttpResponder responder) {
    responder.Send(HttpResponse::Text(
        200,
        request.transport.listener + " " + (request.transport.is_unix_socket ? "unix" : "tcp")));
  };
  const std::string get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  {
    auto server = StartOrDie(options, handler);
    EXPECT_NE(server->port(0), server->port(1));
    EXPECT_EQ(server->port(2), 0);
    TestSocket first(server->port(0));
    TestSocket second(server->port(1));
    TestSocket local(path);
    ASSERT_TRUE(local.connected());
    struct stat info{};
    ASSERT_EQ(::stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u);
    ASSERT_TRUE(first.Send(get) && second.Send(get) && local.Send(get));
    EXPECT_EQ(BodyOf(first.ReadResponse()), "test tcp");
    EXPECT_EQ(BodyOf(second.ReadResponse()), "other tcp");
    EXPECT_EQ(BodyOf(local.ReadResponse()), "local unix");
    // The address is taken, and said so.
    HttpServerOptions same;
    same.listeners.push_back({.name = "same", .host = "127.0.0.1", .port = server->port(0)});
    auto second_server = HttpServer::Start(same, handler);
    ASSERT_FALSE(second_server.has_value());
    EXPECT_EQ(second_server.error().code, ErrorCode::kConflict);
    same.listeners = {{.name = "same", .unix_path = path}};
    auto third_server = HttpServer::Start(same, handler);
    ASSERT_FALSE(third_server.has_value());
    EXPECT_EQ(third_server.error().code, ErrorCode::kConflict);
  }
  struct stat info{};
  EXPECT_NE(::stat(path.c_str(), &info), 0);
  // A socket left behind by a killed process is replaced.
  const int stale = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  ASSERT_EQ(::bind(stale, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ::close(stale);
  auto server = StartOrDie(options, handler);
  TestSocket local(path);
  ASSERT_TRUE(local.Send(get));
  EXPECT_EQ(BodyOf(local.ReadResponse()), "local unix");
}

TEST(HttpServer, BadAddressesAreErrors) {
  for (const std::string host : {"not a host", "1.2.3.4.5", "203.0.113.1"}) {
    HttpServerOptions options;
    options.listeners.push_back({.name = "x", .host = host});
    auto server = HttpServer::Start(options, Echo);
    ASSERT_FALSE(server.has_value()) << host;
    EXPECT_EQ(server.error().code, ErrorCode::kInvalidInput) << host;
  }
  HttpServerOptions options;
  options.listeners.push_back({.name = "x", .unix_path = std::string(200, 'x')});
  EXPECT_FALSE(HttpServer::Start(options, Echo).has_value());
}

TEST(HttpServer, StopFinishesRunningRequests) {
  WorkerPool pool({.threads = 1});
  std::latch running(1);
  auto server = StartOrDie(Loopback(2), RunOn(pool, [&](HttpRequest, HttpResponder responder) {
                             running.count_down();
                             std::this_thread::sleep_for(milliseconds(200));
                             responder.Send(HttpResponse::Text(200, "done"));
                           }));
  TestSocket idle(server->port());
  TestSocket busy(server->port());
  ASSERT_TRUE(WaitFor([&] { return server->stats().connections == 2; }));
  ASSERT_TRUE(busy.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  running.wait();
  const uint16_t port = server->port();
  auto stopping = std::async(std::launch::async, [&] { server->Stop(); });
  EXPECT_EQ(idle.ReadAll(), "");
  EXPECT_TRUE(idle.ended());
  const std::string response = busy.ReadResponse();
  EXPECT_EQ(BodyOf(response), "done");
  EXPECT_NE(response.find("connection: close"), std::string::npos);
  busy.Close();
  stopping.get();
  EXPECT_FALSE(TestSocket(port).connected());
}

TEST(HttpServer, StopCutsWhatOutlivesTheDeadline) {
  std::optional<HttpResponder> kept;
  std::promise<void> handled;
  std::atomic<int> disconnects = 0;
  auto server = StartOrDie(Loopback(), [&](HttpRequest, HttpResponder responder) {
    responder.OnDisconnect([&] { ++disconnects; });
    kept.emplace(std::move(responder));
    handled.set_value();
  });
  TestSocket client(server->port());
  ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  handled.get_future().wait();
  const auto begin = steady_clock::now();
  server->Stop(300);
  EXPECT_LT(steady_clock::now() - begin, milliseconds(1500));
  EXPECT_EQ(client.ReadAll(), "");
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(disconnects, 1);
  EXPECT_TRUE(kept->disconnected());
  server.reset();
  kept->Send(HttpResponse::Text(200, "too late"));  // Goes nowhere, harms nobody.
}

}  // namespace
}  // namespace vitrine::net
