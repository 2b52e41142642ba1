// Loop: one io thread, its event loop and the connections that live on it.
// Owner: owns its connections. Threads: Post from anywhere; everything else on the loop's thread,
// unless said otherwise. ServerState: what all loops of a server share.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "net/http_server.h"
#include "net/internal/poller.h"

namespace vitrine::net::internal {

class Connection;
class Relay;
class Resolver;
class UpstreamPool;

struct ServerState {
  HttpServerOptions options;
  HttpHandler handler;
  uint64_t request_id_seed = 0;

  std::atomic<uint64_t> request_count = 0;
  std::atomic<uint64_t> connections = 0;
  std::atomic<uint64_t> connections_accepted = 0;
  std::atomic<uint64_t> connections_refused = 0;
  std::atomic<uint64_t> requests = 0;
  std::atomic<uint64_t> requests_malformed = 0;
  std::atomic<uint64_t> requests_too_large = 0;
  std::atomic<uint64_t> requests_shed = 0;
  std::atomic<uint64_t> timeouts = 0;
  std::atomic<uint64_t> handler_exceptions = 0;
  std::atomic<uint64_t> body_bytes_in_flight = 0;
  std::atomic<uint64_t> relays = 0;
  std::atomic<uint64_t> relays_running = 0;
  std::atomic<uint64_t> relays_failed = 0;
  std::atomic<uint64_t> relays_client_left = 0;
  std::atomic<uint64_t> relays_repeated = 0;
  std::atomic<uint64_t> upstream_connects = 0;
  std::atomic<uint64_t> upstream_reuses = 0;

  ServerState();
  ~ServerState();
  /// Writes a new request's id into `id`.
  void NextRequestId(std::string& id);
  /// Made when the first name is looked up. Any thread.
  Resolver& resolver();

 private:
  std::once_flag resolver_made_;
  std::unique_ptr<Resolver> resolver_;
};

/// Where a connection came from.
struct Origin {
  HttpTransport transport;
  std::string remote_address;
};

int64_t SteadyMs();

class Loop final : public std::enable_shared_from_this<Loop>, private Watched {
 public:
  explicit Loop(std::shared_ptr<ServerState> state);
  ~Loop();

  /// Starts the thread. Any thread, once.
  void Start();
  /// Runs `task` on the loop's thread. Any thread. False, with the task dropped, after the end.
  bool Post(std::function<void()> task);
  /// Asks for the end: running requests may finish until `deadline_ms` (SteadyMs). Any thread.
  void BeginStop(int64_t deadline_ms);
  /// Waits for the thread. Any thread but this one.
  void Join();

  /// The loop whose thread this is, or null.
  static Loop* Current();

  /// Calls `task` on the loop's thread at each tick (kTickMs), until the end. Before Start.
  void EachTick(std::function<void()> task) { each_tick_.push_back(std::move(task)); }
  /// Takes over a connected, non-blocking socket.
  void Adopt(int socket, Origin origin);
  void Remove(Connection& connection);

  /// Lets the relay send its request when all that is ready was told, or returns false where
  /// nothing more is: then it had better be now. Sent one after the other, requests wake a server
  /// on this machine up once; each sent when it was read, they found it asleep again and again (0.7
  /// of 14 us a call).
  bool FlushLater(std::shared_ptr<Relay> relay);

  Poller& poller() { return poller_; }
  UpstreamPool& upstreams() { return *upstreams_; }
  ServerState& state() { return *state_; }
  const std::shared_ptr<ServerState>& shared_state() const { return state_; }
  /// kReadBytes bytes, valid until the next read of any socket.
  std::span<char> scratch() { return scratch_; }
  bool stopping() const { return stopping_; }
  /// SteadyMs when the events at hand were told: for deadlines, which ticks look at.
  int64_t now_ms() const { return now_ms_; }

 private:
  void Run();
  void OnReady(uint32_t events) override;
  bool RunPosted();
  void FlushRelays();
  void Tick(int64_t now_ms);

  std::shared_ptr<ServerState> state_;
  Poller poller_;
  std::unique_ptr<UpstreamPool> upstreams_;
  Watch wake_;  ///< Readable when another thread posted.
  std::vector<std::function<void()>> each_tick_;
  int64_t now_ms_ = SteadyMs();
  int64_t next_tick_ms_ = 0;
  std::list<std::shared_ptr<Connection>> connections_;
  std::list<std::shared_ptr<Connection>>::iterator next_tick_ = connections_.end();
  std::vector<char> scratch_;
  bool stopping_ = false;
  int64_t stop_deadline_ms_ = 0;

  std::mutex mutex_;
  // Guarded by mutex_.
  std::vector<std::function<void()>> posted_;
  bool woken_ = false;  ///< The loop knows, or is about to: one write wakes it for many posts.
  bool ended_ = false;  ///< No posts any more.

  std::vector<std::function<void()>> running_;  ///< Keeps its storage between rounds.
  std::vector<std::shared_ptr<Relay>> to_flush_, flushing_;
  std::thread thread_;
};

}  // namespace vitrine::net::internal
