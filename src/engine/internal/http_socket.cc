#include "engine/internal/http_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "engine/limits.h"

namespace vitrine::engine {
namespace {

std::unexpected<Error> Gone() { return Fail(ErrorCode::kUnavailable, "the client is gone"); }

bool WaitFor(int fd, short events, int64_t timeout_ms) {
  pollfd poll_fd{fd, events, 0};
  int ready = 0;
  do {
    ready = poll(&poll_fd, 1, static_cast<int>(timeout_ms));
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

}  // namespace

HttpSocket::~HttpSocket() { close(fd_); }

Result<bool> HttpSocket::Fill(int64_t timeout_ms) {
  buffer_.erase(0, at_);
  at_ = 0;
  if (!WaitFor(fd_, POLLIN, timeout_ms)) return Gone();
  const size_t old_size = buffer_.size();
  buffer_.resize(old_size + kIoBufferBytes);
  ssize_t got = 0;
  do {
    got = recv(fd_, buffer_.data() + old_size, kIoBufferBytes, 0);
  } while (got < 0 && errno == EINTR);
  buffer_.resize(old_size + static_cast<size_t>(std::max<ssize_t>(got, 0)));
  if (got < 0) return Gone();
  return got > 0;
}

Result<HttpHead> HttpSocket::ReadHead() {
  int64_t timeout_ms = kIdleTimeoutMs;
  size_t searched = 0;
  while (true) {
    const std::string_view bytes = buffered();
    const size_t end = bytes.find("\r\n\r\n", searched > 3 ? searched - 3 : 0);
    if (end != bytes.npos) {
      const size_t size = end + 4;
      Result<HttpHead> head = ParseHead(bytes.substr(0, size));
      at_ += size;
      if (!head) return head;
      chunked_ = head->chunked;
      left_ = head->content_length.value_or(0);
      body_done_ = !chunked_ && left_ == 0;
      continue_due_ = head->expects_continue && !body_done_;
      first_chunk_ = true;
      return head;
    }
    if (bytes.size() > kRequestLineBytesMax + kHeaderBytesMax)
      return Fail(ErrorCode::kLimitExceeded, "the head of the request is too large");
    searched = bytes.size();
    TRY_ASSIGN(const bool more, Fill(timeout_ms));
    if (!more) return Gone();
    timeout_ms = kReadTimeoutMs;
  }
}

Result<std::string_view> HttpSocket::TakeLine(size_t bytes_max) {
  while (true) {
    const std::string_view bytes = buffered();
    const size_t end = bytes.find("\r\n");
    if (end != bytes.npos) {
      at_ += end + 2;
      return bytes.substr(0, end);
    }
    if (bytes.size() > bytes_max + 1) return Fail(ErrorCode::kInvalidInput, "overlong chunk line");
    TRY_ASSIGN(const bool more, Fill(kReadTimeoutMs));
    if (!more) return Gone();
  }
}

Result<void> HttpSocket::NextChunk() {
  if (!first_chunk_) {
    TRY_ASSIGN(const std::string_view gap, TakeLine(0));
    if (!gap.empty()) return Fail(ErrorCode::kInvalidInput, "bytes after a chunk");
  }
  first_chunk_ = false;
  TRY_ASSIGN(const std::string_view line, TakeLine(kChunkLineBytesMax));
  const auto size = ParseChunkSize(line);
  if (!size) return Fail(ErrorCode::kInvalidInput, "malformed chunk size");
  left_ = *size;
  if (left_ > 0) return {};
  for (size_t trailers = 0; trailers <= kHeaderCountMax; ++trailers) {
    TRY_ASSIGN(const std::string_view trailer, TakeLine(kChunkLineBytesMax));
    if (trailer.empty()) {
      body_done_ = true;
      return {};
    }
  }
  return Fail(ErrorCode::kInvalidInput, "too many trailers");
}

Result<std::string_view> HttpSocket::ReadBody() {
  if (continue_due_) {
    continue_due_ = false;
    TRY(Write("HTTP/1.1 100 Continue\r\n\r\n"));
  }
  if (!body_done_ && chunked_ && left_ == 0) TRY(NextChunk());
  if (body_done_) return std::string_view();
  if (buffered().empty()) {
    TRY_ASSIGN(const bool more, Fill(kReadTimeoutMs));
    if (!more) return Gone();
  }
  const std::string_view piece =
      buffered().substr(0, static_cast<size_t>(std::min<uint64_t>(left_, kIoBufferBytes)));
  at_ += piece.size();
  left_ -= piece.size();
  if (!chunked_ && left_ == 0) body_done_ = true;
  return piece;
}

Result<void> HttpSocket::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
    } else if (sent < 0 && errno == EAGAIN) {
      if (!WaitFor(fd_, POLLOUT, kWriteTimeoutMs)) return Gone();
    } else if (sent < 0 && errno != EINTR) {
      return Gone();
    }
  }
  return {};
}

bool HttpSocket::PeerGone() const {
  pollfd poll_fd{fd_, POLLRDHUP, 0};
  return poll(&poll_fd, 1, 0) > 0 && (poll_fd.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

}  // namespace vitrine::engine
