// Reads and writes of non-blocking sockets, with their outcomes told apart.
// Threads: free functions. Owner: the caller owns the descriptor.
#pragma once

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

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

// The calls of every piece that is relayed go by number: in a program with threads, glibc's
// functions are points of cancellation, and two exchanges with memory for each of them were a
// fourteenth of what the relay's thread does beside the kernel. Nobody cancels threads here.

inline ssize_t RecvNow(int socket, std::span<char> to, int flags) {
  return ::syscall(SYS_recvfrom, socket, to.data(), to.size(), flags | MSG_DONTWAIT, nullptr,
                   nullptr);
}

inline Moved MovedByErrno() {
  const bool later = errno == EAGAIN || errno == EWOULDBLOCK;
  return {later ? Moved::Kind::kLater : Moved::Kind::kBroken, 0};
}

inline Moved Receive(int socket, std::span<char> to) {
  for (;;) {
    const ssize_t got = RecvNow(socket, to, 0);
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
    const ssize_t sent = ::syscall(SYS_sendmsg, socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return {Moved::Kind::kBytes, static_cast<size_t>(sent)};
    if (errno != EINTR) return MovedByErrno();
  }
}

}  // namespace vitrine::net::internal
