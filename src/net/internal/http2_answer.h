// Http2Answer: what came on an HTTP/2 stream and was not read yet, as bytes of HTTP/1.1: heads,
// then the body as one without framing, whose end is told apart. A stream's flow control bounds it.
// Owner: its Http2Stream. Threads: the loop's. Source: RFC 9113 sections 8.1 and 8.3.2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "net/internal/byte_queue.h"

namespace vitrine::net::internal {

class Http2Answer {
 public:
  /// A field of a head, `:status` first, or of the trailers.
  void AddField(std::string_view name, std::string_view value);
  /// The head, or the trailers, are complete.
  void EndFields();
  void AddBody(std::string_view bytes) { waiting_.Add(bytes); }
  void End() { has_ended_ = true; }
  /// Forgets what waits: nobody will read it.
  void Drop();

  /// Moves bytes; returns how many.
  size_t Read(std::span<char> to);
  bool has_bytes() const { return !waiting_.empty(); }
  /// How many of the last Read were of the body, and so of the stream's window.
  size_t body_read() const { return body_read_; }
  /// The peer ended its side in order.
  bool has_ended() const { return has_ended_; }
  /// The lines behind the body, without the empty one; empty where there are none.
  const std::string& trailers() const { return trailers_; }

  int64_t arrived_ns = 0;  ///< When the read that delivered the last of it returned.

 private:
  std::string fields_;
  bool is_final_ = false;        ///< The head that is being read, or was.
  bool has_final_head_ = false;  ///< What follows are trailers.
  bool has_ended_ = false;
  ByteQueue waiting_;
  size_t heads_left_ = 0;  ///< Of what waits, the heads' bytes. They come before the body.
  size_t body_read_ = 0;
  std::string trailers_;
};

}  // namespace vitrine::net::internal
