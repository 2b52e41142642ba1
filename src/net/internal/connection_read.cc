// The reading half of a connection: bytes to requests.
#include <sys/socket.h>

#include <algorithm>
#include <exception>

#include "net/http_error.h"
#include "net/internal/connection.h"
#include "net/internal/exchange.h"
#include "net/internal/http2_refusal.h"
#include "net/internal/relay_head.h"
#include "net/internal/socket_io.h"

namespace vitrine::net::internal {

BudgetedBody::~BudgetedBody() {
  state->body_bytes_in_flight.fetch_sub(charged, std::memory_order_relaxed);
}

bool BudgetedBody::Append(std::string_view piece, std::optional<uint64_t> expected) {
  const size_t needed = bytes.size() + piece.size();
  if (needed > bytes.capacity()) {
    // Doubling keeps copying linear; the announced size caps it, so that a body that came as
    // announced ends in a buffer of exactly its size.
    size_t wanted = std::max({needed, bytes.capacity() * 2, kBodyReserveBytes});
    if (expected) wanted = std::min<uint64_t>(wanted, std::max<uint64_t>(*expected, needed));
    const size_t more = wanted - std::min(wanted, charged);
    const uint64_t before = state->body_bytes_in_flight.fetch_add(more, std::memory_order_relaxed);
    charged += more;
    if (before + more > state->options.body_bytes_in_flight_max) return false;
    bytes.reserve(wanted);
    // The allocator's growth rule may have taken more than was asked for.
    const size_t extra = bytes.capacity() - std::min(bytes.capacity(), charged);
    state->body_bytes_in_flight.fetch_add(extra, std::memory_order_relaxed);
    charged += extra;
  }
  bytes.append(piece);
  return true;
}

Connection::Connection(Loop& loop, int socket, Origin origin)
    : loop_(loop), origin_(std::move(origin)), watch_(loop.poller(), socket, *this) {}

Connection::~Connection() = default;

void Connection::Start(Position position) {
  position_ = position;
  // A client that connects and says nothing gets the time for a head, not the idle time.
  deadline_ms_ = SteadyMs() + loop_.state().options.head_timeout_ms;
  WatchReading(true);
}

void Connection::OnReady(uint32_t events) {
  const auto self = shared_from_this();
  if (state_ == State::kRelaying) {
    const auto relay = relay_;
    relay->OnClientReady(events);
    return;
  }
  if ((events & EPOLLOUT) != 0 && writing_) ContinueWriting();
  // The answer's end may have begun a relay, and what there is to read is its body now; the poller
  // tells of it again.
  if (state_ == State::kRelaying || state_ == State::kClosed) return;
  if ((events & ~static_cast<uint32_t>(EPOLLOUT)) != 0) OnReadable();
}

void Connection::WatchReading(bool wanted) {
  const uint32_t writing = watch_.wanted() & EPOLLOUT;
  // A relay wants to know of the client's end even while it does not read; with both always wanted
  // together the interest seldom changes.
  watch_.Want(wanted && !peer_ended_ ? writing | EPOLLIN | EPOLLRDHUP : writing);
}

void Connection::OnReadable() {
  if (is_reading()) {
    ReadInput();
  } else if (state_ == State::kLinger) {
    ReadLinger();
  } else {
    ReadAhead();
  }
}

void Connection::ReadInput() {
  for (int turn = 0; turn < kReadsPerTurn && is_reading(); ++turn) {
    const Moved got = Receive(watch_.descriptor(), loop_.scratch());
    if (got.kind == Moved::Kind::kLater) return;
    if (got.kind != Moved::Kind::kBytes) {
      // Between requests this is how connections end; else there is no one to tell.
      Close();
      return;
    }
    OnBytes({loop_.scratch().data(), got.size});
    if (got.size < kReadBytes) return;
  }
}

void Connection::ReadAhead() {
  const size_t room = kReadAheadBytesMax - std::min(kReadAheadBytesMax, input_.size());
  if (room == 0) {
    WatchReading(false);
    return;
  }
  const Moved got = Receive(watch_.descriptor(), loop_.scratch().first(std::min(room, kReadBytes)));
  switch (got.kind) {
    case Moved::Kind::kLater: return;
    case Moved::Kind::kBytes:
      if (keep_alive_) input_.append(loop_.scratch().data(), got.size);
      return;
    case Moved::Kind::kEnded:
      peer_ended_ = true;
      WatchReading(false);
      if (exchange_) exchange_->MarkDisconnected();
      return;
    case Moved::Kind::kBroken: Close(); return;
  }
}

void Connection::ReadLinger() {
  for (int turn = 0; turn < kReadsPerTurn; ++turn) {
    const Moved got = Receive(watch_.descriptor(), loop_.scratch());
    if (got.kind == Moved::Kind::kLater) return;
    if (got.kind != Moved::Kind::kBytes || (linger_read_ += got.size) > kLingerBytesMax) {
      Close();
      return;
    }
  }
}

void Connection::OnBytes(std::string_view bytes) {
  if (input_.empty()) {
    const size_t used = Advance(bytes);
    if (state_ != State::kClosed && keep_alive_) input_.assign(bytes.substr(used));
  } else {
    input_.append(bytes);
    const size_t used = Advance(input_);
    input_.erase(0, used);
  }
  if (!keep_alive_ && !is_reading()) input_.clear();
  // An idle connection keeps no buffer.
  if (input_.empty() && input_.capacity() > 1024) std::string().swap(input_);
}

void Connection::ProcessBuffered() {
  if (!input_.empty()) OnBytes({});
  if (!is_reading()) return;
  if (peer_ended_) {
    Close();
  } else {
    WatchReading(true);
  }
}

size_t Connection::Advance(std::string_view bytes) {
  size_t used = 0;
  if (state_ == State::kIdle && !bytes.empty()) {
    state_ = State::kHead;
    head_scanned_ = 0;
    deadline_ms_ = loop_.now_ms() + loop_.state().options.head_timeout_ms;
  }
  if (state_ == State::kHead) used = AdvanceHead(bytes);
  if (state_ == State::kBody) used += AdvanceBody(bytes.substr(used));
  if (state_ == State::kRelaying) used += relay_->Begin(bytes.substr(used));
  return used;
}

size_t Connection::AdvanceHead(std::string_view bytes) {
  const HttpServerOptions& options = loop_.state().options;
  const HeadLimits limits{options.head_bytes_max, options.header_count_max};
  const auto refuse = [this](const HeadRefusal& refusal) {
    auto& counter =
        refusal.status == 431 ? loop_.state().requests_too_large : loop_.state().requests_malformed;
    counter.fetch_add(1, std::memory_order_relaxed);
    Refuse(refusal.status, refusal.status == 431 ? "limit_exceeded" : "invalid_input",
           "the request was refused: " + refusal.reason);
  };
  if (bytes.starts_with(kHttp2Preface)) {
    loop_.state().requests_malformed.fetch_add(1, std::memory_order_relaxed);
    RefuseHttp2();
    return bytes.size();
  }
  const auto end = FindHeadEnd(bytes, head_scanned_, limits);
  if (!end) {
    refuse(end.error());
    return 0;
  }
  // An HTTP/2 preface of which the last bytes are still on their way.
  if (*end && kHttp2Preface.starts_with(bytes)) return 0;
  if (!*end) return 0;
  const std::string_view head_bytes = bytes.substr(0, **end);
  auto head = ParseRequestHead(head_bytes, limits);
  if (!head) {
    refuse(head.error());
    return head_bytes.size();
  }
  if (!FillRequest(*head)) {
    refuse({400, "the target's percent-encoding is malformed"});
    return head_bytes.size();
  }
  if (BeginBody(head_bytes, *head) && expects_continue_ && bytes.size() == head_bytes.size()) {
    SendContinue();
  }
  return head_bytes.size();
}

bool Connection::FillRequest(RequestHead& head) {
  keep_alive_ = head.keep_alive && !loop_.stopping();
  is_head_request_ = head.method == "HEAD";
  version_minor_ = head.version_minor;
  expects_continue_ = head.expects_continue;
  loop_.state().NextRequestId(request_id_);

  // Every field, so that the texts keep their storage from one request to the next.
  request_.method = std::move(head.method);
  request_.target = std::move(head.target);
  request_.headers = std::move(head.headers);
  RemoveConnectionNamed(request_.headers);
  request_.remote_address = origin_.remote_address;
  request_.request_id = request_id_;
  request_.transport = origin_.transport;
  request_.transport.version_minor = head.version_minor;
  request_.path_params.clear();
  if (!request_.target.contains('%')) {
    request_.path.assign(request_.RawPath());
  } else {
    auto path = PercentDecode(request_.RawPath());
    if (!path) return false;
    request_.path = std::move(*path);
  }
  auto query = ParseQuery(request_.RawQuery());
  if (!query) return false;
  request_.query = std::move(*query);
  return true;
}

bool Connection::BeginBody(std::string_view head_bytes, RequestHead& head) {
  ServerState& server = loop_.state();
  const auto& length = head.framing.content_length;
  const bool has_body = head.framing.chunked || length.value_or(0) > 0;
  // Of each thread: its count of users is written several times a request.
  static thread_local const auto kNoBody = std::make_shared<const std::string>();
  request_.body = kNoBody;
  if (server.options.admit) {
    if (auto refusal = server.options.admit(request_)) {
      if (has_body) keep_alive_ = false;
      BeginExchange().Send(std::move(*refusal));
      return false;
    }
  }
  if (PlanRelay(head)) return false;
  if (length && *length > server.options.body_bytes_max) {
    RefuseBody(BodyState::kTooLarge);
    return false;
  }
  body_ = std::make_shared<BudgetedBody>(loop_.shared_state());
  body_reader_.emplace(BodyReader::Kind::kRequest, server.options.body_bytes_max,
                       [this, length](std::string_view piece) {
                         body_received_ += piece.size();
                         return body_->Append(piece, length);
                       });
  body_received_ = 0;
  const BodyReader::Fed fed = body_reader_->Feed(head_bytes);
  const bool agrees = fed.consumed == head_bytes.size() &&
                      fed.state == (has_body ? BodyState::kNeedMore : BodyState::kDone) &&
                      body_reader_->chunked() == head.framing.chunked &&
                      (!length || body_reader_->content_length() == length);
  if (!agrees) {
    RefuseBody(BodyState::kMalformed);
    return false;
  }
  if (!has_body) {
    Dispatch();
    return false;
  }
  state_ = State::kBody;
  body_started_ms_ = SteadyMs();
  deadline_ms_ = body_started_ms_ + server.options.body_stall_timeout_ms;
  return true;
}

void Connection::SendContinue() {
  // Nothing else is being written: the previous answer went to the kernel completely. A client
  // that leaves no room for these bytes is not reading, and gets no further.
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  const ssize_t sent =
      ::send(watch_.descriptor(), kContinue.data(), kContinue.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent != static_cast<ssize_t>(kContinue.size())) Close();
}

size_t Connection::AdvanceBody(std::string_view bytes) {
  if (bytes.empty()) return 0;
  const BodyReader::Fed fed = body_reader_->Feed(bytes);
  if (fed.state == BodyState::kDone) {
    Dispatch();
  } else if (fed.state != BodyState::kNeedMore) {
    RefuseBody(fed.state);
  } else {
    const int64_t stall_ms = loop_.state().options.body_stall_timeout_ms;
    const int64_t by_rate_ms = body_started_ms_ + stall_ms +
                               static_cast<int64_t>(body_received_) * 1000 / kBodyRateMinBytesPerS;
    deadline_ms_ = std::min(SteadyMs() + stall_ms, by_rate_ms);
  }
  return fed.consumed;
}

void Connection::RefuseBody(BodyState state) {
  ServerState& server = loop_.state();
  body_reader_.reset();
  body_.reset();
  switch (state) {
    case BodyState::kTooLarge:
      server.requests_too_large.fetch_add(1, std::memory_order_relaxed);
      Refuse(413, "limit_exceeded",
             "the body has more than " + std::to_string(server.options.body_bytes_max) + " bytes");
      return;
    case BodyState::kRefused:
      server.requests_shed.fetch_add(1, std::memory_order_relaxed);
      Refuse(503, "unavailable", "too many request bodies at once; send it again");
      return;
    default:
      server.requests_malformed.fetch_add(1, std::memory_order_relaxed);
      Refuse(400, "invalid_input", "the request was refused: its body is framed wrongly");
  }
}

HttpResponder Connection::BeginExchange() {
  exchange_ = std::make_shared<Exchange>(loop_.shared_from_this(), weak_from_this(), request_id_,
                                         loop_.state().options.stream_buffer_bytes_max);
  state_ = State::kHandling;
  deadline_ms_ = 0;
  return HttpResponder(exchange_);
}

void Connection::Dispatch() {
  ServerState& server = loop_.state();
  body_reader_.reset();
  request_.body = std::shared_ptr<const std::string>(body_, &body_->bytes);
  body_.reset();
  HttpResponder responder = BeginExchange();
  server.requests.fetch_add(1, std::memory_order_relaxed);
  try {
    server.handler(std::move(request_), std::move(responder));
  } catch (const std::exception&) {
    // The responder was dropped on the way out, so the client gets its 500.
    server.handler_exceptions.fetch_add(1, std::memory_order_relaxed);
  }
  request_ = HttpRequest();
}

}  // namespace vitrine::net::internal
