#include "net/internal/client_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

#include "net/http_relay.h"
#include "net/internal/tls.h"

namespace vitrine::net::internal {
namespace {

int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::string ErrnoText(int number) { return std::generic_category().message(number); }

/// Waits for `events` on `descriptor`.
Result<void> WaitFor(int descriptor, short events, const Patience& patience) {
  const int64_t begin_ms = NowMs();
  for (;;) {
    const int64_t now_ms = NowMs();
    int64_t left_ms = begin_ms + patience.io_timeout_ms - now_ms;
    if (patience.deadline_ms != 0) left_ms = std::min(left_ms, patience.deadline_ms - now_ms);
    std::array<pollfd, 2> polls = {pollfd{descriptor, events, 0},
                                   pollfd{patience.stop_descriptor, POLLIN, 0}};
    // poll() ignores an entry with a negative descriptor.
    const int rc = ::poll(polls.data(), polls.size(),
                          static_cast<int>(std::clamp<int64_t>(left_ms, 0, 1'000'000)));
    if (rc < 0 && errno == EINTR) continue;
    if (rc < 0) return Fail(ErrorCode::kIo, "poll: " + ErrnoText(errno));
    if (polls[1].revents != 0) return Fail(ErrorCode::kCancelled, "the request was stopped");
    if (polls[0].revents != 0) return {};
    if (left_ms <= 0) return Fail(ErrorCode::kCancelled, "the server took too long");
  }
}

/// Connects one non-blocking socket; returns its descriptor.
Result<int> ConnectTo(const sockaddr* address, socklen_t size, const Patience& patience) {
  const int descriptor =
      ::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return Fail(ErrorCode::kIo, "socket: " + ErrnoText(errno));
  int failure = ::connect(descriptor, address, size) == 0 ? 0 : errno;
  if (failure == EINPROGRESS) {
    if (auto waited = WaitFor(descriptor, POLLOUT, patience); !waited) {
      ::close(descriptor);
      return std::unexpected(waited.error());
    }
    socklen_t failure_size = sizeof(failure);
    ::getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &failure_size);
  }
  if (failure != 0) {
    ::close(descriptor);
    return Fail(ErrorCode::kUnavailable, ErrnoText(failure));
  }
  return descriptor;
}

Result<int> ConnectUnix(const std::string& path, const Patience& patience) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return Fail(ErrorCode::kInvalidInput, "the socket path is too long");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return ConnectTo(reinterpret_cast<const sockaddr*>(&address), sizeof(address), patience);
}

Result<int> ConnectTcp(const HttpEndpoint& endpoint, const Patience& patience) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* raw = nullptr;
  const int rc =
      ::getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &raw);
  if (rc != 0) return Fail(ErrorCode::kUnavailable, ::gai_strerror(rc));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> found(raw, &::freeaddrinfo);
  Result<int> last = Fail(ErrorCode::kUnavailable, "the name has no address");
  for (const addrinfo* one = found.get(); one != nullptr; one = one->ai_next) {
    last = ConnectTo(one->ai_addr, one->ai_addrlen, patience);
    if (last) break;
  }
  if (last) {
    const int on = 1;
    ::setsockopt(*last, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  return last;
}

}  // namespace

void StopSignal::Wake::operator()() const {
  const uint64_t one = 1;
  (void)!::write(descriptor, &one, sizeof(one));
}

StopSignal::StopSignal(std::stop_token token) {
  if (!token.stop_possible()) return;
  descriptor_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (descriptor_ >= 0) callback_.emplace(std::move(token), Wake{descriptor_});
}

