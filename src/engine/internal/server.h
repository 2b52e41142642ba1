// Server: ClickHouse's HTTP interface on a Unix socket and, if asked for, a loopback port.
//
// Threads: one accepts, one serves each connection; statements run on threads of their own. A
//          thread that waits for the engine holds up nobody else, so /ping always answers.
// Owner:   the host must live longer.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "base/result.h"
#include "engine/internal/host.h"
#include "engine/internal/sessions.h"

namespace vitrine::engine {

struct ServerOptions {
  std::string socket_path;
  std::optional<uint16_t> tcp_port;  ///< 127.0.0.1; 0 takes any free port.
};

class Server {
 public:
  /// Binds and starts to accept. A socket file that nobody answers on is replaced.
  /// Errors: kConflict (address in use), kInvalidInput (path too long), kIo.
  static Result<std::unique_ptr<Server>> Start(Host& host, const ServerOptions& options);
  ~Server();

  uint16_t tcp_port() const { return tcp_port_; }
  /// Stops accepting and wakes idle connections; running statements are the host's to stop.
  void Stop();

 private:
  explicit Server(Host& host) : host_(host) {}
  void AcceptLoop();
  void ServeConnection(int fd, bool tcp);

  Host& host_;
  Sessions sessions_;
  std::string socket_path_;
  int unix_fd_ = -1;
  int tcp_fd_ = -1;
  int stop_fd_ = -1;
  uint16_t tcp_port_ = 0;
  std::thread accept_thread_;
  std::mutex mutex_;
  std::condition_variable all_gone_;
  std::set<int> open_;
  bool stopping_ = false;
};

}  // namespace vitrine::engine
