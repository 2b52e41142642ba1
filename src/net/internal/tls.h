// TLS to upstreams with OpenSSL 3: verification always on, SNI, ALPN, sessions reused.
// TlsContext: what connections share. TlsStream: TLS over one non-blocking socket.
// Owner: a TlsStream borrows its context and the socket. Threads: TlsContext any; TlsStream one.
// Source: RFC 5246, RFC 8446, RFC 6125 (names), RFC 7301 (ALPN).
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>

#include "base/result.h"
#include "net/internal/socket_io.h"

namespace vitrine::net::internal {

struct FreeSsl {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};

class TlsContext {
 public:
  /// Errors: kInvalidInput (extra_ca_file), kInternal.
  static Result<std::unique_ptr<TlsContext>> Create(const std::string& extra_ca_file);

  SSL_CTX* get() const { return context_.get(); }
  /// The session to resume with `peer`, taken: TLS 1.3 asks for one use each.
  std::unique_ptr<SSL_SESSION, FreeSsl> TakeSession(const std::string& peer);
  void KeepSession(const std::string& peer, SSL_SESSION* session);

 private:
  TlsContext() = default;
  std::unique_ptr<SSL_CTX, FreeSsl> context_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::unique_ptr<SSL_SESSION, FreeSsl>> sessions_;
};

class TlsStream {
 public:
  /// Begins a handshake with `name` (a host name or an address literal) over `socket`.
  /// With `offers_http2` the server may choose it; otherwise HTTP/1.1 is all that is offered.
  TlsStream(TlsContext& context, int socket, const std::string& name, uint16_t port,
            bool offers_http2 = false);
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  /// Goes on with the handshake: kBytes when it is complete, kBroken when it failed (see error()).
  Moved Handshake();
  /// As Receive. A peer that closes without saying so is kBroken: someone may have cut the answer.
  Moved Read(std::span<char> to);
  /// As Send; the pieces go out in as few records as possible.
  Moved Write(std::span<iovec> pieces);
  /// Says that nothing more will be sent.
  void EndSending();

  /// What the last step of the handshake waits for: writing, else reading.
  bool handshake_wants_write() const { return handshake_wants_write_; }
  /// The last Read waits until the socket takes bytes (an answer to the peer's new keys).
  bool read_wants_write() const { return read_wants_write_; }
  /// The last Write waits until the socket has bytes.
  bool write_wants_read() const { return write_wants_read_; }
  /// Bytes were read from the socket and not by the caller: no event will come for them.
  bool has_buffered() const { return SSL_has_pending(ssl_.get()) != 0; }
  /// What went wrong, for people.
  const std::string& error() const { return error_; }
  /// After the handshake.
  bool chose_http2() const;
  bool was_resumed() const { return SSL_session_reused(ssl_.get()) == 1; }

 private:
  friend class TlsContext;
  /// The outcome of a call that moved nothing; `wants_other_way` is set when it waits for the other
  /// direction of the socket (`other_way`).
  Moved Judge(int rc, int other_way, bool& wants_other_way);

  TlsContext& context_;
  const int socket_;
  const std::string peer_;  ///< Key of its sessions.
  std::unique_ptr<SSL, FreeSsl> ssl_;
  std::string record_;  ///< Pieces put together, until OpenSSL took them.
  bool handshake_wants_write_ = false;
  bool read_wants_write_ = false;
  bool write_wants_read_ = false;
  bool broken_ = false;
  std::string error_;

  friend struct TlsBio;
};

}  // namespace vitrine::net::internal
