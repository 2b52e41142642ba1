// Http2Stream: one exchange on an HTTP/2 connection, with the face of a connection of its own: it
// takes the bytes of an HTTP/1.1 request and gives those of the answer, so that a relay does not
// care what is spoken on the wire. A body without an end of its own ends like one until close.
//
//   waiting (the connection opens) -> open -> begun (the head went out) -> ended, reset or lost
//
// Owner: a relay, and its session until the stream is closed on the wire; it tells the relay, but
// never from within a call of the relay's own.
// Threads: the loop's. Source: RFC 9113 sections 5 and 8.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "net/http_relay.h"
#include "net/internal/http2_answer.h"
#include "net/internal/http2_request.h"
#include "net/internal/socket_io.h"
#include "net/internal/upstream_connection.h"

namespace vitrine::net::internal {

class Http2Session;

class Http2Stream final : public std::enable_shared_from_this<Http2Stream> {
 public:
  Http2Stream(std::shared_ptr<Http2Session> session, bool was_kept);

  void SetOwner(UpstreamOwner* owner) { owner_ = owner; }
  UpstreamOwner* owner() const { return owner_; }
  /// What is going to be written. Before the first Write.
  void SetRequest(Http2Request request) { request_.emplace(std::move(request)); }
  /// Looks at the deadlines of opening.
  void Tick(int64_t now_ms);

  /// As UpstreamConnection::Read. kEnded: the answer is whole. kBroken: fault() says more.
  Moved Read(std::span<char> to);
  /// As UpstreamConnection::Write. Bytes count as written when the socket has the last of them.
  Moved Write(std::span<const iovec> pieces);
  void Want(bool readable, bool writable);
  /// Ends the use of it; it tells nobody any more. An exchange that is not `finished` is cancelled.
  void Leave(bool finished);

  bool is_open() const;
  bool was_kept() const { return was_kept_; }
  /// The upstream did not act on the request and never will: it may be sent again, whatever it is.
  bool was_refused() const { return is_closed_ && was_refused_; }
  /// The same, because its connection ended: another one may take it, however often that happens.
  bool was_passed_over() const { return was_refused() && !was_reset_; }
  int64_t arrived_ns() const { return answer_.arrived_ns; }
  const std::string& trailers() const { return answer_.trailers(); }

  struct Fault {
    RelayEndReason reason = RelayEndReason::kUpstreamCut;
    std::string detail = {};
  };
  const Fault& fault() const { return fault_; }

  // For the session.
  int32_t id() const { return id_; }
  Http2Answer& answer() { return answer_; }
  Http2Request& request() { return *request_; }
  void MarkHeadSent() { head_sent_ = true; }
  bool is_head_sent() const { return head_sent_; }
  void MarkReset() { was_reset_ = true; }
  /// nghttp2 closed the stream.
  void OnClosed(uint32_t error_code);
  /// The connection is no more.
  void OnLost(const std::string& detail);
  /// Tells the owner what it wants to hear and is true.
  void Tell(bool has_room);
  bool wants_write() const { return owner_ != nullptr && wants_write_; }
  /// When it was left with its end still to come; 0 is never.
  int64_t left_ms() const { return left_ms_; }
  bool is_touched = false;  ///< The session's: it is in the list of those that have news.

 private:
  const std::shared_ptr<Http2Session> session_;
  const bool was_kept_;
  UpstreamOwner* owner_ = nullptr;
  std::optional<Http2Request> request_;
  Http2Answer answer_;
  int32_t id_ = -1;
  bool head_sent_ = false;
  bool wants_read_ = true;
  bool wants_write_ = false;
  bool write_waits_ = false;  ///< The last Write left something over.
  bool was_cancelled_ = false;
  bool was_reset_ = false;  ///< By the peer.
  bool is_closed_ = false;
  bool was_refused_ = false;
  int64_t left_ms_ = 0;
  Fault fault_;
};

}  // namespace vitrine::net::internal