StopSignal::~StopSignal() {
  callback_.reset();  // Waits for a running callback.
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<ClientSocket> ClientSocket::Connect(const HttpEndpoint& endpoint, int64_t connect_timeout_ms,
                                           const Patience& patience) {
  Patience connecting = patience;
  connecting.io_timeout_ms = connect_timeout_ms;
  auto descriptor = endpoint.unix_path.empty() ? ConnectTcp(endpoint, connecting)
                                               : ConnectUnix(endpoint.unix_path, connecting);
  const std::string where = endpoint.unix_path.empty()
                                ? endpoint.host + ":" + std::to_string(endpoint.port)
                                : endpoint.unix_path;
  const auto failed = [&where](const Error& error) {
    return Fail(error.code, "cannot connect to " + where + ": " + error.message);
  };
  if (!descriptor) return failed(descriptor.error());
  ClientSocket socket(*descriptor);
  if (endpoint.tls == nullptr) return socket;
  if (auto begun = socket.BeginTls(endpoint, connecting); !begun) return failed(begun.error());
  return socket;
}

ClientSocket::ClientSocket(int descriptor) : descriptor_(descriptor) {}

ClientSocket::ClientSocket(ClientSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), tls_(std::move(other.tls_)) {}

ClientSocket& ClientSocket::operator=(ClientSocket&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(tls_, other.tls_);
  return *this;
}

ClientSocket::~ClientSocket() {
  tls_.reset();  // Says goodbye over the descriptor.
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<void> ClientSocket::Wait(short events, const Patience& patience) const {
  return WaitFor(descriptor_, events, patience);
}

Result<void> ClientSocket::BeginTls(const HttpEndpoint& endpoint, const Patience& patience) {
  const std::string& name = endpoint.tls_name.empty() ? endpoint.host : endpoint.tls_name;
  tls_ = std::make_unique<TlsStream>(endpoint.tls->context(), descriptor_, name, endpoint.port);
  for (;;) {
    const Moved moved = tls_->Handshake();
    if (moved.kind == Moved::Kind::kBytes) return {};
    if (moved.kind != Moved::Kind::kLater)
      return Fail(ErrorCode::kUnavailable, "TLS: " + tls_->error());
    TRY(Wait(tls_->handshake_wants_write() ? POLLOUT : POLLIN, patience));
  }
}

Result<void> ClientSocket::WriteAll(std::string_view first, std::string_view second,
                                    const Patience& patience) {
  while (!first.empty() || !second.empty()) {
    std::array<iovec, 2> pieces = {iovec{const_cast<char*>(first.data()), first.size()},
                                   iovec{const_cast<char*>(second.data()), second.size()}};
    const std::span<iovec> left = std::span(pieces).subspan(first.empty() ? 1 : 0);
    const Moved moved = tls_ != nullptr ? tls_->Write(left) : Send(descriptor_, left);
    if (moved.kind == Moved::Kind::kBytes) {
      const size_t of_first = std::min(moved.size, first.size());
      first.remove_prefix(of_first);
      second.remove_prefix(moved.size - of_first);
    } else if (moved.kind == Moved::Kind::kLater) {
      const bool reads = tls_ != nullptr && tls_->write_wants_read();
      TRY(Wait(reads ? POLLIN : POLLOUT, patience));
    } else {
      return Broken();
    }
  }
  return {};
}

Result<size_t> ClientSocket::Read(std::span<char> to, const Patience& patience) {
  for (;;) {
    const Moved moved = tls_ != nullptr ? tls_->Read(to) : Receive(descriptor_, to);
    switch (moved.kind) {
      case Moved::Kind::kBytes: return moved.size;
      case Moved::Kind::kEnded: return 0;
      case Moved::Kind::kBroken: return Broken();
      case Moved::Kind::kLater: break;
    }
    const bool writes = tls_ != nullptr && tls_->read_wants_write();
    TRY(Wait(writes ? POLLOUT : POLLIN, patience));
  }
}

std::unexpected<Error> ClientSocket::Broken() const {
  const std::string why =
      tls_ != nullptr && !tls_->error().empty() ? tls_->error() : ErrnoText(errno);
  return Fail(ErrorCode::kUnavailable, "the connection broke: " + why);
}

bool ClientSocket::IsQuiet() {
  char byte = 0;
  // With TLS there may be bytes that are nobody's: tickets for the next session.
  if (tls_ != nullptr) return tls_->Read({&byte, 1}).kind == Moved::Kind::kLater;
  const ssize_t got = ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace vitrine::net::internal
