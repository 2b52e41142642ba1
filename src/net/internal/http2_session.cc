#include "net/internal/http2_session.h"

#include <algorithm>
#include <array>
#include <utility>

#include "net/internal/http2_callbacks.h"
#include "net/internal/http2_pool.h"
#include "net/internal/upstream_pool.h"
#include "net/limits.h"

namespace vitrine::net::internal {

Http2Session::Http2Session(Loop& loop, Http2Pool& pool,
                           std::shared_ptr<UpstreamConnection> connection, size_t streams_max)
    : loop_(loop), pool_(pool), connection_(std::move(connection)), streams_max_(streams_max) {
  idle_since_ms_ = SteadyMs();
}

void Http2Session::Open(const RelayTimeouts& timeouts) {
  connection_->SetOwner(this);
  connection_->Open({}, timeouts);
}

bool Http2Session::HasRoom() const {
  // Nothing was heard for long, and a ping is on its way: the next call does not wait for it.
  const bool is_doubtful = is_over() || is_losing_ || is_draining_ || pinged_ms_ != 0;
  return !is_doubtful && streams_.size() < streams_max_;
}

void Http2Session::OnSettings() {
  writers_may_go_ = true;  // The windows of streams may have grown.
  const uint32_t theirs =
      nghttp2_session_get_remote_settings(http2_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  streams_max_ = std::min<size_t>(theirs, kHttp2StreamsMax);
  pool_.OnStreamsMax(connection_->key(), streams_max_);
  PassOverBeyond();
}

// What came before the server said how many it takes would wait here for the end of others.
void Http2Session::PassOverBeyond() {
  if (streams_.size() <= streams_max_) return;
  size_t beyond = streams_.size() - streams_max_;
  const auto all = streams_;
  for (auto at = all.rbegin(); at != all.rend() && beyond > 0; ++at) {
    Http2Stream& stream = **at;
    if (stream.is_head_sent()) continue;
    --beyond;
    stream.OnLost("the connection takes no more requests");
    Touch(stream);
    if (stream.id() < 0) {
      Forget(stream);
    } else {  // nghttp2 forgets it, and closes it when its turn would have come.
      (void)nghttp2_submit_rst_stream(http2_.get(), NGHTTP2_FLAG_NONE, stream.id(), NGHTTP2_CANCEL);
    }
  }
}

void Http2Session::LookForNews() {
  if (!is_open() || !streams_.empty() || in_turn_) return;
  const auto self = shared_from_this();
  // The caller's bytes may be in the loop's buffer; and whoever has no streams says little.
  std::array<char, 4096> buffer;
  in_turn_ = true;
  ReadInput(buffer);
  EndTurn();
}

std::shared_ptr<Http2Stream> Http2Session::Attach() {
  auto stream = std::make_shared<Http2Stream>(shared_from_this(), is_open());
  if (streams_.empty()) heard_ms_ = SteadyMs();  // Nothing was to be heard while it was idle.
  streams_.push_back(stream);
  return stream;
}

void Http2Session::OnUpstreamOpen() {
  const auto self = shared_from_this();
  if (!connection_->speaks_http2()) {
    HandOver();
    return;
  }
  BeginHttp2();
  const auto waiting = streams_;
  for (const auto& stream : waiting) {
    if (stream->owner() != nullptr) stream->owner()->OnUpstreamOpen();
  }
  Flush();
  // What the server said first may have come with the end of the handshake; no event tells of it.
  reads_on_ = connection_->has_buffered();
  if (reads_on_) TurnSoon();
}

void Http2Session::BeginHttp2() {
  state_ = State::kOpen;
  heard_ms_ = SteadyMs();
  http2_.reset(MakeHttp2Client(*this));
}

void Http2Session::HandOver() {
  state_ = State::kOver;
  connection_->SetOwner(nullptr);
  pool_.OnHttp1(connection_->key());
  std::shared_ptr<UpstreamConnection> connection = connection_;
  for (const auto& stream : std::exchange(streams_, {})) {
    UpstreamOwner* owner = stream->owner();
    if (owner == nullptr) continue;
    stream->SetOwner(nullptr);
    owner->OnUpstreamUnshared(std::exchange(connection, nullptr));
  }
  if (connection) loop_.upstreams().Give(std::move(connection));
}

void Http2Session::OnUpstreamFailed(RelayEndReason reason, const std::string& detail) {
  const auto self = shared_from_this();
  state_ = State::kOver;
  for (const auto& stream : std::exchange(streams_, {})) {
    if (stream->owner() != nullptr) stream->owner()->OnUpstreamFailed(reason, detail);
  }
}

void Http2Session::OnUpstreamReady(UpstreamConnection&, bool readable, bool writable) {
  const auto self = shared_from_this();
  if (is_over()) return;
  in_turn_ = true;
  if (readable) ReadInput(loop_.scratch());
  if (writable) Flush();
  EndTurn();
}

void Http2Session::ReadInput(std::span<char> buffer) {
  reads_on_ = false;
  for (int turn = 0; !is_over(); ++turn) {
    if (turn == kReadsPerTurn) {
      reads_on_ = connection_->is_tls();
      return;
    }
    const Moved got = connection_->Read(buffer);
    if (got.kind == Moved::Kind::kLater) return;
    if (got.kind != Moved::Kind::kBytes) {
      Lose("the upstream closed the connection");
      return;
    }
    heard_ns_ = MonotonicNanos();
    heard_ms_ = heard_ns_ / 1'000'000;
    pinged_ms_ = 0;
    const auto* bytes = reinterpret_cast<const uint8_t*>(buffer.data());
    const ssize_t used = nghttp2_session_mem_recv(http2_.get(), bytes, got.size);
    if (used < 0) {
      Lose(std::string("HTTP/2: ") + nghttp2_strerror(static_cast<int>(used)));
      return;
    }
    // Each read is told before the next, so that every delta has the moment of its own.
    TellTouched();
    if (got.size < buffer.size() && !connection_->is_tls()) return;
  }
}

void Http2Session::EndTurn() {
  do {
    TellTouched();
    if (std::exchange(writers_may_go_, false)) TellWriters();
    Flush();
  } while (!touched_.empty() || writers_may_go_);
  in_turn_ = false;
  if (is_over()) return;
  if (reads_on_) {
    TurnSoon();
    return;
  }
  const bool is_done = nghttp2_session_want_read(http2_.get()) == 0 &&
                       nghttp2_session_want_write(http2_.get()) == 0 && !has_unsent();
  if (is_done || (is_draining_ && streams_.empty())) Lose("the upstream ended the connection");
}

void Http2Session::TellTouched() {
  while (!touched_.empty()) {
    for (const auto& stream : std::exchange(touched_, {})) {
      stream->is_touched = false;
      stream->Tell(false);
    }
  }
}

void Http2Session::TellWriters() {
  const auto all = streams_;
  for (const auto& stream : all) {
    if (stream->wants_write()) stream->Tell(true);
  }
}

void Http2Session::Touch(Http2Stream& stream) {
  if (stream.is_touched) return;
  stream.is_touched = true;
  touched_.push_back(stream.shared_from_this());
}

void Http2Session::TellSoon(Http2Stream& stream) {
  Touch(stream);
  TurnSoon();
}

void Http2Session::TurnSoon() {
  if (in_turn_ || std::exchange(turn_posted_, true)) return;
  loop_.Post([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self) return;
    self->turn_posted_ = false;
    if (self->is_open()) {
      self->OnUpstreamReady(*self->connection_, self->reads_on_, false);
    } else {
      self->TellTouched();
    }
  });
}

void Http2Session::TickOpening(int64_t now_ms) {
  if (state_ == State::kOpening) connection_->Tick(now_ms);
}

int32_t Http2Session::Submit(Http2Stream& stream) {
  if (!is_open() || is_losing_) return NGHTTP2_ERR_INVALID_STATE;
  const int32_t id = stream.request().Submit(http2_.get(), &FillHttp2Body, &stream);
  if (id < 0) is_draining_ = true;  // Its ids are used up.
  return id;
}

void Http2Session::Resume(const Http2Stream& stream) {
  if (is_open()) (void)nghttp2_session_resume_data(http2_.get(), stream.id());
}

void Http2Session::Consume(const Http2Stream& stream, size_t size) {
  if (!is_open() || size == 0) return;
  (void)nghttp2_session_consume_stream(http2_.get(), stream.id(), size);
  if (nghttp2_session_want_write(http2_.get()) != 0) TurnSoon();
}

void Http2Session::Cancel(const Http2Stream& stream) {
  if (!is_open()) return;
  (void)nghttp2_submit_rst_stream(http2_.get(), NGHTTP2_FLAG_NONE, stream.id(), NGHTTP2_CANCEL);
  Flush();
}

void Http2Session::Forget(const Http2Stream& stream) {
  std::erase_if(streams_, [&stream](const auto& one) { return one.get() == &stream; });
  if (streams_.empty()) idle_since_ms_ = SteadyMs();
}

void Http2Session::Refuse(Http2Stream& stream) {
  stream.OnLost("the connection takes no more requests");
  TellSoon(stream);
  Forget(stream);
}

void Http2Session::OnStreamClosed(Http2Stream& stream, uint32_t error_code) {
  if (error_code == NGHTTP2_HTTP_1_1_REQUIRED) pool_.OnHttp1(connection_->key());
  writers_may_go_ = true;  // One beyond the server's number of streams begins now.
  stream.OnClosed(error_code);
  stream.answer().arrived_ns = std::max(stream.answer().arrived_ns, heard_ns_);
  TellSoon(stream);
  Forget(stream);  // `stream` is touched, which keeps it.
}

void Http2Session::Flush() {
  if (!is_open() || is_losing_) return;
  const bool had_waited = has_unsent();
  for (;;) {
    while (out_.size() < kHttp2WriteBytes) {
      const uint8_t* bytes = nullptr;
      const ssize_t size = nghttp2_session_mem_send(http2_.get(), &bytes);
      if (size < 0) {
        LoseSoon(std::string("HTTP/2: ") + nghttp2_strerror(static_cast<int>(size)));
        return;
      }
      if (size == 0) break;
      out_.Add({reinterpret_cast<const char*>(bytes), static_cast<size_t>(size)});
    }
    if (!has_unsent()) break;
    iovec piece{const_cast<char*>(out_.bytes().data()), out_.size()};
    const Moved moved = connection_->Write({&piece, 1});
    if (moved.kind == Moved::Kind::kLater) break;
    if (moved.kind != Moved::Kind::kBytes) {
      out_.Clear();
      LoseSoon("the upstream closed the connection");
      return;
    }
    out_.Remove(moved.size);
  }
  connection_->Want(true, has_unsent());
  // Whoever sends first after the socket has room takes its event away from those that wait for it.
  if (!had_waited || has_unsent()) return;
  writers_may_go_ = true;
  TurnSoon();
}

void Http2Session::Tick(int64_t now_ms) {
  const auto self = shared_from_this();
  TickOpening(now_ms);
  if (!is_open()) return;
  if (streams_.empty()) {
    if (now_ms - idle_since_ms_ < kUpstreamIdleTimeoutMs) return;
    (void)nghttp2_session_terminate_session(http2_.get(), NGHTTP2_NO_ERROR);
    Flush();
    Lose("the connection was idle");
    return;
  }
  const HttpServerOptions& options = loop_.state().options;
  if (pinged_ms_ != 0) {
    if (now_ms - pinged_ms_ >= options.http2_ping_timeout_ms) {
      Lose("the upstream does not answer a ping");
      return;
    }
  } else if (now_ms - heard_ms_ >= options.http2_ping_after_ms) {
    pinged_ms_ = now_ms;
    (void)nghttp2_submit_ping(http2_.get(), NGHTTP2_FLAG_NONE, nullptr);
  }
  for (const auto& stream : streams_) {
    if (stream->left_ms() != 0 && now_ms - stream->left_ms() >= kHttp2EndWaitMs) {
      (void)nghttp2_submit_rst_stream(http2_.get(), NGHTTP2_FLAG_NONE, stream->id(),
                                      NGHTTP2_CANCEL);
    }
  }
  Flush();
}

void Http2Session::Drain() {
  is_draining_ = true;
  const bool is_used = std::any_of(streams_.begin(), streams_.end(),
                                   [](const auto& stream) { return stream->owner() != nullptr; });
  if (!is_used) Lose("the server stops");
}

void Http2Session::Lose(const std::string& detail) {
  if (is_over()) return;
  const auto self = shared_from_this();
  state_ = State::kOver;
  connection_->Close();
  for (const auto& stream : std::exchange(streams_, {})) {
    stream->OnLost(detail);
    Touch(*stream);
  }
  if (!in_turn_) TellTouched();
}

void Http2Session::LoseSoon(std::string detail) {
  if (std::exchange(is_losing_, true)) return;
  loop_.Post([weak = weak_from_this(), detail = std::move(detail)] {
    const auto self = weak.lock();
    if (!self) return;
    // What it said before is still to be read.
    if (self->is_open()) self->OnUpstreamReady(*self->connection_, true, false);
    self->Lose(detail);
  });
}

}  // namespace vitrine::net::internal
