// The connection's part in relaying: handing its socket to a Relay and taking it back.
#include <sys/socket.h>

#include <algorithm>
#include <exception>

#include "net/http_error.h"
#include "net/internal/connection.h"
#include "net/internal/exchange.h"
#include "net/internal/relay_head.h"
#include "net/internal/socket_io.h"

namespace vitrine::net::internal {
namespace {

/// A path whose storage a connection keeps while it relays or is idle.
constexpr size_t kKeptPathBytesMax = 256;

}  // namespace

bool Connection::PlanRelay(const RequestHead& head) {
  ServerState& server = loop_.state();
  if (!server.options.relay) return false;
  const bool has_body = head.framing.chunked || head.framing.content_length.value_or(0) > 0;
  std::optional<RelayPlan> plan;
  try {
    plan = server.options.relay(request_);
  } catch (const std::exception&) {
    server.handler_exceptions.fetch_add(1, std::memory_order_relaxed);
    if (has_body) keep_alive_ = false;
    const Error error{ErrorCode::kInternal, "it could not be decided where the request goes", {}};
    BeginExchange().Send(HttpErrorResponse(error, request_id_));
    return true;
  }
  if (!plan) return false;
  RelayRequest request{.framing = head.framing,
                       .version_minor = version_minor_,
                       .is_head = is_head_request_,
                       .expects_continue = expects_continue_,
                       .upgrade = {}};
  if (!has_body && version_minor_ == 1) {
    request.upgrade = RequestedUpgrade(request_.headers, plan->upgrade_protocol);
  }
  plan->body.reset();  // The client's own body streams.
  StartRelay(std::move(*plan), std::move(request));
  return true;
}

void Connection::StartRelay(RelayPlan&& plan, RelayRequest&& request) {
  state_ = State::kRelaying;
  deadline_ms_ = 0;  // The relay looks at the time.
  relay_ = std::make_shared<Relay>(*this, std::move(plan), std::move(request));
  // The next request takes their places; the rest keeps its storage for it.
  const HttpHeaders headers = std::move(request_.headers);
  const std::string target = std::move(request_.target);
  request_.query.clear();
  if (request_.path.size() > kKeptPathBytesMax) std::string().swap(request_.path);
}

void Connection::OnRelay(const std::shared_ptr<Exchange>& exchange) {
  if (exchange != exchange_ || state_ != State::kHandling) return;
  RelayPlan plan = exchange_->TakeRelayPlan();
  exchange_->MarkDone();
  exchange_.reset();
  RelayRequest request{.framing = {},
                       .version_minor = version_minor_,
                       .is_head = is_head_request_,
                       .expects_continue = false,
                       .upgrade = {}};
  if (!plan.body) plan.body = std::make_shared<const std::string>();
  if (!plan.body->empty() || plan.headers.Has("content-length")) {
    request.framing.content_length = plan.body->size();
  }
  StartRelay(std::move(plan), std::move(request));
  (void)relay_->Begin({});
}

bool Connection::ReadAheadForRelay() {
  const size_t room = kReadAheadBytesMax - std::min(kReadAheadBytesMax, input_.size());
  if (room == 0) return true;
  const Moved got = Receive(watch_.descriptor(), loop_.scratch().first(std::min(room, kReadBytes)));
  if (got.kind == Moved::Kind::kBytes && keep_alive_)
    input_.append(loop_.scratch().data(), got.size);
  return got.kind == Moved::Kind::kBytes || got.kind == Moved::Kind::kLater;
}

void Connection::OnRelayComplete(bool close) {
  const auto self = shared_from_this();  // An upstream's event holds the relay alone.
  relay_.reset();
  if (close) keep_alive_ = false;
  WatchWriting(false);
  FinishExchange();
}

void Connection::OnRelayTakenBack(const RelayContinuation& continuation) {
  const auto self = shared_from_this();
  relay_.reset();
  WatchWriting(false);
  WatchReading(true);
  HttpResponder responder = BeginExchange();
  try {
    continuation(std::move(responder));
  } catch (const std::exception&) {
    // The responder was dropped on the way out, so the client gets its 500.
    loop_.state().handler_exceptions.fetch_add(1, std::memory_order_relaxed);
  }
}

void Connection::OnRelayFailed(int status, std::string_view reason, const std::string& detail,
                               bool request_read, const HttpHeaders& added) {
  const auto self = shared_from_this();
  relay_.reset();
  if (!request_read) keep_alive_ = false;
  const std::string message =
      "the request could not be relayed: " + (detail.empty() ? std::string(reason) : detail);
  HttpResponse response = HttpErrorResponse(status, reason, message, request_id_);
  for (const HttpHeader& field : added) response.headers.Add(field.name, field.value);
  response.headers.Set(kRelayErrorHeader, reason);
  WatchWriting(false);
  StartAnswer(std::move(response), false);
}

void Connection::OnRelayCut(bool by_reset) {
  const auto self = shared_from_this();
  relay_.reset();
  if (by_reset) {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(watch_.descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  }
  Close();
}

}  // namespace vitrine::net::internal
