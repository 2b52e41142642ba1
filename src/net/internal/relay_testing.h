// What tests of the relay share: an upstream that follows a script, an observer that remembers, and
// a reader of whole messages.
// Owner: TestUpstream joins its threads when it ends. Threads: scripts run one thread a connection.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "net/http_server.h"
#include "net/internal/listener.h"
#include "net/internal/test_socket.h"

namespace vitrine::net::internal {

/// A server that does with each connection what its script says, and then closes it.
class TestUpstream {
 public:
  /// `number` counts connections from 0.
  using Script = std::function<void(TestSocket& socket, size_t number)>;

  explicit TestUpstream(Script script, const std::string& unix_path = {})
      : script_(std::move(script)),
        listener_(*ListeningSocket::Open({.name = "upstream",
                                          .host = unix_path.empty() ? "127.0.0.1" : "",
                                          .unix_path = unix_path})),
        acceptor_([this] { Accept(); }) {}
  ~TestUpstream() {
    stopped_ = true;
    acceptor_.join();
    for (std::thread& thread : threads_) thread.join();
  }

  uint16_t port() const { return listener_.port(); }
  size_t connections() const { return connections_; }
  /// Connections whose script has ended.
  size_t ended() const { return ended_; }

 private:
  void Accept() {
    while (!stopped_) {
      pollfd poll{listener_.descriptor(), POLLIN, 0};
      if (::poll(&poll, 1, 5) <= 0) continue;
      auto accepted = listener_.Accept();
      if (!accepted) continue;
      const int flags = ::fcntl(accepted->socket, F_GETFL);
      ::fcntl(accepted->socket, F_SETFL, flags & ~O_NONBLOCK);
      threads_.emplace_back([this, descriptor = accepted->socket, number = connections_++] {
        TestSocket socket = TestSocket::Adopt(descriptor);
        script_(socket, number);
        socket.Close();
        ++ended_;
      });
    }
  }

  const Script script_;
  ListeningSocket listener_;
  std::atomic<bool> stopped_ = false;
  std::atomic<size_t> connections_ = 0;
  std::atomic<size_t> ended_ = 0;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

/// A message as it came: head, body without framing, and whether its end came.
struct TestMessage {
  std::string head;
  std::string body;
  std::string trailers;
  bool complete = false;

  int status() const { return head.starts_with("HTTP/1.1 ") ? std::stoi(head.substr(9)) : 0; }
  bool Has(std::string_view line) const { return head.find(line) != std::string::npos; }
};

/// Reads messages from a socket. Stands on its own, so that it cannot share a fault with the relay.
class TestReader {
 public:
  explicit TestReader(TestSocket& socket) : socket_(socket) {}

  /// One message. `no_body` for answers that have none (HEAD, 204, 304).
  TestMessage Read(bool is_response, bool no_body = false) {
    TestMessage message;
    size_t end;
    while ((end = input_.find("\r\n\r\n")) == std::string::npos) {
      if (!More()) return message;
    }
    message.head = Take(end + 4);
    const std::string lower = Lower(message.head);
    const size_t length_at = lower.find("\r\ncontent-length: ");
    if (no_body || message.head.starts_with("HTTP/1.1 1")) {
      message.complete = true;
    } else if (lower.find("\r\ntransfer-encoding: chunked\r\n") != std::string::npos) {
      ReadChunks(message);
    } else if (length_at != std::string::npos) {
      const size_t size = std::stoul(lower.substr(length_at + 18));
      while (input_.size() < size) {
        if (!More()) break;
      }
      message.complete = input_.size() >= size;
      message.body = Take(std::min(size, input_.size()));
    } else if (is_response) {
      while (More()) {
      }
      message.body = Take(input_.size());
      message.complete = true;
    } else {
      message.complete = true;
    }
    return message;
  }

  /// Bytes that came behind what was read.
  const std::string& rest() const { return input_; }

