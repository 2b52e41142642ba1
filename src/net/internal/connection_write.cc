// The answering half of a connection: responses to bytes, time-outs, the end.
#include <sys/socket.h>

#include <algorithm>
#include <charconv>

#include "net/http_error.h"
#include "net/internal/connection.h"
#include "net/internal/exchange.h"
#include "net/internal/http2_refusal.h"
#include "net/internal/response_head.h"
#include "net/internal/socket_io.h"

namespace vitrine::net::internal {
namespace {

/// RFC 9110 section 8.6: these never have a body.
bool StatusHasNoBody(int status) { return status == 204 || status == 304; }

std::optional<uint64_t> DeclaredLength(const HttpHeaders& headers) {
  const auto text = headers.First("content-length");
  if (!text) return std::nullopt;
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return value;
}

std::string ChunkSizeLine(size_t size) {
  std::array<char, 20> text;
  char* end = std::to_chars(text.data(), text.data() + text.size(), size, 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  return {text.data(), end};
}

}  // namespace

void Connection::OnAnswer(const std::shared_ptr<Exchange>& exchange) {
  if (exchange != exchange_ || state_ != State::kHandling) return;
  Exchange::Taken taken = exchange_->TakeAnswer();
  StartAnswer(std::move(taken.response), taken.streaming);
}

void Connection::OnStream(const std::shared_ptr<Exchange>& exchange) {
  if (exchange == exchange_ && state_ == State::kStreaming) PumpStream();
}

void Connection::WatchPeer(const std::shared_ptr<Exchange>& exchange) {
  if (exchange != exchange_ || is_reading()) return;
  if (peer_ended_) {
    exchange_->MarkDisconnected();
  } else if (input_.size() < kReadAheadBytesMax) {
    WatchReading(true);
  }
}

void Connection::Refuse(int status, std::string_view code, std::string_view message) {
  keep_alive_ = false;
  body_reader_.reset();
  body_.reset();
  request_ = HttpRequest();
  if (request_id_.empty()) loop_.state().NextRequestId(request_id_);
  StartAnswer(HttpErrorResponse(status, code, message, request_id_), false);
}

void Connection::RefuseHttp2() {
  keep_alive_ = false;
  body_style_ = BodyStyle::kWhole;
  output_[0] = Http2Refusal();
  stream_ended_ = true;
  state_ = State::kWriting;
  StartWriting();
}

void Connection::StartAnswer(HttpResponse response, bool streaming) {
  if (!IsSendable(response.status, response.headers)) {
    // Sent as it is, such a header would become another header, or another response.
    const Error error{ErrorCode::kInternal, "the response has an invalid status or header", {}};
    response = HttpErrorResponse(error, request_id_);
    if (streaming) {
      exchange_->MarkDisconnected();  // Whoever writes the stream is told to stop.
      streaming = false;
    }
  }
  if (loop_.stopping()) keep_alive_ = false;
  const bool has_no_body = StatusHasNoBody(response.status);
  const std::string_view whole = response.body.empty() ? response.static_body : response.body;
  ResponseHeadParts parts{.status = response.status,
                          .headers = &response.headers,
                          .request_id = request_id_,
                          .content_length = {}};
  if (!streaming) {
    body_style_ = BodyStyle::kWhole;
    if (!has_no_body) parts.content_length = whole.size();
  } else if (const auto declared = DeclaredLength(response.headers); declared && !has_no_body) {
    body_style_ = BodyStyle::kDeclared;
    declared_left_ = *declared;
    parts.content_length = declared;
  } else if (has_no_body) {
    body_style_ = BodyStyle::kNone;
  } else if (version_minor_ == 1) {
    body_style_ = BodyStyle::kChunked;
    parts.chunked = true;
  } else {
    body_style_ = BodyStyle::kUntilClose;
    keep_alive_ = false;
  }
  const bool drops_body = is_head_request_ || has_no_body;
  if (drops_body && streaming) body_style_ = BodyStyle::kNone;
  parts.close = !keep_alive_;
  parts.says_keep_alive = keep_alive_ && version_minor_ == 0;
  parts.is_stamped = loop_.state().options.stamps_answers;
  output_[0] = SerializeResponseHead(parts);
  if (!streaming && !drops_body) {
    output_static_ = response.body.empty() ? response.static_body : std::string_view();
    output_[1] = std::move(response.body);
  }
  stream_ended_ = !streaming;
  state_ = streaming ? State::kStreaming : State::kWriting;
  StartWriting();
}

void Connection::PumpStream() {
  if (writing_ || stream_ended_) return;
  Exchange::Pending pending = exchange_->TakePending();
  if (pending.aborted && pending.bytes.empty()) {
    Close();  // What was written before has gone out.
    return;
  }
  const bool overlong =
      body_style_ == BodyStyle::kDeclared && pending.bytes.size() > declared_left_;
  const bool too_short =
      body_style_ == BodyStyle::kDeclared && pending.ended && pending.bytes.size() < declared_left_;
  if (overlong || too_short) {  // The client must not take this body for a complete one.
    Close();
    return;
  }
  if (pending.bytes.empty() && !pending.ended) {
    deadline_ms_ = 0;  // The handler's turn.
    return;
  }
  stream_ended_ = pending.ended;
  FrameStreamBytes(std::move(pending.bytes), pending.ended, pending.trailer_lines);
  StartWriting();
}

void Connection::FrameStreamBytes(std::string bytes, bool ended, const std::string& trailer_lines) {
  switch (body_style_) {
    case BodyStyle::kChunked:
      if (!bytes.empty()) {
        output_[0] = ChunkSizeLine(bytes.size());
        output_[2] = "\r\n";
      }
      if (ended) output_[2] += "0\r\n" + trailer_lines + "\r\n";
      output_[1] = std::move(bytes);
      return;
    case BodyStyle::kDeclared: declared_left_ -= bytes.size(); [[fallthrough]];
    case BodyStyle::kUntilClose: output_[1] = std::move(bytes); return;
    case BodyStyle::kNone:
    case BodyStyle::kWhole: return;
  }
}

void Connection::StartWriting() {
  writing_ = true;
  output_written_ = 0;
  deadline_ms_ = SteadyMs() + loop_.state().options.write_timeout_ms;
  ContinueWriting();
}

void Connection::ContinueWriting() {
  for (;;) {
    const std::array<std::string_view, 3> parts = {
        output_[0], output_[1].empty() ? output_static_ : output_[1], output_[2]};
    std::array<iovec, 3> pieces;
    size_t count = 0;
    size_t skip = output_written_;
    for (const std::string_view part : parts) {
      const size_t skipped = std::min(skip, part.size());
      skip -= skipped;
      if (skipped == part.size()) continue;
      pieces[count++] = {const_cast<char*>(part.data()) + skipped, part.size() - skipped};
    }
    if (count == 0) break;
    const Moved sent = Send(watch_.descriptor(), std::span(pieces).first(count));
    if (sent.kind == Moved::Kind::kBroken) {
      Close();
      return;
    }
    if (sent.kind == Moved::Kind::kLater) {
      WatchWriting(true);
      return;
    }
    output_written_ += sent.size;
    deadline_ms_ = SteadyMs() + loop_.state().options.write_timeout_ms;
  }
  WatchWriting(false);
  OnWritten();
}

void Connection::WatchWriting(bool wanted) {
  const uint32_t reading = watch_.wanted() & (EPOLLIN | EPOLLRDHUP);
  watch_.Want(wanted ? reading | EPOLLOUT : reading);
}

void Connection::OnWritten() {
  writing_ = false;
  for (std::string& part : output_) part.clear();
  if (output_[1].capacity() > kReadBytes) std::string().swap(output_[1]);
  output_static_ = {};
  if (state_ == State::kStreaming) {
    exchange_->Delivered();
    if (!stream_ended_) {
      // Posted, not called: with a fast client and a fast writer this would recurse for ever.
      loop_.Post([self = shared_from_this()] {
        if (self->state_ == State::kStreaming) self->PumpStream();
      });
      return;
    }
  }
  FinishExchange();
}

void Connection::FinishExchange() {
  if (exchange_) exchange_->MarkDone();
  exchange_.reset();
  request_id_.clear();
  if (!keep_alive_ || loop_.stopping()) {
    StartLinger();
    return;
  }
  state_ = State::kIdle;
  is_head_request_ = false;
  version_minor_ = 1;
  deadline_ms_ = loop_.now_ms() + loop_.state().options.idle_timeout_ms;
  ProcessBuffered();
}

void Connection::StartLinger() {
  // Closing with unread input resets the connection, and the client may lose what it was sent.
  input_.clear();
  if (peer_ended_ || ::shutdown(watch_.descriptor(), SHUT_WR) != 0) {
    Close();
    return;
  }
  state_ = State::kLinger;
  linger_read_ = 0;
  deadline_ms_ = SteadyMs() + kLingerTimeoutMs;
  WatchReading(true);
}

void Connection::Tick(int64_t now_ms) {
  if (state_ == State::kRelaying) {
    const auto relay = relay_;
    relay->Tick(now_ms);
    return;
  }
  if ((state_ == State::kHandling || state_ == State::kStreaming) && exchange_) {
    WatchPeer(exchange_);
  }
  if (deadline_ms_ == 0 || now_ms < deadline_ms_) return;
  ServerState& server = loop_.state();
  if (is_reading() && state_ != State::kIdle) {
    server.timeouts.fetch_add(1, std::memory_order_relaxed);
    Refuse(408, "cancelled", "the request came too slowly");
    return;
  }
  if (state_ == State::kWriting || state_ == State::kStreaming) {
    server.timeouts.fetch_add(1, std::memory_order_relaxed);
  }
  Close();
}

void Connection::BeginStop() {
  if (state_ == State::kIdle) {
    Close();
  } else {
    keep_alive_ = false;
  }
}

void Connection::Close() {
  if (state_ == State::kClosed) return;
  const auto self = shared_from_this();
  state_ = State::kClosed;
  deadline_ms_ = 0;
  watch_.Close();
  const auto exchange = std::move(exchange_);
  if (const auto relay = std::move(relay_)) relay->Abandon(RelayEndReason::kServerStopping);
  loop_.Remove(*this);
  if (exchange) exchange->MarkDisconnected();
}

}  // namespace vitrine::net::internal
