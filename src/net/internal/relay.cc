// Beginning, waiting and ending of a relay.
#include "net/internal/relay.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "net/internal/connection.h"
#include "net/internal/relay_head.h"
#include "net/internal/upstream_pool.h"

namespace vitrine::net {

int64_t MonotonicNanos() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void RelayObserver::OnRequestHead(std::string_view, std::string_view, const HttpHeaders&) {}
void RelayObserver::OnRequestBody(std::string_view, int64_t) {}
void RelayObserver::OnResponseHead(int, const HttpHeaders&, int64_t) {}
void RelayObserver::OnResponseBody(std::string_view, int64_t) {}
void RelayObserver::OnResponseTrailers(const HttpHeaders&) {}
void RelayObserver::OnTunnelBytes(bool, std::string_view, int64_t) {}
void RelayObserver::OnEnd(const RelayEnd&) {}

std::string_view RelayEndReasonName(RelayEndReason reason) {
  switch (reason) {
    case RelayEndReason::kComplete: return "complete";
    case RelayEndReason::kClientLeft: return "client_left";
    case RelayEndReason::kClientTooSlow: return "client_too_slow";
    case RelayEndReason::kRequestMalformed: return "request_malformed";
    case RelayEndReason::kUpstreamUnreachable: return "upstream_unreachable";
    case RelayEndReason::kUpstreamForbidden: return "upstream_forbidden";
    case RelayEndReason::kUpstreamCut: return "upstream_cut";
    case RelayEndReason::kResponseMalformed: return "response_malformed";
    case RelayEndReason::kTimeoutConnect: return "timeout_connect";
    case RelayEndReason::kTimeoutTls: return "timeout_tls";
    case RelayEndReason::kTimeoutSend: return "timeout_send";
    case RelayEndReason::kTimeoutFirstByte: return "timeout_first_byte";
    case RelayEndReason::kTimeoutIdle: return "timeout_idle";
    case RelayEndReason::kOverloaded: return "overloaded";
    case RelayEndReason::kInvalidPlan: return "invalid_plan";
    case RelayEndReason::kServerStopping: return "server_stopping";
  }
  return "unknown";
}

namespace internal {
namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

/// What a client gets when nothing of an answer was sent yet.
int StatusOf(RelayEndReason reason) {
  switch (reason) {
    case RelayEndReason::kRequestMalformed: return 400;
    case RelayEndReason::kClientTooSlow: return 408;
    case RelayEndReason::kTimeoutConnect:
    case RelayEndReason::kTimeoutTls:
    case RelayEndReason::kTimeoutSend:
    case RelayEndReason::kTimeoutFirstByte:
    case RelayEndReason::kTimeoutIdle: return 504;
    case RelayEndReason::kOverloaded:
    case RelayEndReason::kServerStopping: return 503;
    case RelayEndReason::kInvalidPlan: return 500;
    default: return 502;
  }
}

}  // namespace

Relay::Relay(Connection& connection, RelayPlan&& plan, RelayRequest&& request)
    : connection_(&connection),
      loop_(connection.loop()),
      plan_(std::move(plan)),
      request_(std::move(request)) {}

size_t Relay::Begin(std::string_view bytes) {
  beginning_ = true;
  ServerState& server = loop_.state();
  server.relays.fetch_add(1, std::memory_order_relaxed);
  const uint64_t running = server.relays_running.fetch_add(1, std::memory_order_relaxed);
  heard_client_ns_ = end_.times.accepted_ns = MonotonicNanos();
  if (request_.framing.chunked) {
    request_framer_.Begin(MessageFramer::Style::kChunked);
  } else if (!plan_.body) {
    request_framer_.Begin(MessageFramer::Style::kLength,
                          request_.framing.content_length.value_or(0));
  }
  request_read_ = request_framer_.done();
  if (plan_.body) end_.request_body_bytes = plan_.body->size();
  Result<std::string> head = SerializeRelayRequest(plan_, request_.framing, request_.upgrade);
  if (!plan_.upstream) head = vitrine::Fail(ErrorCode::kInvalidInput, "the plan names no upstream");
  if ((plan_.method == "HEAD") != request_.is_head) {
    // Whether an answer has a body hangs on the method it answers.
    head = vitrine::Fail(ErrorCode::kInvalidInput, "HEAD cannot become or replace another method");
  }
  if (!head) plan_.response_headers = HttpHeaders();  // They may be what is wrong.
  size_t used = 0;
  if (running >= kRelaysMax) {
    FailLater(RelayEndReason::kOverloaded, "too many requests are relayed at once");
  } else if (!head) {
    FailLater(RelayEndReason::kInvalidPlan, head.error().message);
  } else if (connection_->peer_ended()) {
    FailLater(RelayEndReason::kClientLeft, {});
  } else {
    request_head_ = std::move(*head);
    if (plan_.observer) plan_.observer->OnRequestHead(plan_.method, plan_.target, plan_.headers);
    TakeUpstream(true);
    up_.Add(request_head_);
    used = TakeRequest(bytes, end_.times.accepted_ns);
    forwards_expect_ = request_.expects_continue && plan_.headers.Has("expect");
    if (request_malformed_) {
      FailLater(RelayEndReason::kRequestMalformed, "its body is framed wrongly");
    } else if (request_.expects_continue && !forwards_expect_ && !request_read_ && bytes.empty()) {
      down_.Add(kContinue);
      FlushDown();
    }
    // What was read is borrowed until here.
    if (upstream_ && loop_.FlushLater(shared_from_this())) {
      up_.Keep();
      is_unsent_ = true;
    } else {
      FlushUp();
    }
  }
  beginning_ = false;
  return used;
}

void Relay::FlushRequest() {
  if (failing_ || !is_running()) return;
  // While it waited for its turn its connection may have ended, or spoken unasked.
  const auto& connection = upstream_.connection();
  const bool is_spoilt =
      is_unsent_ && connection && connection->is_ready() && !connection->IsSilent();
  if (is_spoilt && connection->was_kept() && Repeat()) return;
  FlushUp();
}

void Relay::TakeUpstream(bool may_be_kept) {
  UpstreamLink upstream =
      loop_.upstreams().Take(plan_.upstream, {.check = plan_.address_check,
                                              .timeouts = plan_.timeouts,
                                              .may_be_kept = may_be_kept,
                                              .is_upgrade = !request_.upgrade.empty()});
  if (upstream.stream()) {
    upstream.stream()->SetRequest({plan_, request_.framing, request_head_.size()});
  }
  HoldUpstream(std::move(upstream));
}

void Relay::HoldUpstream(UpstreamLink upstream) {
  upstream_ = std::move(upstream);
  upstream_.SetOwner(this);
  end_.was_http2 = upstream_.stream() != nullptr;
  end_.connection_was_kept = upstream_.was_kept();
  keeps_copy_ = upstream_.was_kept() || end_.was_http2;  // Any stream may be refused.
  copies_body_ = end_.was_http2 || (keeps_copy_ && may_run_twice());
  if (upstream_.is_open()) {
    phase_ = Phase::kExchanging;
    end_.times.connected_ns = moved_up_ns_ = MonotonicNanos();
  } else {
    phase_ = Phase::kOpening;
    if (upstream_.connection()) upstream_.connection()->Open(plan_.address_check, plan_.timeouts);
  }
}

void Relay::OnUpstreamUnshared(std::shared_ptr<UpstreamConnection> connection) {
  const auto self = shared_from_this();
  if (failing_ || phase_ != Phase::kOpening) return;
  if (!connection) connection = loop_.upstreams().Make(plan_.upstream);
  HoldUpstream(UpstreamLink(std::move(connection)));
  FlushUp();
}

void Relay::OnUpstreamOpen() {
  const auto self = shared_from_this();
  if (failing_ || phase_ != Phase::kOpening) return;
  phase_ = Phase::kExchanging;
  end_.times.connected_ns = moved_up_ns_ = MonotonicNanos();
  FlushUp();
}

void Relay::OnUpstreamFailed(RelayEndReason reason, const std::string& detail) {
  const auto self = shared_from_this();
  if (!failing_ && !has_ended()) Fail(reason, detail);
}

void Relay::OnUpstreamReady(UpstreamConnection&, bool readable, bool writable) {
  const auto self = shared_from_this();
  if (failing_) return;
  if (writable && is_running()) FlushUp();
  if (readable && is_running()) ReadUpstream();
}

void Relay::OnClientReady(uint32_t events) {
  if (failing_ || has_ended()) return;
  // In a tunnel the end of one direction is read like its bytes.
  if ((events & EPOLLRDHUP) != 0 && phase_ < Phase::kTunnel) {
    Fail(RelayEndReason::kClientLeft, {});
    return;
  }
  if ((events & EPOLLOUT) != 0) FlushDown();
  if ((events & (EPOLLERR | EPOLLHUP)) != 0 && !has_ended() && phase_ != Phase::kTunnel) {
    Fail(RelayEndReason::kClientLeft, {});
    return;
  }
  if ((events & ~static_cast<uint32_t>(EPOLLOUT)) != 0 && is_running()) ReadClient();
}

void Relay::UpdateInterest() {
  if (has_ended() || failing_) return;
  const bool up_has_room = up_.size() < kRelayBufferBytesMax;
  const bool down_has_room = down_.size() < kRelayBufferBytesMax;
  uint32_t client = down_.empty() ? 0u : EPOLLOUT;
  if (phase_ == Phase::kTunnel) {
    if (!client_ended_ && up_has_room) client |= EPOLLIN;
  } else if (phase_ < Phase::kTunnel) {
    client |= EPOLLRDHUP;
    const bool reads_body = !request_read_ && up_has_room && !upload_broken_;
    CountClientWait(reads_body && !(forwards_expect_ && end_.request_body_bytes == 0));
    if (reads_body || (request_read_ && connection_->has_read_ahead_room())) client |= EPOLLIN;
  }
  connection_->watch().Want(client);
  if (upstream_) upstream_.Want(down_has_room && !upstream_ended_, has_more_up());
  if (may_read_more_ && down_has_room && is_running() && !resume_posted_) {
    // No event tells of bytes that TLS has read from the socket already.
    resume_posted_ = true;
    loop_.Post([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->ResumeUpstream();
    });
  }
}

void Relay::ResumeUpstream() {
  resume_posted_ = false;
  if (!failing_ && is_running() && upstream_ && upstream_.is_open()) ReadUpstream();
}

void Relay::Tick(int64_t now_ms) {
  const auto self = shared_from_this();
  if (failing_ || has_ended()) return;
  const auto passed = [now_ms](int64_t since_ns, int64_t limit_ms) {
    return since_ns != 0 && now_ms - since_ns / 1'000'000 >= limit_ms;
  };
  const HttpServerOptions& options = loop_.state().options;
  const RelayTimeouts& limits = plan_.timeouts;
  if (phase_ == Phase::kOpening && upstream_) upstream_.Tick(now_ms);
  if (has_ended() || failing_) return;
  if (!down_.empty()) {
    if (passed(moved_down_ns_, options.write_timeout_ms)) {
      Fail(RelayEndReason::kClientTooSlow, "the client takes no bytes");
    }
    return;
  }
  const int64_t heard_ns = std::max(heard_upstream_ns_, moved_down_ns_);
  if (phase_ == Phase::kTunnel) {
    if (passed(std::max({heard_ns, heard_client_ns_, moved_up_ns_}), limits.idle_ms)) {
      Fail(RelayEndReason::kTimeoutIdle, "nothing moved through the tunnel");
    }
    return;
  }
  if (phase_ != Phase::kExchanging) return;
  if (head_done_) {
    if (passed(heard_ns, limits.idle_ms)) {
      Fail(RelayEndReason::kTimeoutIdle, "the upstream stopped within its answer");
      return;
    }
  } else if (has_more_up()) {
    if (passed(moved_up_ns_, limits.send_ms)) {
      Fail(RelayEndReason::kTimeoutSend, "the upstream takes no bytes of the request");
    }
    return;
  } else if (is_request_out() || upload_broken_ ||
             (forwards_expect_ && end_.request_body_bytes == 0)) {
    if (passed(std::max(end_.times.request_sent_ns, moved_up_ns_), limits.first_byte_ms)) {
      Fail(RelayEndReason::kTimeoutFirstByte, "the upstream does not answer");
    }
    return;
  }
  if (IsClientTooSlow(now_ms)) {
    Fail(RelayEndReason::kClientTooSlow, "the request came too slowly");
  }
}

void Relay::CountClientWait(bool waits) {
  if (waits == (client_wait_began_ns_ != 0)) return;
  // Waiting begins and ends with a byte that moved just now.
  const int64_t now_ns = std::max(heard_client_ns_, moved_up_ns_);
  if (!waits) client_waited_ns_ += std::max<int64_t>(now_ns - client_wait_began_ns_, 0);
  client_wait_began_ns_ = waits ? now_ns : 0;
}

bool Relay::IsClientTooSlow(int64_t now_ms) const {
  if (client_wait_began_ns_ == 0) return false;
  const int64_t stall_ms = loop_.state().options.body_stall_timeout_ms;
  const int64_t silent_ms = now_ms - std::max(heard_client_ns_, moved_up_ns_) / 1'000'000;
  // The same average as for bodies that are collected; a slow upstream's time is not the client's.
  const int64_t waited_ms =
      client_waited_ns_ / 1'000'000 + now_ms - client_wait_began_ns_ / 1'000'000;
  const int64_t owed_ms =
      static_cast<int64_t>(end_.request_body_bytes) * 1000 / kBodyRateMinBytesPerS;
  return silent_ms >= stall_ms || waited_ms >= stall_ms + owed_ms;
}

void Relay::ReleaseUpstream(bool keep) {
  if (!upstream_) return;
  const UpstreamLink link = std::exchange(upstream_, {});
  if (link.stream()) {
    link.stream()->Leave(keep);
    return;
  }
  const std::shared_ptr<UpstreamConnection>& upstream = link.connection();
  upstream->SetOwner(nullptr);
  if (keep && !upstream->has_buffered()) {
    loop_.upstreams().Give(upstream);
  } else {
    upstream->Close();
  }
}

void Relay::FailLater(RelayEndReason reason, std::string detail) {
  failing_ = true;
  loop_.Post([weak = weak_from_this(), reason, detail = std::move(detail)]() mutable {
    const auto self = weak.lock();
    if (!self || self->has_ended()) return;
    self->failing_ = false;
    self->Fail(reason, std::move(detail));
  });
}

void Relay::Fail(RelayEndReason reason, std::string detail) {
  if (failing_ || has_ended()) return;
  if (beginning_) {
    FailLater(reason, std::move(detail));
    return;
  }
  ReleaseUpstream(false);
  if (phase_ == Phase::kCutting) reason = end_.reason;  // The first reason is the reason.
  if (end_.detail.empty()) end_.detail = std::move(detail);
  if (reason == RelayEndReason::kClientLeft || phase_ == Phase::kCutting) {
    Connection* connection = connection_;
    Report(reason);
    connection->OnRelayCut(ends_by_close_);
  } else if (is_taken_back() || TakeBack(reason, 0, nullptr)) {
    EndTakenBack(reason);
  } else if (!head_sent_ && down_.empty()) {
    Connection* connection = connection_;
    end_.status = StatusOf(reason);
    Report(reason);
    connection->OnRelayFailed(end_.status, RelayEndReasonName(reason), end_.detail, request_read_,
                              plan_.response_headers);
  } else {
    end_.reason = reason;
    phase_ = Phase::kCutting;
    EndFilter();
    if (down_.empty() || reason == RelayEndReason::kClientTooSlow) {
      CutClient();
    } else {
      UpdateInterest();
    }
  }
}

bool Relay::TakeBack(RelayEndReason reason, int status, const HttpHeaders* headers) {
  switch (reason) {
    // Another attempt would come to the same, or is not wanted any more.
    case RelayEndReason::kClientTooSlow:
    case RelayEndReason::kRequestMalformed:
    case RelayEndReason::kOverloaded:
    case RelayEndReason::kInvalidPlan:
    case RelayEndReason::kServerStopping: return false;
    default: break;
  }
  if (!plan_.take_back || head_sent_ || !down_.empty()) return false;
  continuation_ = plan_.take_back({.reason = reason, .status = status, .headers = headers});
  return is_taken_back();
}

void Relay::EndTakenBack(RelayEndReason reason) {
  ReleaseUpstream(false);
  end_.was_taken_back = true;
  Connection* connection = connection_;
  const RelayContinuation continuation = std::move(continuation_);
  Report(reason);
  connection->OnRelayTakenBack(continuation);
}

void Relay::CutClient() {
  Connection* connection = connection_;
  Report(end_.reason);
  connection->OnRelayCut(ends_by_close_);
}

void Relay::Abandon(RelayEndReason reason) {
  if (has_ended()) return;
  ReleaseUpstream(false);
  Report(phase_ == Phase::kCutting ? end_.reason : reason);
}

void Relay::Report(RelayEndReason reason) {
  phase_ = Phase::kEnded;
  end_.reason = reason;
  ServerState& server = loop_.state();
  server.relays_running.fetch_sub(1, std::memory_order_relaxed);
  if (reason == RelayEndReason::kClientTooSlow) {
    server.timeouts.fetch_add(1, std::memory_order_relaxed);
  }
  if (reason == RelayEndReason::kClientLeft) {
    server.relays_client_left.fetch_add(1, std::memory_order_relaxed);
  } else if (reason != RelayEndReason::kComplete && !end_.was_taken_back) {
    server.relays_failed.fetch_add(1, std::memory_order_relaxed);
  }
  if (plan_.observer) plan_.observer->OnEnd(end_);
}

}  // namespace internal
}  // namespace vitrine::net
