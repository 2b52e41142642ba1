#include "net/internal/http2_callbacks.h"

#include <array>

#include "base/check.h"
#include "net/internal/http2_session.h"
#include "net/internal/http2_stream.h"
#include "net/limits.h"

namespace vitrine::net::internal {

/// nghttp2 calls none of these for frames that break the protocol: it answers them itself, and
/// closes the stream or the connection.
struct Http2Callbacks {
  static Http2Session& SessionOf(void* user) { return *static_cast<Http2Session*>(user); }
  static Http2Stream* StreamOf(nghttp2_session* session, int32_t id) {
    return static_cast<Http2Stream*>(nghttp2_session_get_stream_user_data(session, id));
  }
  static std::string_view Text(const uint8_t* bytes, size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
  }

  static int OnField(nghttp2_session* session, const nghttp2_frame* frame, const uint8_t* name,
                     size_t name_size, const uint8_t* value, size_t value_size, uint8_t,
                     void* user) {
    Http2Stream* stream = StreamOf(session, frame->hd.stream_id);
    if (stream == nullptr || stream->owner() == nullptr) return 0;
    stream->answer().AddField(Text(name, name_size), Text(value, value_size));
    SessionOf(user).Touch(*stream);
    return 0;
  }

  static int OnBody(nghttp2_session* session, uint8_t, int32_t id, const uint8_t* bytes,
                    size_t size, void* user) {
    (void)nghttp2_session_consume_connection(session, size);
    Http2Stream* stream = StreamOf(session, id);
    if (stream == nullptr || stream->owner() == nullptr) return 0;
    stream->answer().AddBody(Text(bytes, size));
    stream->answer().arrived_ns = SessionOf(user).heard_ns_;
    SessionOf(user).Touch(*stream);
    return 0;
  }

  static int OnFrame(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    Http2Session& self = SessionOf(user);
    switch (frame->hd.type) {
      case NGHTTP2_GOAWAY: self.is_draining_ = true; return 0;
      case NGHTTP2_SETTINGS:
        if ((frame->hd.flags & NGHTTP2_FLAG_ACK) == 0) self.OnSettings();
        return 0;
      case NGHTTP2_WINDOW_UPDATE: self.writers_may_go_ = true; return 0;
      default: break;
    }
    Http2Stream* stream = StreamOf(session, frame->hd.stream_id);
    if (stream == nullptr) return 0;
    if (frame->hd.type == NGHTTP2_RST_STREAM) stream->MarkReset();
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
    if (frame->hd.type == NGHTTP2_HEADERS && stream->owner() != nullptr) {
      stream->answer().EndFields();
    }
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) stream->answer().End();
    stream->answer().arrived_ns = self.heard_ns_;
    self.Touch(*stream);
    return 0;
  }

  static int OnSent(nghttp2_session* session, const nghttp2_frame* frame, void*) {
    Http2Stream* stream = StreamOf(session, frame->hd.stream_id);
    if (stream != nullptr && frame->hd.type == NGHTTP2_HEADERS) stream->MarkHeadSent();
    return 0;
  }

  static int OnClose(nghttp2_session* session, int32_t id, uint32_t error_code, void* user) {
    Http2Stream* stream = StreamOf(session, id);
    if (stream != nullptr) SessionOf(user).OnStreamClosed(*stream, error_code);
    return 0;
  }

  static const nghttp2_session_callbacks* All() {
    static const nghttp2_session_callbacks* const all = [] {
      nghttp2_session_callbacks* made = nullptr;
      VITRINE_CHECK(nghttp2_session_callbacks_new(&made) == 0);
      nghttp2_session_callbacks_set_on_header_callback(made, &OnField);
      nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, &OnBody);
      nghttp2_session_callbacks_set_on_frame_recv_callback(made, &OnFrame);
      nghttp2_session_callbacks_set_on_frame_send_callback(made, &OnSent);
      nghttp2_session_callbacks_set_on_stream_close_callback(made, &OnClose);
      return made;
    }();
    return all;
  }

  static const nghttp2_option* Options() {
    static const nghttp2_option* const options = [] {
      nghttp2_option* made = nullptr;
      VITRINE_CHECK(nghttp2_option_new(&made) == 0);
      nghttp2_option_set_no_auto_window_update(made,
                                               1);    // What a relay read counts, not what came.
      nghttp2_option_set_no_closed_streams(made, 1);  // They are for priorities alone.
      return made;
    }();
    return options;
  }
};

nghttp2_session* MakeHttp2Client(Http2Session& session) {
  nghttp2_session* made = nullptr;
  // Fails for want of memory alone.
  VITRINE_CHECK(nghttp2_session_client_new2(&made, Http2Callbacks::All(), &session,
                                            Http2Callbacks::Options()) == 0);
  const std::array<nghttp2_settings_entry, 3> settings = {
      {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
       {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kHttp2StreamWindowBytes},
       {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kHeadBytesMax}}};
  VITRINE_CHECK(
      nghttp2_submit_settings(made, NGHTTP2_FLAG_NONE, settings.data(), settings.size()) == 0);
  VITRINE_CHECK(nghttp2_session_set_local_window_size(made, NGHTTP2_FLAG_NONE, 0,
                                                      kHttp2ConnectionWindowBytes) == 0);
  return made;
}

ssize_t FillHttp2Body(nghttp2_session* session, int32_t id, uint8_t* to, size_t size,
                      uint32_t* flags, nghttp2_data_source* source, void*) {
  return static_cast<Http2Stream*>(source->ptr)->request().Fill(session, id, {to, size}, *flags);
}

}  // namespace vitrine::net::internal
