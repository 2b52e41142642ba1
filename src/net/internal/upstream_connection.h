// UpstreamConnection: one connection to an upstream, from the look-up of its name to the last byte.
//
//   kResolving -> kConnecting (each address in turn) -> kHandshaking -> kOpen -> kClosed
//
// Owner: a relay while it is used, the pool while it is idle; it tells whichever it is.
// Threads: its loop's. What Open starts is reported later, never before Open returned.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "net/http_relay.h"
#include "net/internal/loop.h"
#include "net/internal/poller.h"
#include "net/internal/resolver.h"
#include "net/internal/tls.h"

namespace vitrine::net::internal {

class UpstreamConnection;

/// Who is told what happens on a connection.
class UpstreamOwner {
 public:
  virtual void OnUpstreamOpen() = 0;
  /// Bytes or the end came (`readable`), or there is room again for what Write left over.
  virtual void OnUpstreamReady(UpstreamConnection& connection, bool readable, bool writable) = 0;
  /// It did not open.
  virtual void OnUpstreamFailed(RelayEndReason reason, const std::string& detail) = 0;
  /// The stream that waited for a connection over HTTP/2 gets none: the server speaks HTTP/1.1. The
  /// connection that found out is given to one of those that waited, and null to the others.
  virtual void OnUpstreamUnshared(std::shared_ptr<UpstreamConnection>) {}

 protected:
  ~UpstreamOwner() = default;
};

class UpstreamConnection final : public std::enable_shared_from_this<UpstreamConnection>,
                                 private Watched {
 public:
  /// What the connection is made for: TLS offers it, a plain one begins with it.
  enum class Speaks : uint8_t { kHttp1, kHttp2 };
  /// `key` is the pool's name for the endpoint.
  UpstreamConnection(Loop& loop, std::shared_ptr<const UpstreamEndpoint> endpoint, std::string key,
                     Speaks speaks = Speaks::kHttp1);
  ~UpstreamConnection() = default;

  void SetOwner(UpstreamOwner* owner) { owner_ = owner; }
  void Open(const AddressCheck& check, const RelayTimeouts& timeouts);
  /// Looks at the deadlines of opening.
  void Tick(int64_t now_ms);
  void Close();

  Moved Read(std::span<char> to);
  Moved Write(std::span<iovec> pieces);
  /// Which of both the owner wants to hear of.
  void Want(bool readable, bool writable);
  /// Ends our side; the peer's may go on.
  void EndSending();

  /// True when the peer said nothing and did not close since the last answer. For a kept one: its
  /// event may wait behind the one that wants to use it.
  bool IsSilent();
  /// Whether the poller is about to tell of it.
  bool is_ready() const { return watch_ && loop_.poller().IsReady(*watch_); }

  bool is_open() const { return state_ == State::kOpen; }
  bool is_tls() const { return tls_ != nullptr; }
  /// Of an open one: the server takes HTTP/2, which was offered.
  bool speaks_http2() const { return speaks_ == Speaks::kHttp2 && (!tls_ || tls_->chose_http2()); }
  /// Bytes came that nobody read yet, and that no event will tell of.
  bool has_buffered() const { return tls_ && tls_->has_buffered(); }
  bool was_kept() const { return was_kept_; }
  const std::string& key() const { return key_; }
  /// Where it is connected to; nothing for a Unix socket.
  const std::optional<IpAddress>& address() const { return address_; }

  int64_t idle_since_ms = 0;            ///< The pool's.
  std::shared_ptr<const char> counted;  ///< The pool's: held while the connection lasts.
  void MarkKept() { was_kept_ = true; }

 private:
  enum class State : uint8_t { kNew, kResolving, kConnecting, kHandshaking, kOpen, kClosed };

  void OnReady(uint32_t events) override;
  void OnFound(const Resolver::Found& found);
  void OpenUnix();
  void TryNextAddress(std::string last_error);
  bool Connect(const sockaddr* address, socklen_t size, std::string& error);
  void OnConnected();
  void ContinueHandshake();
  void OnOpen();
  void Fail(RelayEndReason reason, const std::string& detail);
  void FailLater(RelayEndReason reason, std::string detail);

  Loop& loop_;
  const std::shared_ptr<const UpstreamEndpoint> endpoint_;
  const std::string key_;
  const Speaks speaks_;
  UpstreamOwner* owner_ = nullptr;
  State state_ = State::kNew;
  AddressCheck check_;
  int64_t tls_timeout_ms_ = 0;
  int64_t deadline_ms_ = 0;
  int64_t attempt_deadline_ms_ = 0;
  std::vector<IpAddress> addresses_;
  size_t next_address_ = 0;
  std::optional<IpAddress> address_;
  std::optional<Watch> watch_;
  std::unique_ptr<TlsStream> tls_;
  bool was_kept_ = false;
};

}  // namespace vitrine::net::internal
