// The server's side of an HTTP/2 connection for tests of the relay: it does what a script says,
// with nghttp2, on the script's thread. Owner: borrows the socket. Threads: one.
#pragma once

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/internal/relay_tls_testing.h"

namespace vitrine::net::internal {

using Http2Fields = std::vector<std::pair<std::string, std::string>>;
using Http2Settings = std::vector<nghttp2_settings_entry>;

/// One request as it came.
struct Http2Heard {
  int32_t id = 0;
  Http2Fields fields;  ///< Pseudo fields included, in order.
  Http2Fields trailers;
  std::string body;
  bool has_head = false;
  bool is_complete = false;
  bool is_closed = false;
  bool was_reset = false;
  uint32_t reset_code = 0;

  std::string Field(std::string_view name) const {
    for (const auto& [key, value] : fields) {
      if (key == name) return value;
    }
    return {};
  }
  bool Has(std::string_view name) const {
    return std::any_of(fields.begin(), fields.end(),
                       [name](const auto& field) { return field.first == name; });
  }
};

class Http2Peer {
 public:
  struct Options {
    Http2Settings settings = {};
    bool reads_bodies = true;    ///< Gives the windows back as bodies come.
    bool checks_answers = true;  ///< Off: may send what the protocol forbids.
  };

  explicit Http2Peer(TestSocket& socket) : Http2Peer(socket, Options()) {}
  Http2Peer(TestSocket& socket, const Options& options)
      : read_([&socket](char* to, size_t size) -> ssize_t {
          if (!IsReadable(socket.descriptor())) return kNothingYet;
          return ::recv(socket.descriptor(), to, size, 0);
        }),
        write_([&socket](std::string_view bytes) { return socket.Send(bytes); }),
        close_([&socket] { ::shutdown(socket.descriptor(), SHUT_RDWR); }) {
    Begin(options);
  }
  Http2Peer(ServerTls& tls, const Options& options)
      : read_([&tls](char* to, size_t size) -> ssize_t {
          if (!tls.has_pending() && !IsReadable(tls.descriptor())) return kNothingYet;
          return tls.ReadBytes(to, size);
        }),
        write_([&tls](std::string_view bytes) { return tls.WriteBytes(bytes); }),
        close_([&tls] { ::shutdown(tls.descriptor(), SHUT_RDWR); }) {
    Begin(options);
  }
  ~Http2Peer() { nghttp2_session_del(session_); }
  Http2Peer(const Http2Peer&) = delete;
  Http2Peer& operator=(const Http2Peer&) = delete;

  /// Reads and answers until `condition` holds, which may hang on what another thread does; false
  /// when the connection ended before.
  bool RunUntil(const std::function<bool()>& condition) {
    std::vector<char> buffer(64 * 1024);
    Flush();
    while (!condition()) {
      const ssize_t got = read_(buffer.data(), buffer.size());
      if (got == kNothingYet) continue;
      if (got <= 0) return condition();
      const ssize_t used = nghttp2_session_mem_recv(
          session_, reinterpret_cast<const uint8_t*>(buffer.data()), static_cast<size_t>(got));
      EXPECT_EQ(used, got) << nghttp2_strerror(static_cast<int>(used));
      if (used < 0) return false;
      // Not from within nghttp2, which must not be asked for bytes there.
      for (const int32_t id : std::exchange(fresh_, {})) {
        if (on_request) on_request(of(id));
      }
      Flush();
    }
    return true;
  }
  /// Waits until `count` requests came whole, in all.
  bool WaitRequests(size_t count) {
    return RunUntil([this, count] { return complete_.size() >= count; });
  }
  /// Serves until the peer closes.
  void RunToEnd() {
    RunUntil([] { return false; });
  }
  /// In the order their heads came.
  Http2Heard& request(size_t index) { return *heard_.at(order_.at(index)); }
  size_t requests() const { return order_.size(); }
  /// Ids in the order they were complete.
  const std::vector<int32_t>& complete() const { return complete_; }
  Http2Heard& of(int32_t id) { return *heard_.at(id); }
  /// Called when a request is complete.
  std::function<void(Http2Heard&)> on_request;

