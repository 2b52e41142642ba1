#include "net/http_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "base/check.h"
#include "net/internal/listener.h"
#include "net/internal/loop.h"
#include "platform/random.h"

namespace vitrine::net {
namespace internal {
namespace {

/// Accepts per wake-up, so that a flood of connects leaves time for requests.
constexpr int kAcceptsPerTurn = 64;

constexpr std::string_view kFullResponse =
    "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 1\r\n"
    "connection: close\r\n\r\n";

}  // namespace

/// Accepts on one listener and deals the connections out to the loops. Lives on loops[0].
class Acceptor final : private Watched {
 public:
  Acceptor(ListeningSocket socket, std::vector<std::shared_ptr<Loop>> loops)
      : socket_(std::move(socket)),
        loops_(std::move(loops)),
        watch_(loops_[0]->poller(), ::dup(socket_.descriptor()), *this) {
    loops_[0]->EachTick([this] { watch_.Want(EPOLLIN); });
    watch_.Want(EPOLLIN);
  }

  uint16_t port() const { return socket_.port(); }
  void Stop() { watch_.Close(); }

 private:
  void OnReady(uint32_t) override {
    for (int i = 0; i < kAcceptsPerTurn; ++i) {
      auto accepted = socket_.Accept();
      if (accepted) {
        Deal(std::move(*accepted));
        continue;
      }
      // Out of descriptors, waiting beats spinning: others must close first. The tick asks again.
      if (accepted.error().code != ErrorCode::kUnavailable) watch_.Want(0);
      return;
    }
  }

  void Deal(ListeningSocket::Accepted accepted) {
    ServerState& state = loops_[0]->state();
    const uint64_t open = state.connections.fetch_add(1, std::memory_order_relaxed);
    if (open >= state.options.connections_max) {
      state.connections.fetch_sub(1, std::memory_order_relaxed);
      state.connections_refused.fetch_add(1, std::memory_order_relaxed);
      // Best effort: the client learns why, unless even this does not fit.
      (void)!::send(accepted.socket, kFullResponse.data(), kFullResponse.size(),
                    MSG_NOSIGNAL | MSG_DONTWAIT);
      ::close(accepted.socket);
      return;
    }
    state.connections_accepted.fetch_add(1, std::memory_order_relaxed);
    const auto& loop = loops_[next_++ % loops_.size()];
    const int socket = accepted.socket;
    const bool posted =
        loop->Post([loop = loop.get(), socket, origin = std::move(accepted.origin)]() mutable {
          loop->Adopt(socket, std::move(origin));
        });
    if (!posted) {
      ::close(socket);
      state.connections.fetch_sub(1, std::memory_order_relaxed);
    }
  }

  ListeningSocket socket_;
  std::vector<std::shared_ptr<Loop>> loops_;
  Watch watch_;
  size_t next_ = 0;
};

class ServerImpl {
 public:
  static Result<std::unique_ptr<ServerImpl>> Start(HttpServerOptions options, HttpHandler handler) {
    auto impl = std::make_unique<ServerImpl>();
    impl->state_ = std::make_shared<ServerState>();
    impl->state_->request_id_seed = platform::SystemRandom().Next64();
    const size_t thread_count = std::max<size_t>(options.io_threads, 1);
    const std::vector<HttpListener> listeners = options.listeners;
    impl->state_->options = std::move(options);
    impl->state_->handler = std::move(handler);
    for (size_t i = 0; i < thread_count; ++i) {
      impl->loops_.push_back(std::make_shared<Loop>(impl->state_));
    }
    for (const HttpListener& listener : listeners) {
      TRY_ASSIGN(ListeningSocket socket, ListeningSocket::Open(listener));
      impl->ports_.push_back(socket.port());
      impl->acceptors_.push_back(std::make_shared<Acceptor>(std::move(socket), impl->loops_));
    }
    for (const auto& loop : impl->loops_) loop->Start();
    impl->running_ = true;
    return impl;
  }

  ~ServerImpl() { Stop(kStopDeadlineMs); }

  void Stop(int64_t deadline_ms) {
    if (!running_.exchange(false)) return;
    VITRINE_CHECK(Loop::Current() == nullptr);
    loops_[0]->Post([acceptors = acceptors_] {
      for (const auto& acceptor : acceptors) acceptor->Stop();
    });
    const int64_t until_ms = SteadyMs() + deadline_ms;
    for (const auto& loop : loops_) loop->BeginStop(until_ms);
    for (const auto& loop : loops_) loop->Join();
    acceptors_.clear();  // Closes the listening sockets, removes Unix socket files.
  }

  uint16_t port(size_t index) const { return index < ports_.size() ? ports_[index] : 0; }

  HttpServerStats stats() const {
    const ServerState& state = *state_;
    HttpServerStats stats;
    stats.connections = state.connections;
    stats.connections_accepted = state.connections_accepted;
    stats.connections_refused = state.connections_refused;
    stats.requests = state.requests;
    stats.requests_malformed = state.requests_malformed;
    stats.requests_too_large = state.requests_too_large;
    stats.requests_shed = state.requests_shed;
    stats.timeouts = state.timeouts;
    stats.handler_exceptions = state.handler_exceptions;
    stats.body_bytes_in_flight = state.body_bytes_in_flight;
    stats.relays = state.relays;
    stats.relays_running = state.relays_running;
    stats.relays_failed = state.relays_failed;
    stats.relays_client_left = state.relays_client_left;
    stats.relays_repeated = state.relays_repeated;
    stats.upstream_connects = state.upstream_connects;
    stats.upstream_reuses = state.upstream_reuses;
    return stats;
  }

 private:
  std::shared_ptr<ServerState> state_;
  std::vector<std::shared_ptr<Loop>> loops_;
  std::vector<std::shared_ptr<Acceptor>> acceptors_;
  std::vector<uint16_t> ports_;
  std::atomic<bool> running_ = false;
};

}  // namespace internal

HttpServer::HttpServer(std::unique_ptr<internal::ServerImpl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::Start(HttpServerOptions options,
                                                      HttpHandler handler) {
  TRY_ASSIGN(auto impl, internal::ServerImpl::Start(std::move(options), std::move(handler)));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

uint16_t HttpServer::port(size_t index) const { return impl_->port(index); }
void HttpServer::Stop(int64_t deadline_ms) { impl_->Stop(deadline_ms); }
HttpServerStats HttpServer::stats() const { return impl_->stats(); }

}  // namespace vitrine::net
