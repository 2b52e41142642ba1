#include "engine/internal/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "engine/internal/http_socket.h"
#include "engine/internal/serve_request.h"
#include "engine/limits.h"

namespace vitrine::engine {
namespace {

std::unexpected<Error> SystemError(ErrorCode code, const std::string& what) {
  return Fail(code, what + ": " + std::strerror(errno));
}

bool AnswersOn(const sockaddr_un& address) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const bool answers =
      connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(fd);
  return answers;
}

Result<int> ListenUnix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path))
    return Fail(ErrorCode::kInvalidInput, "the socket's path must have 1 to 107 bytes: " + path);
  std::memcpy(address.sun_path, path.data(), path.size());
  if (AnswersOn(address)) return Fail(ErrorCode::kConflict, "another program answers on " + path);
  unlink(path.c_str());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return SystemError(ErrorCode::kIo, "socket");
  // Only the owner may ask; the mode counts from the moment the file exists.
  const mode_t old_mask = umask(0177);
  const int bound = bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  umask(old_mask);
  if (bound != 0 || listen(fd, SOMAXCONN) != 0) {
    close(fd);
    return SystemError(ErrorCode::kIo, "cannot listen on " + path);
  }
  return fd;
}

Result<int> ListenLoopback(uint16_t port, uint16_t& bound_port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return SystemError(ErrorCode::kIo, "socket");
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      listen(fd, SOMAXCONN) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    const int problem = errno;
    close(fd);
    errno = problem;
    return SystemError(ErrorCode::kConflict, "cannot listen on 127.0.0.1:" + std::to_string(port));
  }
  bound_port = ntohs(address.sin_port);
  return fd;
}

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(Host& host, const ServerOptions& options) {
  std::unique_ptr<Server> server(new Server(host));
  TRY_ASSIGN(server->unix_fd_, ListenUnix(options.socket_path));
  server->socket_path_ = options.socket_path;
  if (options.tcp_port) {
    TRY_ASSIGN(server->tcp_fd_, ListenLoopback(*options.tcp_port, server->tcp_port_));
  }
  server->stop_fd_ = eventfd(0, EFD_CLOEXEC);
  if (server->stop_fd_ < 0) return SystemError(ErrorCode::kIo, "eventfd");
  server->accept_thread_ = std::thread([raw = server.get()] { raw->AcceptLoop(); });
  return server;
}

Server::~Server() {
  Stop();
  {
    std::unique_lock lock(mutex_);
    all_gone_.wait(lock, [&] { return open_.empty(); });
  }
  for (const int fd : {unix_fd_, tcp_fd_, stop_fd_})
    if (fd >= 0) close(fd);
}

void Server::Stop() {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) {
      stopping_ = true;
      if (!socket_path_.empty()) unlink(socket_path_.c_str());
      for (const int fd : open_) shutdown(fd, SHUT_RD);  // Ends waits for further requests.
    }
  }
  if (stop_fd_ >= 0) eventfd_write(stop_fd_, 1);
  if (accept_thread_.joinable()) accept_thread_.join();
  sessions_.CloseAll();
}

void Server::AcceptLoop() {
  std::array<pollfd, 3> fds{{{stop_fd_, POLLIN, 0}, {unix_fd_, POLLIN, 0}, {tcp_fd_, POLLIN, 0}}};
  while (true) {
    constexpr int kExpireSessionsMs = 10'000;
    const int ready = poll(fds.data(), fds.size(), kExpireSessionsMs);
    if (ready == 0) sessions_.Expire();
    if (ready <= 0) continue;
    if (fds[0].revents != 0) return;
    for (size_t i = 1; i < fds.size(); ++i) {
      if ((fds[i].revents & POLLIN) == 0) continue;
      const int fd = accept4(fds[i].fd, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) {
        // Out of descriptors: without a pause this loop would spin until one is free.
        if (errno == EMFILE || errno == ENFILE) usleep(20'000);
        continue;
      }
      const std::lock_guard lock(mutex_);
      if (stopping_ || open_.size() >= kConnectionsMax) {
        close(fd);
        continue;
      }
      open_.insert(fd);
      std::thread([this, fd, tcp = i == 2] { ServeConnection(fd, tcp); }).detach();
    }
  }
}

void Server::ServeConnection(int fd, bool tcp) {
  if (tcp) {
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  {
    HttpSocket socket(fd);
    while (true) {
      const Result<HttpHead> head = socket.ReadHead();
      if (!head) {
        if (head.error().code != ErrorCode::kUnavailable) RefuseHead(socket, head.error());
        break;
      }
      if (!ServeRequest(host_, sessions_, socket, *head, tcp)) break;
    }
    const std::lock_guard lock(mutex_);
    open_.erase(fd);  // Before the descriptor is closed and its number used again.
    all_gone_.notify_all();
  }
}

}  // namespace vitrine::engine
