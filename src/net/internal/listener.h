// Listener sockets: TCP and Unix, bound and accepting.
// Owner: ListeningSocket closes its descriptor, and removes the Unix socket file it made.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "net/http_server.h"
#include "net/internal/loop.h"

namespace vitrine::net::internal {

class ListeningSocket {
 public:
  /// Errors: kInvalidInput (address, path), kConflict (in use), kIo.
  static Result<ListeningSocket> Open(const HttpListener& listener);
  ListeningSocket(ListeningSocket&& other) noexcept;
  ListeningSocket& operator=(ListeningSocket&&) = delete;
  ~ListeningSocket();

  struct Accepted {
    int socket = -1;
    Origin origin;
  };
  /// One waiting connection; kUnavailable when there is none, kLimitExceeded when the process is
  /// out of descriptors or memory, kIo when the listener is broken.
  Result<Accepted> Accept();

  int descriptor() const { return descriptor_; }
  uint16_t port() const { return port_; }

 private:
  ListeningSocket() = default;
  Result<void> OpenTcp(const HttpListener& listener);
  Result<void> OpenUnix(const HttpListener& listener);

  std::string name_;
  int descriptor_ = -1;
  uint16_t port_ = 0;
  std::string unix_path_;
};

}  // namespace vitrine::net::internal
