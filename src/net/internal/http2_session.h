// Http2Session: one HTTP/2 connection to an upstream and the streams on it. nghttp2 does framing,
// header compression and flow control; this moves its bytes and tells the streams.
//
//   opening (its streams wait) -> open -> draining (takes no more streams) -> over
//
// A connection whose upstream chooses HTTP/1.1 is handed to the first stream's relay, and the
// others make connections of their own.
//
// Flow control: the connection's window never stalls anything, for bytes count as consumed when
// they come; a stream's bytes count when its relay reads them, so that a client that is slow stops
// its own stream and no other. Owner: the pool, and its streams while they last. Threads: the
// loop's. Source: RFC 9113; nghttp2's manual.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "net/internal/byte_queue.h"
#include "net/internal/http2_stream.h"
#include "net/internal/loop.h"
#include "net/internal/upstream_connection.h"

namespace vitrine::net::internal {

class Http2Pool;

struct FreeHttp2 {
  void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
};

class Http2Session final : public std::enable_shared_from_this<Http2Session>,
                           private UpstreamOwner {
 public:
  /// `streams_max`: how many the server takes at once, as far as that is known before it says so.
  Http2Session(Loop& loop, Http2Pool& pool, std::shared_ptr<UpstreamConnection> connection,
               size_t streams_max);

  void Open(const RelayTimeouts& timeouts);
  bool is_open() const { return state_ == State::kOpen; }
  bool is_over() const { return state_ == State::kOver; }
  /// One more stream may begin.
  bool HasRoom() const;
  /// Reads what came since: for one without streams, whose events may wait behind the caller's.
  void LookForNews();
  std::shared_ptr<Http2Stream> Attach();
  /// Looks at the time: opening, pings, idleness, streams that were left.
  void Tick(int64_t now_ms);
  /// Takes no more streams, and ends with the last one.
  void Drain();

  // For its streams.
  /// Looks at the deadlines of opening; it tells all that wait where one has passed.
  void TickOpening(int64_t now_ms);
  // None of these calls an owner.
  int32_t Submit(Http2Stream& stream);
  void Resume(const Http2Stream& stream);
  void Consume(const Http2Stream& stream, size_t size);
  void Cancel(const Http2Stream& stream);
  void Forget(const Http2Stream& stream);
  /// The connection takes no such stream; it is told so.
  void Refuse(Http2Stream& stream);
  void TellSoon(Http2Stream& stream);
  /// Sends what waits, as far as the socket takes it.
  void Flush();
  bool has_unsent() const { return !out_.empty(); }
  UpstreamConnection& connection() { return *connection_; }

 private:
  enum class State : uint8_t { kOpening, kOpen, kOver };
  friend struct Http2Callbacks;

  void OnUpstreamOpen() override;
  void OnUpstreamReady(UpstreamConnection& connection, bool readable, bool writable) override;
  void OnUpstreamFailed(RelayEndReason reason, const std::string& detail) override;

  void BeginHttp2();
  void HandOver();
  void ReadInput(std::span<char> buffer);
  void EndTurn();
  void TellTouched();
  void TellWriters();
  void Touch(Http2Stream& stream);
  void TurnSoon();
  void OnSettings();
  void PassOverBeyond();
  void OnStreamClosed(Http2Stream& stream, uint32_t error_code);
  void Lose(const std::string& detail);
  void LoseSoon(std::string detail);

  Loop& loop_;
  Http2Pool& pool_;
  const std::shared_ptr<UpstreamConnection> connection_;
  State state_ = State::kOpening;
  size_t streams_max_;
  bool is_draining_ = false;
  bool is_losing_ = false;  ///< Its end is posted.
  std::unique_ptr<nghttp2_session, FreeHttp2> http2_;
  std::vector<std::shared_ptr<Http2Stream>> streams_;  ///< All that are not closed on the wire.
  std::vector<std::shared_ptr<Http2Stream>> touched_;  ///< Those that have news.
  ByteQueue out_;
  bool in_turn_ = false;
  bool turn_posted_ = false;
  bool writers_may_go_ = false;  ///< A window grew, or the socket took what waited.
  bool reads_on_ = false;        ///< Reading stopped before there was no more.
  int64_t heard_ns_ = 0;         ///< When the last read returned.
  int64_t heard_ms_ = 0;
  int64_t idle_since_ms_ = 0;
  int64_t pinged_ms_ = 0;  ///< When a ping went out that nothing was heard since; 0 is none.
};

}  // namespace vitrine::net::internal
