// A raw client socket for tests: sends exactly the bytes it is given and sees exactly what comes.
// Owner: closes its descriptor. Not thread-safe.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace vitrine::net::internal {

class TestSocket {
 public:
  explicit TestSocket(uint16_t port) {
    descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ =
        ::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  explicit TestSocket(const std::string& unix_path) {
    descriptor_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, unix_path.data(), unix_path.size());
    connected_ =
        ::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  /// Takes over a connected descriptor.
  static TestSocket Adopt(int descriptor) {
    TestSocket socket;
    socket.descriptor_ = descriptor;
    socket.connected_ = true;
    return socket;
  }
  TestSocket(TestSocket&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)),
        connected_(other.connected_),
        left_over_(std::move(other.left_over_)) {}
  TestSocket& operator=(TestSocket&&) = delete;
  ~TestSocket() { Close(); }

  bool connected() const { return connected_; }
  int descriptor() const { return descriptor_; }
  void Close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }
  /// Closes so that the peer sees a reset.
  void Reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    Close();
  }
  void EndSending() const { ::shutdown(descriptor_, SHUT_WR); }

  /// Sends everything, or false when the peer closed.
  bool Send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  /// Some bytes; empty after `timeout_ms` or at the end (then ended() is true).
  std::string ReadSome(int timeout_ms = 5000) {
    if (!left_over_.empty()) return std::exchange(left_over_, {});
    pollfd poll{descriptor_, POLLIN, 0};
    if (::poll(&poll, 1, timeout_ms) <= 0) return {};
    std::string bytes(65536, '\0');
    const ssize_t got = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
    if (got <= 0) ended_ = true;
    bytes.resize(got > 0 ? static_cast<size_t>(got) : 0);
    return bytes;
  }
  bool ended() const { return ended_; }

  /// Everything until the peer closes, or until nothing comes for `timeout_ms`.
  std::string ReadAll(int timeout_ms = 5000) {
    std::string all;
    for (;;) {
      const std::string some = ReadSome(timeout_ms);
      if (some.empty()) return all;
      all += some;
    }
  }

  /// Reads until `mark` was seen; returns everything up to and with it, empty if it never came.
  std::string ReadUntil(std::string_view mark, int timeout_ms = 5000) {
    std::string all;
    for (;;) {
      const std::string some = ReadSome(timeout_ms);
      if (some.empty()) return {};
      all += some;
      // What was searched before need not be again, except where the mark may begin.
      const size_t old_size = all.size() - some.size();
      const size_t at = all.find(mark, old_size - std::min(old_size, mark.size()));
      if (at == std::string::npos) continue;
      left_over_ = all.substr(at + mark.size());
      all.resize(at + mark.size());
      return all;
    }
  }

  /// One response framed by Content-Length: head and body. Empty when none came.
  std::string ReadResponse(int timeout_ms = 5000) {
    std::string response = ReadUntil("\r\n\r\n", timeout_ms);
    const size_t at = response.find("content-length: ");
    if (at == std::string::npos) return response;
    const size_t size = response.size() + std::stoul(response.substr(at + 16));
    while (response.size() < size) {
      const std::string some = ReadSome(timeout_ms);
      if (some.empty()) return response;
      response += some;
    }
    left_over_ = response.substr(size) + left_over_;
    response.resize(size);
    return response;
  }

 private:
  TestSocket() = default;

  int descriptor_ = -1;
  bool connected_ = false;
  bool ended_ = false;
  std::string left_over_;
};

}  // namespace vitrine::net::internal
