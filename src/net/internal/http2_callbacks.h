// What nghttp2 calls while it reads and writes for a Http2Session.
// Owner: one set for all, made once. Threads: any; each call comes on its session's loop.
#pragma once

#include <nghttp2/nghttp2.h>

namespace vitrine::net::internal {

class Http2Session;

/// A client's side of HTTP/2 with our settings queued. `session` is told, and outlives it.
nghttp2_session* MakeHttp2Client(Http2Session& session);

/// nghttp2_data_source_read_callback of requests; the source is the Http2Stream.
ssize_t FillHttp2Body(nghttp2_session* session, int32_t id, uint8_t* to, size_t size,
                      uint32_t* flags, nghttp2_data_source* source, void*);

}  // namespace vitrine::net::internal