  void Interim(int32_t id, const std::string& status, const Http2Fields& fields = {}) {
    const auto pairs = Pairs(WithStatus(status, fields));
    EXPECT_EQ(nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, id, nullptr, pairs.data(),
                                     pairs.size(), nullptr),
              0);
    Flush();
  }
  /// The head; the body follows by Write.
  void BeginAnswer(int32_t id, const std::string& status, const Http2Fields& fields = {}) {
    answered_.insert(id);
    const auto pairs = Pairs(WithStatus(status, fields));
    nghttp2_data_provider body{.source = {.ptr = this}, .read_callback = &Fill};
    EXPECT_EQ(nghttp2_submit_response(session_, id, pairs.data(), pairs.size(), &body), 0);
    Flush();
  }
  void Write(int32_t id, std::string_view bytes) {
    out_[id].bytes.append(bytes);
    Resume(id);
  }
  void End(int32_t id, const Http2Fields& trailers = {}) {
    out_[id].ends = true;
    out_[id].trailers = trailers;
    Resume(id);
  }
  /// A whole answer.
  void Answer(int32_t id, const std::string& status, const Http2Fields& fields,
              std::string_view body, const Http2Fields& trailers = {}) {
    out_[id].bytes.append(body);
    out_[id].ends = true;
    out_[id].trailers = trailers;
    BeginAnswer(id, status, fields);
  }
  /// A head that ends the stream.
  void AnswerHead(int32_t id, const std::string& status, const Http2Fields& fields = {}) {
    const auto pairs = Pairs(WithStatus(status, fields));
    EXPECT_EQ(nghttp2_submit_response(session_, id, pairs.data(), pairs.size(), nullptr), 0);
    Flush();
  }
  void Reset(int32_t id, uint32_t code) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, code);
    Flush();
  }
  void GoAway(int32_t last_id, uint32_t code = NGHTTP2_NO_ERROR) {
    nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, last_id, code, nullptr, 0);
    Flush();
  }
  /// Gives back windows of what came on a stream, where the peer does not by itself.
  void Consume(int32_t id, size_t size) {
    nghttp2_session_consume(session_, id, size);
    Flush();
  }
  /// Ends the connection at once.
  void Close() {
    is_open_ = false;
    close_();
  }
  bool is_open() const { return is_open_; }
  bool was_answered(int32_t id) const { return answered_.contains(id); }
  /// Bytes of a body that did not go out yet.
  size_t unsent(int32_t id) { return out_[id].left(); }
  size_t pings() const { return pings_; }
  bool settings_acknowledged() const { return settings_acknowledged_; }
  void Flush() {
    const uint8_t* bytes = nullptr;
    for (;;) {
      const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
      if (size <= 0) return;
      if (!write_({reinterpret_cast<const char*>(bytes), static_cast<size_t>(size)})) return;
    }
  }

 private:
  struct Out {
    std::string bytes;
    size_t sent = 0;
    bool ends = false;

    size_t left() const { return bytes.size() - sent; }
    Http2Fields trailers;
  };

  static constexpr ssize_t kNothingYet = -2;
  /// After a moment at the latest.
  static bool IsReadable(int descriptor) {
    pollfd poll{descriptor, POLLIN, 0};
    return ::poll(&poll, 1, 5) > 0;
  }
  static std::string Text(const uint8_t* bytes, size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
  }
  static Http2Fields WithStatus(const std::string& status, const Http2Fields& fields) {
    Http2Fields all = {{":status", status}};
    all.insert(all.end(), fields.begin(), fields.end());
    return all;
  }
  /// Lifetime: borrows; nghttp2 copies.
  std::vector<nghttp2_nv> Pairs(Http2Fields fields) {
    kept_.push_back(std::move(fields));
    std::vector<nghttp2_nv> pairs;
    for (auto& [name, value] : kept_.back()) {
      pairs.push_back({reinterpret_cast<uint8_t*>(name.data()),
                       reinterpret_cast<uint8_t*>(value.data()), name.size(), value.size(),
                       NGHTTP2_NV_FLAG_NONE});
    }
    return pairs;
  }

  void Begin(const Options& options) {
    nghttp2_session_callbacks* calls = nullptr;
    nghttp2_session_callbacks_new(&calls);
    nghttp2_session_callbacks_set_on_begin_headers_callback(calls, &OnBegin);
    nghttp2_session_callbacks_set_on_header_callback(calls, &OnField);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, &OnBody);
    nghttp2_session_callbacks_set_on_frame_recv_callback(calls, &OnFrame);
    nghttp2_session_callbacks_set_on_stream_close_callback(calls, &OnClose);
    nghttp2_option* option = nullptr;
    nghttp2_option_new(&option);
    nghttp2_option_set_no_auto_window_update(option, options.reads_bodies ? 0 : 1);
    nghttp2_option_set_no_http_messaging(option, options.checks_answers ? 0 : 1);
    nghttp2_session_server_new2(&session_, calls, this, option);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(calls);
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, options.settings.data(),
                            options.settings.size());
  }
  void Resume(int32_t id) {
    nghttp2_session_resume_data(session_, id);
    Flush();
  }

  static Http2Peer& Self(void* user) { return *static_cast<Http2Peer*>(user); }
  static int OnBegin(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    auto heard = std::make_unique<Http2Heard>();
    heard->id = frame->hd.stream_id;
    Self(user).order_.push_back(frame->hd.stream_id);
    Self(user).heard_[frame->hd.stream_id] = std::move(heard);
    return 0;
  }
  static int OnField(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                     size_t name_size, const uint8_t* value, size_t value_size, uint8_t,
                     void* user) {
    Http2Heard& heard = Self(user).of(frame->hd.stream_id);
    (heard.has_head ? heard.trailers : heard.fields)
        .emplace_back(Text(name, name_size), Text(value, value_size));
    return 0;
  }
  static int OnBody(nghttp2_session*, uint8_t, int32_t id, const uint8_t* bytes, size_t size,
                    void* user) {
    Self(user).of(id).body += Text(bytes, size);
    return 0;
  }
  static int OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Http2Peer& self = Self(user);
    const bool is_ack = (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0;
    if (frame->hd.type == NGHTTP2_PING && !is_ack) ++self.pings_;
    if (frame->hd.type == NGHTTP2_SETTINGS && is_ack) self.settings_acknowledged_ = true;
    if (!self.heard_.contains(frame->hd.stream_id)) return 0;
    Http2Heard& heard = self.of(frame->hd.stream_id);
    if (frame->hd.type == NGHTTP2_HEADERS) heard.has_head = true;
    if (frame->hd.type == NGHTTP2_RST_STREAM) {
      heard.was_reset = true;
      heard.reset_code = frame->rst_stream.error_code;
    }
    const bool can_end = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (can_end && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
      heard.is_complete = true;
      self.complete_.push_back(heard.id);
      self.fresh_.push_back(heard.id);
    }
    return 0;
  }
  static int OnClose(nghttp2_session*, int32_t id, uint32_t, void* user) {
    if (Self(user).heard_.contains(id)) Self(user).of(id).is_closed = true;
    return 0;
  }
  static ssize_t Fill(nghttp2_session* session, int32_t id, uint8_t* to, size_t size,
                      uint32_t* flags, nghttp2_data_source* source, void*) {
    auto* self = static_cast<Http2Peer*>(source->ptr);
    Out& out = self->out_[id];
    const size_t taken = std::min(size, out.left());
    if (taken == 0 && !out.ends) return NGHTTP2_ERR_DEFERRED;
    std::copy_n(out.bytes.data() + out.sent, taken, to);
    out.sent += taken;
    if (out.left() > 0 || !out.ends) return static_cast<ssize_t>(taken);
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (!out.trailers.empty()) {
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      const auto pairs = self->Pairs(out.trailers);
      nghttp2_submit_trailer(session, id, pairs.data(), pairs.size());
    }
    return static_cast<ssize_t>(taken);
  }

  const std::function<ssize_t(char*, size_t)> read_;
  const std::function<bool(std::string_view)> write_;
  const std::function<void()> close_;
  bool is_open_ = true;
  nghttp2_session* session_ = nullptr;
  std::map<int32_t, std::unique_ptr<Http2Heard>> heard_;
  std::vector<int32_t> order_;
  std::vector<int32_t> complete_;
  std::set<int32_t> answered_;
  std::vector<int32_t> fresh_;  ///< Complete, and not told yet.
  std::map<int32_t, Out> out_;
  std::vector<Http2Fields> kept_;
  size_t pings_ = 0;
  bool settings_acknowledged_ = false;
};

/// Where HTTP/2 is spoken without asking.
inline std::shared_ptr<const UpstreamEndpoint> Http2At(uint16_t port) {
  return std::make_shared<const UpstreamEndpoint>(
      UpstreamEndpoint{.host = "127.0.0.1", .port = port, .http2 = UpstreamHttp2::kPriorKnowledge});
}

/// Does with each request what `answer` says.
inline TestUpstream::Script AnswerEach(std::function<void(Http2Peer&, Http2Heard&)> answer) {
  return [answer = std::move(answer)](TestSocket& socket, size_t) {
    Http2Peer peer(socket);
    peer.on_request = [&](Http2Heard& heard) { answer(peer, heard); };
    peer.RunToEnd();
  };
}

/// Answers every request with its own body.
inline TestUpstream::Script EchoOverHttp2() {
  return AnswerEach([](Http2Peer& peer, Http2Heard& heard) {
    peer.Answer(heard.id, "200", {{"content-length", std::to_string(heard.body.size())}},
                heard.body);
  });
}

}  // namespace vitrine::net::internal
