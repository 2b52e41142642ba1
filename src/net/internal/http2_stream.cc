#include "net/internal/http2_stream.h"

#include <utility>

#include "net/internal/http2_session.h"

namespace vitrine::net::internal {

Http2Stream::Http2Stream(std::shared_ptr<Http2Session> session, bool was_kept)
    : session_(std::move(session)), was_kept_(was_kept) {}

bool Http2Stream::is_open() const { return session_->is_open() || is_closed_; }

void Http2Stream::Tick(int64_t now_ms) { session_->TickOpening(now_ms); }

Moved Http2Stream::Read(std::span<char> to) {
  if (answer_.has_bytes()) {
    const size_t size = answer_.Read(to);
    if (!is_closed_) session_->Consume(*this, answer_.body_read());
    return {Moved::Kind::kBytes, size};
  }
  if (answer_.has_ended()) return {Moved::Kind::kEnded, 0};
  return {is_closed_ ? Moved::Kind::kBroken : Moved::Kind::kLater, 0};
}

Moved Http2Stream::Write(std::span<const iovec> pieces) {
  if (is_closed_) return {Moved::Kind::kBroken, 0};
  request_->Read(pieces);
  if (id_ < 0) {
    id_ = session_->Submit(*this);
    if (id_ < 0) {
      session_->Refuse(*this);
      return {Moved::Kind::kBroken, 0};
    }
  } else {
    session_->Resume(*this);
  }
  session_->Flush();
  // The last byte is written when the socket has it, so that its moment is told right.
  const size_t taken = request_->Taken(session_->has_unsent() ? 1 : 0);
  write_waits_ = taken == 0;
  return {taken == 0 ? Moved::Kind::kLater : Moved::Kind::kBytes, taken};
}

void Http2Stream::Want(bool readable, bool writable) {
  if (!is_open()) return;
  const bool reads_again = !std::exchange(wants_read_, readable) && readable;
  const bool writes_again = !std::exchange(wants_write_, writable) && writable;
  // A socket's events come as long as they are true; ours are told once.
  const bool has_news = answer_.has_bytes() || answer_.has_ended() || is_closed_;
  if ((reads_again && has_news) || (writes_again && !write_waits_)) session_->TellSoon(*this);
}

void Http2Stream::Leave(bool finished) {
  owner_ = nullptr;
  answer_.Drop();
  if (is_closed_) return;
  if (id_ < 0) {
    session_->Forget(*this);
  } else if (finished && request_->is_out()) {
    left_ms_ = SteadyMs();  // Its END_STREAM is on the way.
  } else {
    was_cancelled_ = true;
    session_->Cancel(*this);
  }
}

void Http2Stream::OnClosed(uint32_t error_code) {
  is_closed_ = true;
  was_refused_ = !head_sent_ || error_code == NGHTTP2_REFUSED_STREAM ||
                 error_code == NGHTTP2_HTTP_1_1_REQUIRED;
  if (answer_.has_ended()) return;
  const std::string name = nghttp2_http2_strerror(error_code);
  if (error_code == NGHTTP2_PROTOCOL_ERROR && !was_reset_ && !was_cancelled_) {
    fault_ = {RelayEndReason::kResponseMalformed, "its answer is not well-formed HTTP/2"};
  } else {
    fault_.detail = "the upstream ended the stream: " + name;
  }
}

void Http2Stream::OnLost(const std::string& detail) {
  is_closed_ = true;
  was_refused_ = !head_sent_;
  fault_.detail = detail;
}

void Http2Stream::Tell(bool has_room) {
  if (owner_ == nullptr) return;
  const bool has_news = answer_.has_bytes() || answer_.has_ended() || is_closed_;
  const bool readable = wants_read_ && has_news;
  const bool writable = wants_write_ && (has_room || !write_waits_);
  if (writable) wants_write_ = false;  // It says so again where it does not write all.
  if (readable || writable) owner_->OnUpstreamReady(session_->connection(), readable, writable);
}

}  // namespace vitrine::net::internal
