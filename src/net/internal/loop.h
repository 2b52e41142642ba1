// Loop: one io thread, its event loop and the connections that live on it.
// Owner: owns its connections. Threads: Post from anywhere; everything else on the loop's thread,
// unless said otherwise. ServerState: what all loops of a server share.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "net/http_server.h"

namespace vitrine::net::internal {

class Connection;

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

  std::string NextRequestId();
};

/// Where a connection came from.
struct Origin {
  HttpTransport transport;
  std::string remote_address;
};

int64_t SteadyMs();

class Loop : public std::enable_shared_from_this<Loop> {
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

  /// Takes over a connected, non-blocking socket.
  void Adopt(int socket, Origin origin);
  void Remove(Connection& connection);

  boost::asio::io_context& context() { return context_; }
  ServerState& state() { return *state_; }
  const std::shared_ptr<ServerState>& shared_state() const { return state_; }
  char* scratch() { return scratch_.data(); }  ///< kReadBytes bytes, valid until the next read.
  bool stopping() const { return stopping_; }

 private:
  void Run();
  void ScheduleTick();
  void Tick();
  void EndIfEmpty();

  std::shared_ptr<ServerState> state_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  boost::asio::steady_timer tick_timer_;
  std::list<std::shared_ptr<Connection>> connections_;
  std::list<std::shared_ptr<Connection>>::iterator next_tick_ = connections_.end();
  std::vector<char> scratch_;
  bool stopping_ = false;
  int64_t stop_deadline_ms_ = 0;

  std::mutex mutex_;
  bool ended_ = false;  ///< Guarded by mutex_: no posts any more.
  std::thread thread_;
};

}  // namespace vitrine::net::internal
