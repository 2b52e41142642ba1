#include "net/internal/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace vitrine::net::internal {
namespace {

/// Connections the kernel keeps until we accept them: a fleet reconnecting at once after a
/// restart. The kernel cuts it at net.core.somaxconn (4096 on Linux).
constexpr int kBacklog = 4096;

std::unexpected<Error> FailErrno(const std::string& what, int error_number) {
  ErrorCode code = ErrorCode::kIo;
  if (error_number == EADDRINUSE) code = ErrorCode::kConflict;
  if (error_number == EADDRNOTAVAIL) code = ErrorCode::kInvalidInput;
  return Fail(code, what + ": " + std::generic_category().message(error_number));
}

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Result<Address> ParseAddress(const std::string& host, uint16_t port) {
  Address address;
  const std::string literal = host == "localhost" ? "127.0.0.1" : host;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (inet_pton(AF_INET, literal.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.size = sizeof(*v4);
  } else if (inet_pton(AF_INET6, literal.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address.size = sizeof(*v6);
  } else {
    return Fail(ErrorCode::kInvalidInput,
                "\"" + host + "\" is not an address to listen on; use one like 127.0.0.1");
  }
  return address;
}

Result<sockaddr_un> UnixAddress(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return Fail(ErrorCode::kInvalidInput, "the socket path " + path + " is longer than the " +
                                              std::to_string(sizeof(address.sun_path) - 1) +
                                              " bytes that Unix sockets allow");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

/// True when a socket file is there and nobody answers on it.
bool IsStaleSocket(const sockaddr_un& address) {
  struct stat info{};
  if (::lstat(address.sun_path, &info) != 0 || !S_ISSOCK(info.st_mode)) return false;
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  const int rc = ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  const bool refused = rc != 0 && errno == ECONNREFUSED;
  ::close(probe);
  return refused;
}

Origin OriginOf(const sockaddr_storage& peer, const std::string& listener_name) {
  Origin origin;
  origin.transport.listener = listener_name;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (peer.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(peer);
    inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    origin.remote_address = std::string(text.data()) + ":" + std::to_string(ntohs(v4.sin_port));
    origin.transport.is_loopback = (ntohl(v4.sin_addr.s_addr) >> 24) == 127;
  } else if (peer.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(peer);
    inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    origin.remote_address =
        "[" + std::string(text.data()) + "]:" + std::to_string(ntohs(v6.sin6_port));
    origin.transport.is_loopback =
        IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) ||
        (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) && v6.sin6_addr.s6_addr[12] == 127);
  } else {
    origin.remote_address = "unix";
    origin.transport.is_unix_socket = true;
    origin.transport.is_loopback = true;
  }
  return origin;
}

}  // namespace

ListeningSocket::ListeningSocket(ListeningSocket&& other) noexcept
    : name_(std::move(other.name_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      port_(other.port_),
      unix_path_(std::exchange(other.unix_path_, {})) {}

ListeningSocket::~ListeningSocket() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!unix_path_.empty()) ::unlink(unix_path_.c_str());
}

Result<ListeningSocket> ListeningSocket::Open(const HttpListener& listener) {
  ListeningSocket socket;
  socket.name_ = listener.name;
  if (listener.host.empty() == listener.unix_path.empty()) {
    return Fail(ErrorCode::kInvalidInput, "a listener needs either a host or a Unix socket path");
  }
  TRY(listener.host.empty() ? socket.OpenUnix(listener) : socket.OpenTcp(listener));
  if (::listen(socket.descriptor_, kBacklog) != 0) {
    return FailErrno("cannot listen on " + listener.host + listener.unix_path, errno);
  }
  return socket;
}

Result<void> ListeningSocket::OpenTcp(const HttpListener& listener) {
  TRY_ASSIGN(Address address, ParseAddress(listener.host, listener.port));
  const std::string name = listener.host + ":" + std::to_string(listener.port);
  descriptor_ = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor_ < 0) return FailErrno("cannot open a socket for " + name, errno);
  const int on = 1;
  ::setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  // Accepted sockets inherit it. Responses are written whole, so waiting for more gains nothing.
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  auto* raw = reinterpret_cast<sockaddr*>(&address.storage);
  if (::bind(descriptor_, raw, address.size) != 0) {
    return FailErrno("cannot listen on " + name, errno);
  }
  if (::getsockname(descriptor_, raw, &address.size) != 0) return FailErrno("getsockname", errno);
  port_ =
      ntohs(address.storage.ss_family == AF_INET ? reinterpret_cast<sockaddr_in*>(raw)->sin_port
                                                 : reinterpret_cast<sockaddr_in6*>(raw)->sin6_port);
  return {};
}

Result<void> ListeningSocket::OpenUnix(const HttpListener& listener) {
  TRY_ASSIGN(const sockaddr_un address, UnixAddress(listener.unix_path));
  descriptor_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor_ < 0) return FailErrno("cannot open a Unix socket", errno);
  const auto* raw = reinterpret_cast<const sockaddr*>(&address);
  int rc = ::bind(descriptor_, raw, sizeof(address));
  if (rc != 0 && errno == EADDRINUSE && IsStaleSocket(address)) {
    ::unlink(address.sun_path);
    rc = ::bind(descriptor_, raw, sizeof(address));
  }
  if (rc != 0) return FailErrno("cannot listen on " + listener.unix_path, errno);
  unix_path_ = listener.unix_path;
  // Before listen(), so nobody connects with the wider mode of the umask.
  if (::chmod(address.sun_path, listener.unix_mode) != 0) {
    return FailErrno("cannot set the mode of " + listener.unix_path, errno);
  }
  return {};
}

Result<ListeningSocket::Accepted> ListeningSocket::Accept() {
  sockaddr_storage peer{};
  socklen_t size = sizeof(peer);
  for (;;) {
    const int socket = ::accept4(descriptor_, reinterpret_cast<sockaddr*>(&peer), &size,
                                 SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket >= 0) return Accepted{socket, OriginOf(peer, name_)};
    switch (errno) {
      case EINTR:
      case ECONNABORTED: continue;
      case EAGAIN: return Fail(ErrorCode::kUnavailable, "no connection waits");
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM: return Fail(ErrorCode::kLimitExceeded, "out of descriptors");
      default: return FailErrno("accept", errno);
    }
  }
}

}  // namespace vitrine::net::internal
