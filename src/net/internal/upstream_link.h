// UpstreamLink: what one relay speaks through: a connection that it has for itself, over HTTP/1.1,
// or a stream of one that it shares, over HTTP/2. Empty once it is let go. Owner: shares the
// connection or the stream. Threads: the loop's.
//
// No interface: a relay asks for every piece that it moves, and a branch costs nothing there.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>

#include "net/internal/http2_stream.h"
#include "net/internal/upstream_connection.h"

namespace vitrine::net::internal {

class UpstreamLink {
 public:
  UpstreamLink() = default;
  explicit UpstreamLink(std::shared_ptr<UpstreamConnection> connection)
      : connection_(std::move(connection)) {}
  explicit UpstreamLink(std::shared_ptr<Http2Stream> stream) : stream_(std::move(stream)) {}

  explicit operator bool() const { return connection_ || stream_; }
  /// Null for a stream.
  const std::shared_ptr<UpstreamConnection>& connection() const { return connection_; }
  /// Null for a connection.
  const std::shared_ptr<Http2Stream>& stream() const { return stream_; }

  void SetOwner(UpstreamOwner* owner) {
    stream_ ? stream_->SetOwner(owner) : connection_->SetOwner(owner);
  }
  void Tick(int64_t now_ms) { stream_ ? stream_->Tick(now_ms) : connection_->Tick(now_ms); }
  bool is_open() const { return stream_ ? stream_->is_open() : connection_->is_open(); }
  bool was_kept() const { return stream_ ? stream_->was_kept() : connection_->was_kept(); }
  bool was_refused() const { return stream_ && stream_->was_refused(); }
  bool was_passed_over() const { return stream_ && stream_->was_passed_over(); }

  Moved Read(std::span<char> to) { return stream_ ? stream_->Read(to) : connection_->Read(to); }
  Moved Write(std::span<iovec> pieces) {
    return stream_ ? stream_->Write(pieces) : connection_->Write(pieces);
  }
  void Want(bool readable, bool writable) {
    stream_ ? stream_->Want(readable, writable) : connection_->Want(readable, writable);
  }
  /// Whether more may be at hand, or fit, after less than was asked for: a socket alone says by a
  /// short read that it is empty.
  bool goes_on() const { return stream_ || connection_->is_tls(); }
  /// When the read returned that delivered what Read gave last.
  int64_t ReadMoment() const { return stream_ ? stream_->arrived_ns() : MonotonicNanos(); }

 private:
  std::shared_ptr<UpstreamConnection> connection_;
  std::shared_ptr<Http2Stream> stream_;
};

}  // namespace vitrine::net::internal
