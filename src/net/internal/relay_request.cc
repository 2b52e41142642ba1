// The relay's way from the client to the upstream.
#include <algorithm>
#include <array>

#include "net/internal/connection.h"
#include "net/internal/relay.h"
#include "net/internal/upstream_pool.h"
#include "net/limits.h"

namespace vitrine::net::internal {
namespace {

/// How much of a body that is in hand is offered to the socket at once: enough for a fast link, and
/// the most that is copied when the socket takes less.
constexpr size_t kPlanBodyStep = 256 * 1024;

}  // namespace

/// RFC 9110 section 9.2.2, and what the client says itself.
bool Relay::may_run_twice() const {
  static constexpr auto kIdempotent =
      std::to_array<std::string_view>({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"});
  return std::ranges::find(kIdempotent, plan_.method) != kIdempotent.end() ||
         plan_.headers.Has("idempotency-key");
}

bool Relay::is_request_out() const { return end_.times.request_sent_ns != 0; }

bool Relay::has_more_up() const {
  if (upload_broken_) return false;
  return !up_.empty() || (plan_.body && plan_body_added_ < plan_.body->size());
}

void Relay::ReadClient() {
  for (int turn = 0; turn < kReadsPerTurn && is_running(); ++turn) {
    const bool is_tunnel = phase_ == Phase::kTunnel;
    if (request_read_ && !is_tunnel) {
      if (!connection_->ReadAheadForRelay()) Fail(RelayEndReason::kClientLeft, {});
      break;
    }
    if (up_.size() >= kRelayBufferBytesMax || upload_broken_ || client_ended_) break;
    const Moved got = Receive(connection_->watch().descriptor(), loop_.scratch());
    if (got.kind == Moved::Kind::kLater) break;
    if (got.kind == Moved::Kind::kEnded && is_tunnel) {
      OnTunnelEnd(true);
      return;
    }
    if (got.kind != Moved::Kind::kBytes) {
      Fail(RelayEndReason::kClientLeft, {});
      return;
    }
    heard_client_ns_ = MonotonicNanos();
    const std::string_view bytes(loop_.scratch().data(), got.size);
    if (is_tunnel) {
      TunnelUp(bytes, heard_client_ns_);
    } else {
      const size_t used = TakeRequest(bytes, heard_client_ns_);
      if (request_malformed_) {
        Fail(RelayEndReason::kRequestMalformed, "its body is framed wrongly");
        return;
      }
      connection_->KeepInput(bytes.substr(used));
    }
    FlushUp();
    if (got.size < kReadBytes) break;
  }
  UpdateInterest();
}

size_t Relay::TakeRequest(std::string_view bytes, int64_t read_ns) {
  std::string_view rest = bytes;
  while (!request_framer_.done()) {
    const MessageFramer::Piece piece = request_framer_.Next(rest);
    switch (piece.kind) {
      case MessageFramer::Kind::kBody:
        end_.request_body_bytes += piece.bytes.size();
        if (plan_.observer) plan_.observer->OnRequestBody(piece.bytes, read_ns);
        SendUp(piece.bytes);
        break;
      case MessageFramer::Kind::kFraming:
      case MessageFramer::Kind::kTrailers: SendUp(piece.bytes); break;
      case MessageFramer::Kind::kNeedMore: return bytes.size();
      case MessageFramer::Kind::kDone: break;
      case MessageFramer::Kind::kMalformed:
        request_malformed_ = true;
        loop_.state().requests_malformed.fetch_add(1, std::memory_order_relaxed);
        return bytes.size();
    }
  }
  request_read_ = true;
  return bytes.size() - rest.size();
}

void Relay::SendUp(std::string_view bytes) {
  if (upload_broken_) return;
  up_.Add(bytes);
  if (!keeps_copy_ || !copies_body_) return;
  if (sent_body_.size() + bytes.size() > kRelayReplayBytesMax) {
    keeps_copy_ = false;
    std::string().swap(sent_body_);
  } else {
    sent_body_.append(bytes);
  }
}

/// Of a request that goes out a second time only if nothing of it was taken, all waits in the
/// outbox until then: head and body, or what the plan adds again.
void Relay::CopyUntaken() {
  if (!keeps_copy_ || copies_body_ || plan_.body) return;
  std::array<iovec, Outbox::kPiecesMax> pieces;
  std::string waiting;
  for (const iovec& piece : up_.Gather(pieces))
    waiting.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
  sent_body_ = waiting.substr(std::min(waiting.size(), request_head_.size()));
  copies_body_ = true;
}

void Relay::AddPlanBody() {
  if (!plan_.body || plan_body_added_ == plan_.body->size()) return;
  // The first step goes out in one write with the head.
  if (!up_.empty() && plan_body_added_ > 0) return;
  const std::string_view piece =
      std::string_view(*plan_.body).substr(plan_body_added_, kPlanBodyStep);
  plan_body_added_ += piece.size();
  up_.Add(piece);
}

void Relay::FlushUp() {
  const bool is_open = upstream_ && upstream_.is_open();
  // The socket tells again when there is more to send than one turn takes.
  for (int turn = 0; is_open && !upload_broken_ && turn < kReadsPerTurn; ++turn) {
    AddPlanBody();
    if (up_.empty()) break;
    std::array<iovec, Outbox::kPiecesMax> pieces;
    const size_t size = up_.size();
    const Moved moved = upstream_.Write(up_.Gather(pieces));
    if (moved.kind == Moved::Kind::kBytes || !up_waits_) moved_up_ns_ = MonotonicNanos();
    if (moved.kind == Moved::Kind::kLater) break;
    if (moved.kind != Moved::Kind::kBytes) {
      // It may have answered before it closed; reading tells.
      upload_broken_ = true;
      CopyUntaken();
      up_.Clear();
      break;
    }
    up_.Written(moved.size);
    is_unsent_ = false;
    if (!copies_body_) keeps_copy_ = false;  // From here on the upstream may have acted on it.
    if (moved.size < size && !upstream_.goes_on()) break;
  }
  up_.Keep();
  up_waits_ = is_open && !up_.empty();
  if (is_open && !has_more_up() && request_read_ && !upload_broken_ && !is_request_out()) {
    end_.times.request_sent_ns = moved_up_ns_;
  }
  DropPlanBody();
  if (phase_ == Phase::kTunnel) {
    if (upload_broken_) {
      Fail(RelayEndReason::kUpstreamCut, "the upstream broke the tunnel");
      return;
    }
    PassEnds();
  }
  UpdateInterest();
}

void Relay::DropPlanBody() {
  // Nobody sends it again, and the server's budget counts it.
  const bool may_repeat = keeps_copy_ && !any_answer_byte_;
  if (!may_repeat && (is_request_out() || upload_broken_)) plan_.body.reset();
}

bool Relay::may_send_again() const {
  if (any_answer_byte_ || !keeps_copy_) return false;
  if (upstream_.was_passed_over()) return passed_over_ < kHttp2PassedOverMax;
  if (repeat_spent_) return false;
  if (!upstream_.stream()) return upstream_.was_kept();
  return upstream_.was_refused() || (upstream_.was_kept() && may_run_twice());
}

bool Relay::Repeat() {
  if (!may_send_again()) return false;
  if (upstream_.was_passed_over()) {
    ++passed_over_;
  } else {
    repeat_spent_ = true;
  }
  CopyUntaken();
  ReleaseUpstream(false);
  end_.was_repeated = true;
  loop_.state().relays_repeated.fetch_add(1, std::memory_order_relaxed);
  up_.Clear();
  upload_broken_ = false;
  plan_body_added_ = 0;
  end_.times.request_sent_ns = 0;
  TakeUpstream(false);
  up_.Add(request_head_);
  up_.Add(sent_body_);
  FlushUp();  // Copies what is left, where any is.
  if (!keeps_copy_) std::string().swap(sent_body_);
  return true;
}

}  // namespace vitrine::net::internal
