// What a relayed request costs: requests a second over loopback with kept connections, and the CPU
// time of the relay's own thread for each. Client and upstream are a few lines each, on threads of
// their own, and what they use is subtracted: on one core the relay alone would do 1 / CPU.
//   relay_bench [SECONDS a row]
#include <sys/epoll.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "net/http_server.h"
#include "net/internal/listener.h"
#include "net/internal/test_socket.h"

namespace {

using namespace vitrine::net;  // NOLINT
using internal::ListeningSocket;
using internal::TestSocket;

double ToSeconds(const timespec& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double CpuSeconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return ToSeconds(time);
}

/// Answers whatever ends like a request of `request_size` bytes, on one thread for all connections.
class Upstream {
 public:
  Upstream(size_t request_size, std::string answer)
      : request_size_(request_size),
        answer_(std::move(answer)),
        listener_(*ListeningSocket::Open({.name = "upstream", .host = "127.0.0.1"})),
        thread_([this] { Run(); }) {}
  ~Upstream() { Stop(); }
  /// CPU seconds of the thread, when it has ended.
  double Stop() {
    stopped_ = true;
    if (thread_.joinable()) thread_.join();
    return cpu_s_;
  }
  uint16_t port() const { return listener_.port(); }

 private:
  void Run() {
    const int epoll = ::epoll_create1(0);
    epoll_event event{.events = EPOLLIN, .data = {.fd = listener_.descriptor()}};
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, listener_.descriptor(), &event);
    std::vector<size_t> received(4096, 0);
    std::vector<char> buffer(64 * 1024);
    std::vector<epoll_event> events(256);
    while (!stopped_) {
      const int count = ::epoll_wait(epoll, events.data(), 256, 20);
      for (int i = 0; i < count; ++i) {
        const int descriptor = events[static_cast<size_t>(i)].data.fd;
        if (descriptor == listener_.descriptor()) {
          while (auto accepted = listener_.Accept()) {
            event.data.fd = accepted->socket;
            received[static_cast<size_t>(accepted->socket)] = 0;
            ::epoll_ctl(epoll, EPOLL_CTL_ADD, accepted->socket, &event);
          }
          continue;
        }
        const ssize_t got = ::recv(descriptor, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got <= 0) {
          ::close(descriptor);
          continue;
        }
        size_t& bytes = received[static_cast<size_t>(descriptor)];
        bytes += static_cast<size_t>(got);
        if (bytes < request_size_) continue;
        bytes = 0;
        Send(descriptor);
      }
    }
    ::close(epoll);
    cpu_s_ = CpuSeconds(CLOCK_THREAD_CPUTIME_ID);
  }

  void Send(int descriptor) const {
    std::string_view left = answer_;
    while (!left.empty()) {
      const ssize_t sent = ::send(descriptor, left.data(), left.size(), MSG_NOSIGNAL);
      if (sent > 0) left.remove_prefix(static_cast<size_t>(sent));
      if (sent < 0 && errno != EAGAIN) return;
      pollfd poll{descriptor, POLLOUT, 0};
      if (!left.empty()) ::poll(&poll, 1, 1000);
    }
  }

  const size_t request_size_;
  const std::string answer_;
  ListeningSocket listener_;
  std::atomic<bool> stopped_ = false;
  double cpu_s_ = 0;
  std::thread thread_;
};

struct Load {
  uint64_t requests = 0;
  double wall_s = 0;
  double cpu_s = 0;  ///< Of the thread that made it.
};

/// Keeps one request in flight on each of `connections`, for `seconds`.
Load Drive(uint16_t port, const std::string& request, size_t answer_size, size_t connections,
           double seconds) {
  const int epoll = ::epoll_create1(0);
  std::vector<TestSocket> sockets;
  std::vector<size_t> received(connections, 0);
  for (size_t i = 0; i < connections; ++i) {
    sockets.emplace_back(port);
    epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, sockets[i].descriptor(), &event);
    sockets[i].Send(request);
  }
  Load load;
  const double cpu_before = CpuSeconds(CLOCK_THREAD_CPUTIME_ID);
  const double begin = CpuSeconds(CLOCK_MONOTONIC);
  std::vector<char> buffer(256 * 1024);
  std::vector<epoll_event> events(256);
  while ((load.wall_s = CpuSeconds(CLOCK_MONOTONIC) - begin) < seconds) {
    const int count = ::epoll_wait(epoll, events.data(), 256, 100);
    for (int i = 0; i < count; ++i) {
      const size_t at = events[static_cast<size_t>(i)].data.u64;
      const ssize_t got = ::recv(sockets[at].descriptor(), buffer.data(), buffer.size(), 0);
      if (got <= 0) std::abort();
      received[at] += static_cast<size_t>(got);
      if (received[at] < answer_size) continue;
      received[at] = 0;
      ++load.requests;
      sockets[at].Send(request);
    }
  }
  load.cpu_s = CpuSeconds(CLOCK_THREAD_CPUTIME_ID) - cpu_before;
  ::close(epoll);
  return load;
}

