#include "net/internal/exchange.h"

#include <algorithm>

#include "base/check.h"
#include "net/http_error.h"
#include "net/http_server.h"
#include "net/internal/connection.h"
#include "net/internal/loop.h"

namespace vitrine::net {
namespace internal {

Exchange::Exchange(std::shared_ptr<Loop> loop, std::weak_ptr<Connection> connection,
                   std::string request_id, size_t buffer_bytes_max)
    : loop_(std::move(loop)),
      connection_(std::move(connection)),
      request_id_(std::move(request_id)),
      buffer_bytes_max_(buffer_bytes_max) {}

void Exchange::PostToConnection(void (Connection::*act)(const std::shared_ptr<Exchange>&)) {
  // The weak pointer is locked on the loop's thread only, so a connection always dies there.
  loop_->Post([connection = connection_, self = shared_from_this(), act] {
    if (const auto alive = connection.lock()) ((*alive).*act)(self);
  });
}

void Exchange::AddHeader(std::string name, std::string value) {
  const std::scoped_lock lock(mutex_);
  VITRINE_CHECK(!answered_);
  added_headers_.Add(std::move(name), std::move(value));
}

void Exchange::Answer(HttpResponse response) {
  {
    const std::scoped_lock lock(mutex_);
    VITRINE_CHECK(!answered_);
    answered_ = true;
    answer_ = std::move(response);
  }
  PostToConnection(&Connection::OnAnswer);
}

void Exchange::Begin(int status, HttpHeaders headers) {
  {
    const std::scoped_lock lock(mutex_);
    VITRINE_CHECK(!answered_);
    answered_ = true;
    streaming_ = true;
    answer_.status = status;
    answer_.headers = std::move(headers);
  }
  PostToConnection(&Connection::OnAnswer);
}

void Exchange::Relay(RelayPlan plan) {
  {
    const std::scoped_lock lock(mutex_);
    VITRINE_CHECK(!answered_);
    answered_ = true;
    relay_plan_ = std::move(plan);
  }
  PostToConnection(&Connection::OnRelay);
}

Result<void> Exchange::Write(std::string_view bytes, bool may_wait) {
  may_wait = may_wait && Loop::Current() == nullptr;
  while (!bytes.empty()) {
    bool must_post = false;
    {
      std::unique_lock lock(mutex_);
      VITRINE_CHECK(streaming_ && !ended_);
      const auto has_room = [this] {
        return disconnected_ || aborted_ || pending_.size() + in_flight_bytes_ < buffer_bytes_max_;
      };
      if (may_wait) {
        drained_.wait(lock, has_room);
      } else if (!has_room()) {
        return Fail(ErrorCode::kLimitExceeded, "the client reads more slowly than this is written");
      }
      if (disconnected_ || aborted_) {
        return Fail(ErrorCode::kCancelled, "the client is gone");
      }
      const size_t room = buffer_bytes_max_ - pending_.size() - in_flight_bytes_;
      const std::string_view piece = bytes.substr(0, may_wait ? room : bytes.size());
      pending_.append(piece);
      bytes.remove_prefix(piece.size());
      must_post = !pump_posted_;
      pump_posted_ = true;
    }
    if (must_post) PostToConnection(&Connection::OnStream);
  }
  return {};
}

void Exchange::End(const HttpHeaders& trailers) {
  {
    const std::scoped_lock lock(mutex_);
    if (ended_) return;
    ended_ = true;
    for (const auto& field : trailers)
      (((trailer_lines_ += field.name) += ": ") += field.value) += "\r\n";
    if (pump_posted_) return;
    pump_posted_ = true;
  }
  PostToConnection(&Connection::OnStream);
}

void Exchange::Abort() {
  {
    const std::scoped_lock lock(mutex_);
    if (ended_ || aborted_) return;
    aborted_ = true;
    if (pump_posted_) return;
    pump_posted_ = true;
  }
  PostToConnection(&Connection::OnStream);
}

void Exchange::OnDisconnect(std::function<void()> callback) {
  {
    const std::scoped_lock lock(mutex_);
    if (done_) return;
    if (!disconnected_) {
      on_disconnect_ = std::move(callback);
      callback = nullptr;
    }
  }
  if (callback) {
    callback();
  } else {
    PostToConnection(&Connection::WatchPeer);
  }
}

bool Exchange::disconnected() const {
  const std::scoped_lock lock(mutex_);
  return disconnected_;
}

Exchange::Taken Exchange::TakeAnswer() {
  const std::scoped_lock lock(mutex_);
  Taken taken{std::move(answer_), streaming_};
  for (const HttpHeader& field : added_headers_)
    taken.response.headers.Add(field.name, field.value);
  return taken;
}

RelayPlan Exchange::TakeRelayPlan() {
  const std::scoped_lock lock(mutex_);
  RelayPlan plan = std::move(relay_plan_);
  for (const HttpHeader& field : added_headers_) plan.response_headers.Add(field.name, field.value);
  return plan;
}

Exchange::Pending Exchange::TakePending() {
  const std::scoped_lock lock(mutex_);
  Pending pending;
  pending.bytes = std::move(pending_);
  pending_.clear();
  in_flight_bytes_ = pending.bytes.size();
  if (ended_) pending.trailer_lines = std::move(trailer_lines_);
  pending.ended = ended_;
  pending.aborted = aborted_;
  pump_posted_ = false;
  return pending;
}

void Exchange::Delivered() {
  {
    const std::scoped_lock lock(mutex_);
    in_flight_bytes_ = 0;
  }
  drained_.notify_all();
}

void Exchange::MarkDisconnected() {
  std::function<void()> callback;
  {
    const std::scoped_lock lock(mutex_);
    if (disconnected_ || done_) return;
    disconnected_ = true;
    callback = std::move(on_disconnect_);
    on_disconnect_ = nullptr;
  }
  drained_.notify_all();
  if (callback) callback();
}

void Exchange::MarkDone() {
  std::function<void()> callback;  // Destroyed outside the lock.
  const std::scoped_lock lock(mutex_);
  done_ = true;
  callback.swap(on_disconnect_);
}

}  // namespace internal

HttpResponder::HttpResponder(std::shared_ptr<internal::Exchange> exchange)
    : exchange_(std::move(exchange)) {}

HttpResponder& HttpResponder::operator=(HttpResponder&& other) noexcept {
  std::swap(exchange_, other.exchange_);
  return *this;
}

HttpResponder::~HttpResponder() {
  if (!exchange_) return;
  const Error error{ErrorCode::kInternal, "the request was dropped without an answer", {}};
  exchange_->Answer(HttpErrorResponse(error, exchange_->request_id()));
}

void HttpResponder::AddHeader(std::string name, std::string value) {
  VITRINE_CHECK(exchange_ != nullptr);
  exchange_->AddHeader(std::move(name), std::move(value));
}

void HttpResponder::Send(HttpResponse response) {
  VITRINE_CHECK(exchange_ != nullptr);
  std::exchange(exchange_, nullptr)->Answer(std::move(response));
}

HttpStream HttpResponder::Begin(int status, HttpHeaders headers) {
  VITRINE_CHECK(exchange_ != nullptr);
  exchange_->Begin(status, std::move(headers));
  return HttpStream(std::exchange(exchange_, nullptr));
}

void HttpResponder::Relay(RelayPlan plan) {
  VITRINE_CHECK(exchange_ != nullptr);
  std::exchange(exchange_, nullptr)->Relay(std::move(plan));
}

void HttpResponder::OnDisconnect(std::function<void()> callback) {
  VITRINE_CHECK(exchange_ != nullptr);
  exchange_->OnDisconnect(std::move(callback));
}

bool HttpResponder::disconnected() const {
  VITRINE_CHECK(exchange_ != nullptr);
  return exchange_->disconnected();
}

const std::string& HttpResponder::request_id() const {
  VITRINE_CHECK(exchange_ != nullptr);
  return exchange_->request_id();
}

HttpStream::HttpStream(std::shared_ptr<internal::Exchange> exchange)
    : exchange_(std::move(exchange)) {}

HttpStream& HttpStream::operator=(HttpStream&& other) noexcept {
  std::swap(exchange_, other.exchange_);
  return *this;
}

HttpStream::~HttpStream() {
  if (exchange_) exchange_->Abort();
}

Result<void> HttpStream::Write(std::string_view bytes) {
  VITRINE_CHECK(exchange_ != nullptr);
  return exchange_->Write(bytes, true);
}

Result<void> HttpStream::TryWrite(std::string_view bytes) {
  VITRINE_CHECK(exchange_ != nullptr);
  return exchange_->Write(bytes, false);
}

void HttpStream::End(const HttpHeaders& trailers) {
  VITRINE_CHECK(exchange_ != nullptr);
  std::exchange(exchange_, nullptr)->End(trailers);
}

void HttpStream::OnDisconnect(std::function<void()> callback) {
  VITRINE_CHECK(exchange_ != nullptr);
  exchange_->OnDisconnect(std::move(callback));
}

bool HttpStream::disconnected() const {
  VITRINE_CHECK(exchange_ != nullptr);
  return exchange_->disconnected();
}

}  // namespace vitrine::net