 private:
  static std::string Lower(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
  }
  bool More() {
    const std::string some = socket_.ReadSome(20'000);
    input_ += some;
    return !some.empty();
  }
  std::string Take(size_t size) {
    std::string taken = input_.substr(0, size);
    input_.erase(0, size);
    return taken;
  }
  /// A line with its end; empty when it never came.
  std::string Line() {
    size_t end;
    while ((end = input_.find("\r\n")) == std::string::npos) {
      if (!More()) return {};
    }
    return Take(end + 2);
  }
  void ReadChunks(TestMessage& message) {
    for (;;) {
      const std::string line = Line();
      if (line.empty()) return;
      const size_t size = std::stoul(line, nullptr, 16);
      if (size == 0) break;
      while (input_.size() < size + 2) {
        if (!More()) return;
      }
      message.body += Take(size);
      EXPECT_EQ(Take(2), "\r\n");
    }
    for (;;) {
      const std::string line = Line();
      if (line.empty()) return;
      if (line == "\r\n") break;
      message.trailers += line;
    }
    message.complete = true;
  }

  TestSocket& socket_;
  std::string input_;
};

/// Remembers what an observer is told.
class RecordingObserver final : public RelayObserver {
 public:
  void OnRequestHead(std::string_view method, std::string_view target,
                     const HttpHeaders&) override {
    const std::scoped_lock lock(mutex_);
    request_line_ = std::string(method) + " " + std::string(target);
  }
  void OnRequestBody(std::string_view piece, int64_t) override {
    const std::scoped_lock lock(mutex_);
    request_body_ += piece;
  }
  void OnResponseHead(int status, const HttpHeaders&, int64_t) override {
    const std::scoped_lock lock(mutex_);
    statuses_.push_back(status);
  }
  void OnResponseBody(std::string_view piece, int64_t read_ns) override {
    const std::scoped_lock lock(mutex_);
    EXPECT_GE(read_ns, last_read_ns_);
    last_read_ns_ = read_ns;
    response_body_ += piece;
  }
  void OnResponseTrailers(const HttpHeaders& trailers) override {
    const std::scoped_lock lock(mutex_);
    for (const HttpHeader& field : trailers)
      ((trailers_ += field.name) += "=") += std::string(field.value) + ";";
  }
  void OnTunnelBytes(bool from_client, std::string_view piece, int64_t) override {
    const std::scoped_lock lock(mutex_);
    (from_client ? tunnel_up_ : tunnel_down_) += piece;
  }
  void OnEnd(const RelayEnd& end) override {
    const std::scoped_lock lock(mutex_);
    EXPECT_FALSE(ended_);
    end_ = end;
    ended_ = true;
    changed_.notify_all();
  }

  /// Waits for the end and returns it.
  RelayEnd WaitEnd() {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, std::chrono::seconds(30), [this] { return ended_; }));
    return end_;
  }
  bool has_ended() {
    const std::scoped_lock lock(mutex_);
    return ended_;
  }
  std::string request_line() { return Locked(request_line_); }
  std::string request_body() { return Locked(request_body_); }
  std::string response_body() { return Locked(response_body_); }
  std::string trailers() { return Locked(trailers_); }
  std::string tunnel_up() { return Locked(tunnel_up_); }
  std::string tunnel_down() { return Locked(tunnel_down_); }
  std::vector<int> statuses() {
    const std::scoped_lock lock(mutex_);
    return statuses_;
  }

 private:
  std::string Locked(const std::string& text) {
    const std::scoped_lock lock(mutex_);
    return text;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string request_line_, request_body_, response_body_, trailers_, tunnel_up_, tunnel_down_;
  std::vector<int> statuses_;
  int64_t last_read_ns_ = 0;
  RelayEnd end_;
  bool ended_ = false;
};

/// A gateway on a free port: paths that begin with /relay go to the upstream, others are answered
/// "local PATH". Each relay has an observer of its own.
class TestGateway {
 public:
  using Adjust = std::function<void(RelayPlan& plan)>;

