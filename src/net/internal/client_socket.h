// ClientSocket: a connected socket with deadlines, with TLS where the endpoint has it. Nothing
// above it touches the descriptor. Owner: closes its descriptor. Threads: one at a time; the stop
// descriptor may be signalled by another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string_view>

#include "base/result.h"
#include "net/http_client.h"

namespace vitrine::net::internal {

class TlsStream;

/// How long a call may take and what ends it early.
struct Patience {
  int64_t io_timeout_ms = kClientIoTimeoutMs;
  int64_t deadline_ms = 0;   ///< On the steady clock; 0 is none.
  int stop_descriptor = -1;  ///< Readable when the caller wants out; -1 is none.
};

/// Makes a std::stop_token visible to poll().
class StopSignal {
 public:
  explicit StopSignal(std::stop_token token);
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;
  int descriptor() const { return descriptor_; }

 private:
  struct Wake {
    int descriptor;
    void operator()() const;
  };
  int descriptor_ = -1;
  std::optional<std::stop_callback<Wake>> callback_;
};

class ClientSocket {
 public:
  /// Errors: kUnavailable (refused, unreachable, no valid certificate), kCancelled (timeout, stop),
  ///         kInvalidInput (name).
  static Result<ClientSocket> Connect(const HttpEndpoint& endpoint, int64_t connect_timeout_ms,
                                      const Patience& patience);
  ClientSocket(ClientSocket&& other) noexcept;
  ClientSocket& operator=(ClientSocket&& other) noexcept;
  ~ClientSocket();

  /// Writes the bytes of both, one after the other. Errors: kUnavailable (the peer closed),
  /// kCancelled.
  Result<void> WriteAll(std::string_view first, std::string_view second, const Patience& patience);
  /// Reads at least one byte; 0 is the end. Errors: as WriteAll.
  Result<size_t> Read(std::span<char> to, const Patience& patience);
  /// True when nothing came and nothing closed since the last response: fit for another request.
  bool IsQuiet();

 private:
  explicit ClientSocket(int descriptor);
  Result<void> Wait(short events, const Patience& patience) const;
  std::unexpected<Error> Broken() const;
  Result<void> BeginTls(const HttpEndpoint& endpoint, const Patience& patience);

  int descriptor_ = -1;
  std::unique_ptr<TlsStream> tls_;  ///< Null: plain.
};

}  // namespace vitrine::net::internal
