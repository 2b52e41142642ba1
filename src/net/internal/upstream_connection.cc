#include "net/internal/upstream_connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <system_error>
#include <utility>

namespace vitrine::net::internal {

UpstreamConnection::UpstreamConnection(Loop& loop, std::shared_ptr<const UpstreamEndpoint> endpoint,
                                       std::string key, Speaks speaks)
    : loop_(loop), endpoint_(std::move(endpoint)), key_(std::move(key)), speaks_(speaks) {}

void UpstreamConnection::Open(const AddressCheck& check, const RelayTimeouts& timeouts) {
  check_ = check;
  tls_timeout_ms_ = timeouts.tls_ms;
  deadline_ms_ = SteadyMs() + timeouts.connect_ms;
  attempt_deadline_ms_ = deadline_ms_;
  loop_.state().upstream_connects.fetch_add(1, std::memory_order_relaxed);
  if (!endpoint_->unix_path.empty()) {
    OpenUnix();
  } else if (const auto literal = IpAddress::Parse(endpoint_->host, endpoint_->port)) {
    addresses_ = {*literal};
    TryNextAddress("");
  } else {
    state_ = State::kResolving;
    loop_.state().resolver().Find(endpoint_->host, endpoint_->port,
                                  [weak_loop = loop_.weak_from_this(),
                                   weak = weak_from_this()](const Resolver::Found& found) {
                                    const auto loop = weak_loop.lock();
                                    if (!loop) return;
                                    // Locked on the loop's thread only, so that a connection always
                                    // dies there.
                                    loop->Post([weak, found] {
                                      if (const auto self = weak.lock()) self->OnFound(found);
                                    });
                                  });
  }
}

void UpstreamConnection::OnFound(const Resolver::Found& found) {
  if (state_ != State::kResolving) return;
  if (!found) {
    Fail(RelayEndReason::kUpstreamUnreachable,
         "no address for " + endpoint_->host + ": " + found.error().message);
    return;
  }
  addresses_ = *found;
  for (IpAddress& address : addresses_) address = address.Unmapped();
  TryNextAddress("the name has no address");
}

void UpstreamConnection::OpenUnix() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& path = endpoint_->unix_path;
  std::string error = "the socket path is too long";
  bool begun = false;
  if (path.size() < sizeof(address.sun_path)) {
    std::memcpy(address.sun_path, path.data(), path.size());
    begun = Connect(reinterpret_cast<const sockaddr*>(&address), sizeof(address), error);
  }
  if (!begun) FailLater(RelayEndReason::kUpstreamUnreachable, path + ": " + error);
}

void UpstreamConnection::TryNextAddress(std::string last_error) {
  bool any_allowed = address_.has_value();
  while (next_address_ < addresses_.size()) {
    const size_t left = addresses_.size() - next_address_;
    const IpAddress& address = addresses_[next_address_++];
    if (check_ && !check_(address)) continue;
    any_allowed = true;
    address_ = address;
    const int64_t now_ms = SteadyMs();
    attempt_deadline_ms_ = now_ms + (deadline_ms_ - now_ms) / static_cast<int64_t>(left);
    if (Connect(reinterpret_cast<const sockaddr*>(&address.storage), address.size, last_error)) {
      return;
    }
    last_error = address.ToText() + ": " + last_error;
  }
  state_ = State::kResolving;
  if (!any_allowed && !addresses_.empty()) {
    FailLater(RelayEndReason::kUpstreamForbidden,
              "no address of " + endpoint_->host + " may be connected to");
  } else {
    FailLater(RelayEndReason::kUpstreamUnreachable, std::move(last_error));
  }
}

bool UpstreamConnection::Connect(const sockaddr* address, socklen_t size, std::string& error) {
  const int socket = ::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) {
    error = std::generic_category().message(errno);
    return false;
  }
  if (address->sa_family != AF_UNIX) {
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  if (::connect(socket, address, size) != 0 && errno != EINPROGRESS) {
    error = std::generic_category().message(errno);
    ::close(socket);
    return false;
  }
  state_ = State::kConnecting;
  watch_.emplace(loop_.poller(), socket, static_cast<Watched&>(*this));
  watch_->Want(EPOLLOUT);
  return true;
}

void UpstreamConnection::OnReady(uint32_t events) {
  const auto self = shared_from_this();
  switch (state_) {
    case State::kConnecting: OnConnected(); return;
    case State::kHandshaking: ContinueHandshake(); return;
    case State::kOpen:
      if (owner_ != nullptr) {
        const bool is_out = (events & EPOLLOUT) != 0;
        const bool is_in = (events & ~static_cast<uint32_t>(EPOLLOUT)) != 0;
        const bool readable = is_in || (tls_ && tls_->read_wants_write());
        const bool writable = is_out || (tls_ && tls_->write_wants_read());
        owner_->OnUpstreamReady(*this, readable, writable);
      }
      return;
    default: return;
  }
}

