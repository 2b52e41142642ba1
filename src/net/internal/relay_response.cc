// The relay's way from the upstream to the client.
#include <charconv>

#include "net/internal/connection.h"
#include "net/internal/relay.h"
#include "net/internal/relay_head.h"

namespace vitrine::net::internal {
namespace {

constexpr std::string_view kStart = "HTTP/1.";
constexpr std::string_view kLastChunk = "0\r\n\r\n";

/// RFC 9110 section 8.6: these never have a body.
bool StatusHasNoBody(int status) { return status == 204 || status == 304; }

}  // namespace

void Relay::ReadUpstream() {
  may_read_more_ = false;
  for (int turn = 0;; ++turn) {
    if (turn == kReadsPerTurn || down_.size() >= kRelayBufferBytesMax) {
      may_read_more_ = upstream_.goes_on();
      break;
    }
    const Moved got = upstream_.Read(loop_.scratch());
    if (got.kind == Moved::Kind::kLater) break;
    if (got.kind != Moved::Kind::kBytes) {
      OnUpstreamEnd(got.kind == Moved::Kind::kEnded);
      return;
    }
    heard_upstream_ns_ = upstream_.ReadMoment();
    if (!any_answer_byte_) {
      any_answer_byte_ = true;
      std::string().swap(sent_body_);
      keeps_copy_ = false;
      DropPlanBody();
    }
    TakeResponse({loop_.scratch().data(), got.size}, heard_upstream_ns_);
    if (!is_running()) return;
    if (got.size < kReadBytes && !upstream_.goes_on()) break;
  }
  UpdateInterest();
}

void Relay::OnUpstreamEnd(bool in_order) {
  if (phase_ == Phase::kTunnel) {
    if (in_order) {
      OnTunnelEnd(false);
    } else {
      Fail(RelayEndReason::kUpstreamCut, "the upstream broke the tunnel");
    }
    return;
  }
  if (Repeat()) return;
  if (in_order && head_done_ && response_framer_.may_end()) {
    if (!upstream_.stream() || TakeStreamTrailers()) ResponseDone(false, heard_upstream_ns_);
    return;
  }
  if (upstream_.stream() && !in_order) {
    const Http2Stream::Fault fault = upstream_.stream()->fault();
    Fail(fault.reason, fault.detail);
    return;
  }
  Fail(RelayEndReason::kUpstreamCut, head_done_ ? "the upstream closed within its answer"
                                                : "the upstream closed without an answer");
}

bool Relay::TakeStreamTrailers() {
  const std::string& lines = upstream_.stream()->trailers();
  if (lines.empty()) return true;
  const auto trailers = ParseTrailers(lines + "\r\n");
  if (!trailers) {
    Fail(RelayEndReason::kResponseMalformed, trailers.error().reason);
    return false;
  }
  if (plan_.observer) plan_.observer->OnResponseTrailers(*trailers);
  if (!filter_) last_chunk_ = "0\r\n" + lines + "\r\n";
  return true;
}

void Relay::TakeResponse(std::string_view bytes, int64_t read_ns) {
  std::string_view rest = bytes;
  if (phase_ == Phase::kTunnel) {
    TunnelDown(rest, read_ns);
    return;
  }
  if (!head_done_ && !TakeHead(rest, read_ns)) return;
  if (phase_ == Phase::kTunnel) {
    StartTunnel(rest, read_ns);
  } else {
    TakeBody(rest, read_ns);
  }
  // Pieces may have borrowed from it until now.
  if (head_done_ && !head_bytes_.empty()) std::string().swap(head_bytes_);
}

bool Relay::TakeHead(std::string_view& rest, int64_t read_ns) {
  if (!head_bytes_.empty()) {
    head_bytes_.append(rest);
    rest = head_bytes_;
  }
  for (;;) {
    if (head_scanned_ == 0 && !rest.empty()) head_began_ns_ = read_ns;
    if (!rest.substr(0, kStart.size()).starts_with(kStart.substr(0, rest.size()))) {
      // Something else listens there; it need not be waited for.
      Fail(RelayEndReason::kResponseMalformed, "the answer does not begin like HTTP/1");
      return false;
    }
    const auto end = FindHeadEnd(rest, head_scanned_, {});
    if (end && !*end) {
      if (rest.data() != head_bytes_.data()) head_bytes_ = std::string(rest);
      FlushDown();  // Interim answers that came before.
      return false;
    }
    auto parsed = end ? ParseResponseHead(rest.substr(0, **end), {})
                      : std::expected<ResponseHead, HeadRefusal>(std::unexpected(end.error()));
    if (!parsed) {
      Fail(RelayEndReason::kResponseMalformed, parsed.error().reason);
      return false;
    }
    head_ = std::move(*parsed);
    rest.remove_prefix(**end);
    head_scanned_ = 0;
    if (head_.status >= 200) return TakeFinalHead(read_ns);
    if (!TakeInterim(read_ns)) return false;
    if (phase_ == Phase::kTunnel) return true;
    // What goes to the client is copied here and not borrowed: the next head overwrites it.
    down_.Keep();
  }
}

bool Relay::TakeInterim(int64_t read_ns) {
  const char* wrong = nullptr;
  if (head_.framing.chunked || head_.framing.content_length)
    wrong = "an interim answer with a body";
  if (++interim_count_ > kInterimResponsesMax) wrong = "too many interim answers";
  if (head_.version_minor == 0) wrong = "an interim answer in HTTP/1.0";
  const bool is_switch = head_.status == 101;
  if (is_switch && (request_.upgrade.empty() || !request_read_))
    wrong = "an upgrade nobody asked for";
  if (is_switch && wrong == nullptr) {
    const auto protocols = head_.headers.All("upgrade");
    if (protocols.size() != 1 || !EqualsIgnoringCase(protocols.front(), request_.upgrade)) {
      wrong = "an upgrade to another protocol";
    }
  }
  if (wrong != nullptr) {
    Fail(RelayEndReason::kResponseMalformed, wrong);
    return false;
  }
  // RFC 9110 section 15.2: HTTP/1.0 knows no interim answers, and 100 is between neighbours unless
  // the client's own expectation went through.
  const bool goes_along = request_.version_minor == 1 && (head_.status != 100 || forwards_expect_);
  if (!goes_along) return true;
  if (plan_.observer && head_.status != 100) {
    plan_.observer->OnResponseHead(head_.status, head_.headers, read_ns);
  }
  if (head_.status == 100) {
    forwards_expect_ = false;
    heard_client_ns_ = read_ns;  // Its body is due from now on.
  }
  static const HttpHeaders kNone;
  head_out_ = SerializeRelayResponse({.head = &head_,
                                      .added = is_switch ? &plan_.response_headers : &kNone,
                                      .is_upgrade = is_switch});
  down_.Add(head_out_);
  if (is_switch) {
    head_sent_ = head_done_ = true;
    end_.status = head_.status;
    end_.times.first_byte_ns = head_began_ns_;
    phase_ = Phase::kTunnel;
  }
  return true;
}

bool Relay::TakeFinalHead(int64_t read_ns) {
  const bool has_length = head_.framing.content_length.value_or(0) > 0;
  if (head_.status == 204 && (head_.framing.chunked || has_length)) {
    Fail(RelayEndReason::kResponseMalformed, "204 with a body");
    return false;
  }
  end_.times.first_byte_ns = head_began_ns_;
  end_.status = head_.status;
  head_done_ = true;
  const bool has_body = !request_.is_head && !StatusHasNoBody(head_.status);
  if (!has_body) {
    response_framer_.Begin(MessageFramer::Style::kNone);
  } else if (head_.framing.chunked) {
    response_framer_.Begin(MessageFramer::Style::kChunked, 0, MessageFramer::Padding::kLeftOut);
  } else if (head_.framing.content_length) {
    response_framer_.Begin(MessageFramer::Style::kLength, *head_.framing.content_length);
  } else {
    response_framer_.Begin(MessageFramer::Style::kUntilClose);
  }
  if (plan_.observer) plan_.observer->OnResponseHead(head_.status, head_.headers, read_ns);
  if (!TakeBack(RelayEndReason::kComplete, head_.status, &head_.headers)) SendHead(has_body);
  return true;
}

void Relay::SendHead(bool has_body) {
  const bool can_chunk = request_.version_minor == 1;
  const auto style = response_framer_.style();
  RelayResponseParts parts{.head = &head_, .added = &plan_.response_headers};
  if (has_body && plan_.filter) filter_ = plan_.filter(head_.status, head_.headers);
  if (filter_) {
    parts.chunked = can_chunk;
    parts.drops_length = true;
    ends_by_close_ = !can_chunk;
    down_style_ = can_chunk ? DownStyle::kChunks : DownStyle::kBodyOnly;
  } else if (!has_body) {
    parts.chunked = can_chunk && head_.framing.chunked;
  } else if (style == MessageFramer::Style::kChunked ||
             style == MessageFramer::Style::kUntilClose) {
    parts.chunked = can_chunk;
    ends_by_close_ = !can_chunk;
    down_style_ = DownStyle::kBodyOnly;
    if (can_chunk) {
      down_style_ =
          style == MessageFramer::Style::kChunked ? DownStyle::kAsCame : DownStyle::kChunks;
    }
  }
  // A body that is still coming would be read as the next request.
  close_client_ = close_client_ || !request_read_ || ends_by_close_ || loop_.stopping() ||
                  !connection_->keep_alive();
  parts.close = close_client_;
  parts.says_keep_alive = !close_client_ && request_.version_minor == 0;
  head_out_ = SerializeRelayResponse(parts);
  head_sent_ = true;
  down_.Add(head_out_);
}

void Relay::TakeBody(std::string_view rest, int64_t read_ns) {
  while (!response_framer_.done()) {
    const MessageFramer::Piece piece = response_framer_.Next(rest);
    switch (piece.kind) {
      case MessageFramer::Kind::kBody:
        end_.response_body_bytes += piece.bytes.size();
        if (plan_.observer) plan_.observer->OnResponseBody(piece.bytes, read_ns);
        if (is_taken_back()) {
          if (end_.response_body_bytes > plan_.taken_back_bytes_max) {
            end_.was_left_unread = true;
            EndTakenBack(RelayEndReason::kComplete);
            return;
          }
          break;
        }
        if (filter_) {
          filter_->Take(piece.bytes, filtered_);
          SendFiltered(false);
        } else {
          SendPiece(piece.bytes);
        }
        break;
      case MessageFramer::Kind::kTrailers:
        if (plan_.observer && !response_framer_.trailers().empty()) {
          plan_.observer->OnResponseTrailers(response_framer_.trailers());
        }
        [[fallthrough]];
      case MessageFramer::Kind::kFraming:
        if (down_style_ == DownStyle::kAsCame && !is_taken_back()) down_.Add(piece.bytes);
        break;
      case MessageFramer::Kind::kNeedMore: FlushDown(); return;
      case MessageFramer::Kind::kDone: break;
      case MessageFramer::Kind::kMalformed:
        down_.Keep();
        Fail(RelayEndReason::kResponseMalformed, "its body is framed wrongly");
        return;
    }
  }
  ResponseDone(!rest.empty(), read_ns);
}

void Relay::SendPiece(std::string_view piece) {
  if (down_style_ != DownStyle::kChunks) {
    down_.Add(piece);
    return;
  }
  char* end = std::to_chars(chunk_line_.data(), chunk_line_.data() + 16, piece.size(), 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  down_.Add({chunk_line_.data(), end});
  down_.Add(piece);
  down_.Add("\r\n");
}

/// Sends what the filter let through. It is kept, because the next piece comes into its place.
void Relay::SendFiltered(bool is_end) {
  if (is_end) filter_->End(filtered_);
  if (!filtered_.empty()) SendPiece(filtered_);
  down_.Keep();
  filtered_.clear();
}

/// A body that ends or breaks off has nothing left that the client should not see.
void Relay::EndFilter() {
  if (filter_) SendFiltered(true);
  filter_.reset();
}

bool Relay::may_keep_upstream() const {
  return head_.keep_alive && is_request_out() && !upload_broken_ &&
         response_framer_.style() != MessageFramer::Style::kUntilClose;
}

void Relay::ResponseDone(bool has_excess, int64_t read_ns) {
  end_.times.last_byte_ns = read_ns;
  if (is_taken_back()) {
    ReleaseUpstream(!has_excess && may_keep_upstream());
    EndTakenBack(RelayEndReason::kComplete);
    return;
  }
  EndFilter();
  if (down_style_ == DownStyle::kChunks) down_.Add(last_chunk_.empty() ? kLastChunk : last_chunk_);
  // Bytes behind the answer: the upstream counts differently than we do, so neither connection is
  // used again.
  if (has_excess) close_client_ = true;
  ReleaseUpstream(!has_excess && may_keep_upstream());
  phase_ = Phase::kFlushing;
  FlushDown();
}

void Relay::FlushDown() {
  if (has_ended() || failing_) return;
  while (!down_.empty()) {
    std::array<iovec, Outbox::kPiecesMax> pieces;
    const size_t size = down_.size();
    const Moved moved = Send(connection_->watch().descriptor(), down_.Gather(pieces));
    if (moved.kind == Moved::Kind::kBytes || !down_waits_) moved_down_ns_ = MonotonicNanos();
    if (moved.kind == Moved::Kind::kLater) break;
    if (moved.kind != Moved::Kind::kBytes) {
      down_.Clear();
      Fail(RelayEndReason::kClientLeft, {});
      return;
    }
    down_.Written(moved.size);
    if (moved.size < size) break;
  }
  down_.Keep();
  down_waits_ = !down_.empty();
  if (down_.empty() && phase_ == Phase::kCutting) {
    CutClient();
  } else if (down_.empty() && phase_ == Phase::kFlushing) {
    Connection* connection = connection_;
    const bool close = close_client_ || !request_read_;
    Report(RelayEndReason::kComplete);
    connection->OnRelayComplete(close);
  } else {
    if (phase_ == Phase::kTunnel) PassEnds();
    UpdateInterest();
  }
}

}  // namespace vitrine::net::internal