  explicit TestGateway(std::shared_ptr<const UpstreamEndpoint> endpoint, Adjust adjust = {},
                       const std::function<void(HttpServerOptions&)>& configure = {})
      : endpoint_(std::move(endpoint)), adjust_(std::move(adjust)) {
    HttpServerOptions options;
    options.listeners.push_back({.name = "gateway", .host = "127.0.0.1"});
    options.relay = [this](const HttpRequest& head) { return Plan(head); };
    if (configure) configure(options);
    auto started =
        HttpServer::Start(std::move(options), [this](HttpRequest request, HttpResponder responder) {
          if (request.path.starts_with("/whole")) {
            RelayPlan plan = MakePlan(request);
            plan.body = request.body;
            responder.Relay(std::move(plan));
            return;
          }
          responder.Send(HttpResponse::Text(200, "local " + request.path));
        });
    EXPECT_TRUE(started.has_value());
    server_ = std::move(*started);
  }
  static std::shared_ptr<const UpstreamEndpoint> At(uint16_t port) {
    return std::make_shared<const UpstreamEndpoint>(
        UpstreamEndpoint{.host = "127.0.0.1", .port = port});
  }

  uint16_t port() const { return server_->port(); }
  HttpServer& server() { return *server_; }
  /// The observer of relay `index`, in the order they began.
  std::shared_ptr<RecordingObserver> observer(size_t index) {
    const std::scoped_lock lock(mutex_);
    EXPECT_LT(index, observers_.size());
    return observers_.at(index);
  }
  std::shared_ptr<RecordingObserver> last() {
    const std::scoped_lock lock(mutex_);
    return observers_.back();
  }
  size_t relays() {
    const std::scoped_lock lock(mutex_);
    return observers_.size();
  }

 private:
  std::optional<RelayPlan> Plan(const HttpRequest& head) {
    if (!head.path.starts_with("/relay")) return std::nullopt;
    return MakePlan(head);
  }
  RelayPlan MakePlan(const HttpRequest& head) {
    RelayPlan plan;
    plan.upstream = endpoint_;
    plan.method = head.method;
    plan.target = head.target;
    plan.headers = head.headers;
    auto observer = std::make_shared<RecordingObserver>();
    plan.observer = observer;
    if (!plan.headers.Has("host")) plan.headers.Add("Host", "upstream");
    if (adjust_) adjust_(plan);
    const std::scoped_lock lock(mutex_);
    observers_.push_back(std::move(observer));
    return plan;
  }

  const std::shared_ptr<const UpstreamEndpoint> endpoint_;
  const Adjust adjust_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<RecordingObserver>> observers_;
  std::unique_ptr<HttpServer> server_;
};

/// A client of a gateway, and what it reads.
struct TestClient {
  explicit TestClient(const TestGateway& gateway) : socket(gateway.port()), reader(socket) {}

  /// Sends a request and reads its answer. `no_body` for answers that have none.
  TestMessage Ask(std::string_view request, bool no_body = false) {
    socket.Send(request);
    return reader.Read(true, no_body);
  }

  TestSocket socket;
  TestReader reader;
};

/// Asks on a connection of its own.
inline TestMessage Ask(const TestGateway& gateway, std::string_view request, bool no_body = false) {
  return TestClient(gateway).Ask(request, no_body);
}

/// Sends bytes in pieces of random sizes.
inline bool SendSplit(const TestSocket& socket, std::string_view bytes, std::mt19937& random) {
  while (!bytes.empty()) {
    // Mostly small pieces at the places that matter, sometimes everything.
    const size_t most = random() % 4 == 0 ? bytes.size() : 1 + random() % 40;
    const size_t size = std::min(bytes.size(), most);
    if (!socket.Send(bytes.substr(0, size))) return false;
    bytes.remove_prefix(size);
    if (random() % 3 == 0) std::this_thread::yield();
  }
  return true;
}

inline std::string RandomBytes(size_t size, std::mt19937& random) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

/// Frames a body as chunks of random sizes.
inline std::string Chunked(std::string_view body, std::mt19937& random,
                           std::string_view trailers = {}) {
  std::string out;
  while (!body.empty()) {
    const size_t size = std::min<size_t>(body.size(), 1 + random() % 3000);
    char line[32];
    std::snprintf(line, sizeof(line), random() % 2 == 0 ? "%zx" : "%zX", size);
    out.append(line);
    if (random() % 5 == 0) out.append(";name=\"value\"");
    out.append("\r\n").append(body.substr(0, size)).append("\r\n");
    body.remove_prefix(size);
  }
  return out.append("0\r\n").append(trailers).append("\r\n");
}

inline bool WaitUntil(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace vitrine::net::internal
