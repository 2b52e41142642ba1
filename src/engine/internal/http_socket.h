// HttpSocket: one client's connection: reads heads and bodies, writes answers, with time limits.
// Owner: takes the descriptor and closes it. Threads: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/internal/http_head.h"

namespace vitrine::engine {

class HttpSocket {
 public:
  explicit HttpSocket(int fd) : fd_(fd) {}
  ~HttpSocket();
  HttpSocket(const HttpSocket&) = delete;
  HttpSocket& operator=(const HttpSocket&) = delete;

  int fd() const { return fd_; }

  /// Waits for a request and reads its head; forgets the body of the one before.
  /// Errors: kUnavailable when the client closed or stayed idle (no answer is due), else as
  ///         ParseHead.
  Result<HttpHead> ReadHead();

  /// The next bytes of the body, at most kIoBufferBytes; empty at its end. Valid until the next
  /// call. Answers "100 Continue" first when the client waits for it.
  /// Errors: kUnavailable (the client left before the end), kInvalidInput (broken chunks).
  Result<std::string_view> ReadBody();
  /// True when the body was read to its end, so that another request may follow.
  bool body_done() const { return body_done_; }

  /// Errors: kUnavailable when the client is gone or takes nothing.
  Result<void> Write(std::string_view bytes);
  /// True when the client closed its side; does not wait.
  bool PeerGone() const;

 private:
  Result<bool> Fill(int64_t timeout_ms);
  Result<std::string_view> TakeLine(size_t bytes_max);
  Result<void> NextChunk();
  std::string_view buffered() const { return std::string_view(buffer_).substr(at_); }

  int fd_;
  std::string buffer_;
  size_t at_ = 0;
  bool chunked_ = false;
  bool continue_due_ = false;
  bool body_done_ = true;
  bool first_chunk_ = true;
  uint64_t left_ = 0;  ///< Of the body, or of the current chunk.
};

}  // namespace vitrine::engine