void UpstreamConnection::OnConnected() {
  int failure = 0;
  socklen_t size = sizeof(failure);
  ::getsockopt(watch_->descriptor(), SOL_SOCKET, SO_ERROR, &failure, &size);
  if (failure != 0) {
    const std::string where = address_ ? address_->ToText() : endpoint_->unix_path;
    TryNextAddress(where + ": " + std::generic_category().message(failure));
    return;
  }
  if (!endpoint_->tls) {
    OnOpen();
    return;
  }
  const std::string& name = endpoint_->tls_name.empty() ? endpoint_->host : endpoint_->tls_name;
  tls_ = std::make_unique<TlsStream>(endpoint_->tls->context(), watch_->descriptor(), name,
                                     endpoint_->port, speaks_ == Speaks::kHttp2);
  state_ = State::kHandshaking;
  deadline_ms_ = SteadyMs() + tls_timeout_ms_;
  ContinueHandshake();
}

void UpstreamConnection::ContinueHandshake() {
  switch (tls_->Handshake().kind) {
    case Moved::Kind::kBytes: OnOpen(); return;
    case Moved::Kind::kLater:
      watch_->Want(tls_->handshake_wants_write() ? EPOLLOUT : EPOLLIN);
      return;
    default:
      Fail(RelayEndReason::kUpstreamUnreachable,
           "TLS with " + endpoint_->host + ": " +
               (tls_->error().empty() ? "the upstream closed" : tls_->error()));
  }
}

void UpstreamConnection::OnOpen() {
  state_ = State::kOpen;
  deadline_ms_ = 0;
  check_ = nullptr;  // What it holds is its plan's, and this connection may serve others.
  watch_->Want(EPOLLIN);
  if (owner_ != nullptr) owner_->OnUpstreamOpen();
}

void UpstreamConnection::Tick(int64_t now_ms) {
  if (state_ == State::kHandshaking) {
    if (now_ms >= deadline_ms_)
      Fail(RelayEndReason::kTimeoutTls, "the TLS handshake took too long");
  } else if (state_ == State::kResolving || state_ == State::kConnecting) {
    if (now_ms >= deadline_ms_) {
      Fail(RelayEndReason::kTimeoutConnect, "connecting took too long");
    } else if (state_ == State::kConnecting && now_ms >= attempt_deadline_ms_) {
      TryNextAddress(address_ ? address_->ToText() + ": no answer" : "no answer");
    }
  }
}

Moved UpstreamConnection::Read(std::span<char> to) {
  return tls_ ? tls_->Read(to) : Receive(watch_->descriptor(), to);
}

Moved UpstreamConnection::Write(std::span<iovec> pieces) {
  return tls_ ? tls_->Write(pieces) : Send(watch_->descriptor(), pieces);
}

void UpstreamConnection::Want(bool readable, bool writable) {
  if (state_ != State::kOpen) return;
  // A direction of TLS that waits for the other one of the socket would be told of its own in vain.
  const uint32_t reading = tls_ && tls_->read_wants_write() ? EPOLLOUT : EPOLLIN;
  const uint32_t writing = tls_ && tls_->write_wants_read() ? EPOLLIN : EPOLLOUT;
  watch_->Want((readable ? reading : 0u) | (writable ? writing : 0u));
}

bool UpstreamConnection::IsSilent() {
  if (state_ != State::kOpen) return false;
  std::array<char, 1> byte{};
  if (tls_) return tls_->Read(byte).kind == Moved::Kind::kLater && !tls_->has_buffered();
  return RecvNow(watch_->descriptor(), byte, MSG_PEEK) < 0 &&
         MovedByErrno().kind == Moved::Kind::kLater;
}

void UpstreamConnection::EndSending() {
  if (state_ != State::kOpen) return;
  if (tls_) tls_->EndSending();
  ::shutdown(watch_->descriptor(), SHUT_WR);
}

void UpstreamConnection::Close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  owner_ = nullptr;
  check_ = nullptr;
  counted.reset();
  if (watch_) watch_->Close();
}

void UpstreamConnection::Fail(RelayEndReason reason, const std::string& detail) {
  UpstreamOwner* owner = owner_;
  Close();
  if (owner != nullptr) owner->OnUpstreamFailed(reason, detail);
}

void UpstreamConnection::FailLater(RelayEndReason reason, std::string detail) {
  loop_.Post([weak = weak_from_this(), reason, detail = std::move(detail)] {
    const auto self = weak.lock();
    if (self && self->state_ != State::kClosed) self->Fail(reason, detail);
  });
}

}  // namespace vitrine::net::internal