/// Keeps what passes, as a capturing gateway does.
class KeepingObserver final : public RelayObserver {
 public:
  void OnRequestBody(std::string_view piece, int64_t) override { request_ += piece; }
  void OnResponseBody(std::string_view piece, int64_t) override { response_ += piece; }

 private:
  std::string request_, response_;
};

struct Row {
  const char* name;
  size_t request_body;
  size_t answer_body;
  size_t connections;
  bool observed;
};

void Measure(const Row& row, double seconds) {
  const std::string request =
      "POST /v1/chat/completions HTTP/1.1\r\nHost: api.example.com\r\nUser-Agent: sdk/1.0\r\n"
      "Accept: application/json\r\nAccept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\n"
      "Content-Type: application/json\r\nAuthorization: Bearer 0123456789012345678901234567890\r\n"
      "Content-Length: " +
      std::to_string(row.request_body) + "\r\n\r\n" + std::string(row.request_body, 'q');
  const std::string answer =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Sat, 21 Nov 2026 12:00:00 GMT\r\n"
      "X-Request-Id: req_0123456789\r\nServer: upstream\r\nX-Ratelimit-Remaining: 99\r\n"
      "Content-Length: " +
      std::to_string(row.answer_body) + "\r\n\r\n" + std::string(row.answer_body, 'a');
  // The relay leaves Connection out and writes Content-Length itself: 24 bytes fewer.
  Upstream upstream(request.size() - 24, answer);
  auto endpoint = std::make_shared<const UpstreamEndpoint>(
      UpstreamEndpoint{.host = "127.0.0.1", .port = upstream.port()});
  HttpServerOptions options;
  options.listeners.push_back({.name = "bench", .host = "127.0.0.1"});
  options.relay = [&](const HttpRequest& head) -> std::optional<RelayPlan> {
    RelayPlan plan;
    plan.upstream = endpoint;
    plan.method = head.method;
    plan.target = head.target;
    plan.headers = head.headers;
    if (row.observed) plan.observer = std::make_shared<KeepingObserver>();
    return plan;
  };
  rusage before{};
  ::getrusage(RUSAGE_SELF, &before);
  auto server = HttpServer::Start(std::move(options), [](HttpRequest, HttpResponder) {});
  if (!server) std::abort();
  const Load load = Drive((*server)->port(), request, answer.size(), row.connections, seconds);
  (*server)->Stop(0);
  const double upstream_cpu_s = upstream.Stop();
  rusage after{};
  ::getrusage(RUSAGE_SELF, &after);
  const auto cpu = [](const rusage& usage) {
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
  };
  const double own_s = cpu(after) - cpu(before) - load.cpu_s - upstream_cpu_s;
  const double own_us = own_s * 1e6 / static_cast<double>(load.requests);
  std::printf("%-28s %9.0f requests/s  %7.2f us CPU each  (%.0f/s on a core of its own)\n",
              row.name, static_cast<double>(load.requests) / load.wall_s, own_us, 1e6 / own_us);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 2;
  for (const Row& row : {Row{"1 KiB, 1 connection", 1024, 1024, 1, true},
                         Row{"1 KiB, 32 connections", 1024, 1024, 32, true},
                         Row{"1 KiB, 32, unobserved", 1024, 1024, 32, false},
                         Row{"16 KiB, 32 connections", 16 * 1024, 16 * 1024, 32, true},
                         Row{"256 KiB, 8 connections", 256 * 1024, 256 * 1024, 8, true}}) {
    Measure(row, seconds);
  }
  return 0;
}
