// Reads and writes of non-blocking sockets, with their outcomes told apart.
// Threads: free functions. Owner: the caller owns the descriptor.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstddef>
#include <span>

namespace vitrine::net::internal {

/// What a read or write moved, or why it moved nothing.
struct Moved {
  enum class Kind : unsigned char {
    kBytes,   ///< `size` bytes, at least one.
    kLater,   ///< Nothing now; the poller says when.
    kEnded,   ///< Reading: the peer ended its side in order.
    kBroken,  ///< The connection is no more.
  };
  Kind kind = Kind::kLater;
  size_t size = 0;
};

inline Moved MovedByErrno() {
  const bool later = errno == EAGAIN || errno == EWOULDBLOCK;
  return {later ? Moved::Kind::kLater : Moved::Kind::kBroken, 0};
}

inline Moved Receive(int socket, std::span<char> to) {
  for (;;) {
    const ssize_t got = ::recv(socket, to.data(), to.size(), MSG_DONTWAIT);
    if (got > 0) return {Moved::Kind::kBytes, static_cast<size_t>(got)};
    if (got == 0) return {Moved::Kind::kEnded, 0};
    if (errno != EINTR) return MovedByErrno();
  }
}

inline Moved Send(int socket, std::span<iovec> pieces) {
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  for (;;) {
    const ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return {Moved::Kind::kBytes, static_cast<size_t>(sent)};
    if (errno != EINTR) return MovedByErrno();
  }
}

}  // namespace vitrine::net::internal
