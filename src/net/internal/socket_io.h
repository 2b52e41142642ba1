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
// Sanitizers see what glibc's functions read and write, and whom they let go on.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define VITRINE_SANITIZED
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define VITRINE_SANITIZED
#endif

inline ssize_t RecvNow(int socket, std::span<char> to, int flags) {
#ifdef VITRINE_SANITIZED
  return ::recv(socket, to.data(), to.size(), flags | MSG_DONTWAIT);
#else
  return ::syscall(SYS_recvfrom, socket, to.data(), to.size(), flags | MSG_DONTWAIT, nullptr,
                   nullptr);
#endif
}

inline ssize_t SendNow(int socket, const msghdr& message) {
  constexpr int kFlags = MSG_NOSIGNAL | MSG_DONTWAIT;
#ifdef VITRINE_SANITIZED
  return ::sendmsg(socket, &message, kFlags);
#else
  return ::syscall(SYS_sendmsg, socket, &message, kFlags);
#endif
}
#undef VITRINE_SANITIZED

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
    const ssize_t sent = SendNow(socket, message);
    if (sent >= 0) return {Moved::Kind::kBytes, static_cast<size_t>(sent)};
    if (errno != EINTR) return MovedByErrno();
  }
}

}  // namespace vitrine::net::internal
