// Http2Request: a relayed request on its way into an HTTP/2 stream. It reads the bytes of HTTP/1.1
// that the relay writes, and gives nghttp2 their body; the head comes from the plan, as fields.
// Owner: its Http2Stream. Threads: the loop's. Source: RFC 9113 section 8.3, RFC 7541 section 7.1.
#pragma once

#include <nghttp2/nghttp2.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "net/http_relay.h"
#include "net/internal/byte_queue.h"
#include "net/internal/head_gate.h"
#include "net/internal/message_framer.h"

namespace vitrine::net::internal {

class Http2Request {
 public:
  /// `head_bytes`: the size of the same head in HTTP/1.1, which the relay writes before the body.
  Http2Request(const RelayPlan& plan, const Framing& framing, size_t head_bytes);

  /// Begins a stream for it. Negative where the connection has no more (an error of nghttp2).
  int32_t Submit(nghttp2_session* session, nghttp2_data_source_read_callback fill, void* stream);

  /// Reads what the relay offers. It offers what was not taken yet each time, and maybe more.
  void Read(std::span<const iovec> offered);
  /// How many of the offered bytes went on since the last call. `held_back` of them are kept as not
  /// taken although nothing of them is left to send.
  size_t Taken(size_t held_back);

  /// Gives the next bytes of the body, as nghttp2_data_source_read_callback does.
  ssize_t Fill(nghttp2_session* session, int32_t id, std::span<uint8_t> to, uint32_t& flags);

  /// Nothing more will come, and all of it went on.
  bool is_out() const { return framer_.done() && body_.empty(); }

 private:
  void ReadBytes(std::string_view bytes);

  HttpHeaders fields_;  ///< With pseudo fields in front; names in lower case.
  MessageFramer framer_;
  bool has_body_ = false;
  size_t head_left_;    ///< Of the head's bytes, which go nowhere.
  size_t offered_ = 0;  ///< Read and not told as taken.
  ByteQueue body_;      ///< What is left to send.
};

}  // namespace vitrine::net::internal
