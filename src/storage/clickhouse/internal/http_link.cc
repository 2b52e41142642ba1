#include "storage/clickhouse/internal/http_link.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "storage/clickhouse/limits.h"

namespace vitrine::clickhouse {
namespace {

std::unexpected<Error> Away(const std::string& why) {
  return Fail(ErrorCode::kUnavailable, "ClickHouse does not answer: " + why);
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return lower;
}

template <typename Number>
bool ReadNumber(std::string_view text, Number& value, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

Result<void> ReadField(std::string_view name, std::string_view value, AnswerHead& head) {
  if (name == "content-length") {
    if (head.has_length || !ReadNumber(value, head.content_length))
      return Fail(ErrorCode::kCorrupt, "malformed Content-Length in the answer");
    head.has_length = true;
  } else if (name == "transfer-encoding") {
    if (Lower(value) != "chunked")
      return Fail(ErrorCode::kCorrupt, "unknown Transfer-Encoding in the answer");
    head.chunked = true;
  } else if (name == "connection") {
    head.keep_alive = Lower(value).find("close") == std::string::npos;
  } else if (name == "keep-alive") {
    const size_t at = value.find("timeout=");
    const std::string_view digits = at == value.npos ? "" : value.substr(at + 8);
    if (!ReadNumber(digits.substr(0, digits.find_first_not_of("0123456789")), head.keep_alive_s))
      head.keep_alive_s = 0;
  } else if (name == "x-clickhouse-exception-code") {
    head.exception_code = value;
  } else if (name == "x-clickhouse-exception-tag") {
    head.exception_tag = value;
  }
  return {};
}

/// A non-blocking socket that is connecting or connected.
Result<int> OpenSocket(const sockaddr* address, socklen_t size, const Deadline& deadline) {
  const int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return Away(std::strerror(errno));
  int problem = 0;
  if (connect(fd, address, size) != 0) {
    problem = errno;
    if (problem == EINPROGRESS || problem == EAGAIN) {
      const Result<short> ready = deadline.Wait(fd, POLLOUT);
      if (!ready) {
        close(fd);
        return std::unexpected(ready.error());
      }
      socklen_t problem_size = sizeof(problem);
      getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &problem_size);
    }
  }
  if (problem != 0) {
    close(fd);
    return Away(std::strerror(problem));
  }
  return fd;
}

Result<int> ConnectUnix(const std::string& path, const Deadline& deadline) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path))
    return Fail(ErrorCode::kInvalidInput, "the socket's path is too long: " + path);
  std::memcpy(address.sun_path, path.data(), path.size());
  return OpenSocket(reinterpret_cast<const sockaddr*>(&address), sizeof(address), deadline);
}

Result<int> ConnectTcp(const Endpoint& endpoint, const Deadline& deadline) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(endpoint.port);
  if (const int code = getaddrinfo(endpoint.host.c_str(), port.c_str(), &hints, &found); code != 0)
    return Away(endpoint.host + ": " + gai_strerror(code));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  Result<int> fd = Away(endpoint.host + " has no address");
  for (const addrinfo* at = found; at && !fd; at = at->ai_next)
    fd = OpenSocket(at->ai_addr, at->ai_addrlen, deadline);
  if (fd) {
    const int on = 1;
    setsockopt(*fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  return fd;
}

}  // namespace

Deadline::Deadline(std::chrono::milliseconds timeout, const CancelToken* cancel,
                   const CancelToken* stop)
    : timeout_(timeout), cancel_(cancel), stop_(stop) {
  Restart();
}

void Deadline::Restart() { end_ = std::chrono::steady_clock::now() + timeout_; }

Result<short> Deadline::Wait(int fd, short events) const {
  using std::chrono::ceil;
  using std::chrono::milliseconds;
  while (true) {
    const auto left = ceil<milliseconds>(end_ - std::chrono::steady_clock::now()).count();
    if (left <= 0)
      return Fail(ErrorCode::kCancelled,
                  "no answer from ClickHouse within " + std::to_string(timeout_.count()) + " ms");
    std::array<pollfd, 3> fds{{{fd, events, 0},
                               {cancel_ ? cancel_->fd() : -1, POLLIN, 0},
                               {stop_ ? stop_->fd() : -1, POLLIN, 0}}};
    const int ready =
        poll(fds.data(), fds.size(), static_cast<int>(std::min<int64_t>(left, 1 << 30)));
    if (stop_ && stop_->cancelled()) return Fail(ErrorCode::kCancelled, "the server is stopping");
    if (cancel_ && cancel_->cancelled()) return Fail(ErrorCode::kCancelled, "cancelled");
    if (ready > 0 && fds[0].revents != 0) return fds[0].revents;
    if (ready < 0 && errno != EINTR) return Away(std::strerror(errno));
  }
}

Result<AnswerHead> ParseAnswerHead(std::string_view bytes) {
  AnswerHead head;
  const std::string_view line = bytes.substr(0, bytes.find("\r\n"));
  if (!line.starts_with("HTTP/1.") || line.size() < 12 ||
      !ReadNumber(line.substr(9, 3), head.status))
    return Fail(ErrorCode::kCorrupt, "the answer is not HTTP");
  head.keep_alive = line[7] == '1';
  bytes.remove_prefix(std::min(line.size() + 2, bytes.size()));
  while (!bytes.empty() && bytes != "\r\n") {
    const size_t end = bytes.find("\r\n");
    const size_t colon = bytes.find(':');
    if (end == bytes.npos || colon == bytes.npos || colon > end)
      return Fail(ErrorCode::kCorrupt, "malformed header in the answer");
    std::string_view value = bytes.substr(colon + 1, end - colon - 1);
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    TRY(ReadField(Lower(bytes.substr(0, colon)), value, head));
    bytes.remove_prefix(end + 2);
  }
  if (head.chunked && head.has_length)
    return Fail(ErrorCode::kCorrupt, "the answer has two lengths");
  return head;
}

Result<std::unique_ptr<HttpLink>> HttpLink::Connect(const Endpoint& endpoint,
                                                    const Deadline& deadline) {
  Result<int> fd = endpoint.unix_path.empty() ? ConnectTcp(endpoint, deadline)
                                              : ConnectUnix(endpoint.unix_path, deadline);
  if (!fd) return std::unexpected(fd.error());
  return std::unique_ptr<HttpLink>(new HttpLink(*fd));
}

HttpLink::~HttpLink() { close(fd_); }

bool HttpLink::Stale() const {
  pollfd poll_fd{fd_, POLLIN, 0};
  return poll(&poll_fd, 1, 0) != 0;  // Bytes or an end: neither belongs here.
}

void HttpLink::StampIdle() {
  const int64_t kept_ms = keep_alive_s_ > 0 ? keep_alive_s_ * 1000 - kIdleMarginMs : kIdleDefaultMs;
  usable_until_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(kept_ms);
}

/// False when the server has begun to answer, or refuses to read on.
Result<bool> HttpLink::SendSome(std::string_view& bytes, const Deadline& deadline) {
  TRY_ASSIGN(const short ready, deadline.Wait(fd_, POLLOUT | POLLIN));
  if ((ready & POLLIN) != 0) return false;
  const ssize_t sent = send(fd_, bytes.data(), std::min(bytes.size(), kSocketBufferBytes),
                            MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent >= 0) {
    bytes.remove_prefix(static_cast<size_t>(sent));
  } else if (errno == EPIPE || errno == ECONNRESET) {
    return false;  // Its answer may be waiting for us still.
  } else if (errno != EAGAIN && errno != EINTR) {
    return Away(std::strerror(errno));
  }
  return true;
}

Result<bool> HttpLink::SendPart(std::initializer_list<std::string_view> parts,
                                const Deadline& deadline) {
  complete_ = false;
  sent_all_ = false;
  for (std::string_view part : parts) {
    while (!part.empty()) {
      TRY_ASSIGN(const bool goes_on, SendSome(part, deadline));
      if (!goes_on) return false;
    }
  }
  return true;
}

Result<void> HttpLink::SendEnd(std::string_view part, const Deadline& deadline) {
  TRY_ASSIGN(sent_all_, SendPart({part}, deadline));
  return {};
}

Result<void> HttpLink::Send(std::string_view head, std::string_view body,
                            const Deadline& deadline) {
  TRY_ASSIGN(sent_all_, SendPart({head, body}, deadline));
  return {};
}

Result<bool> HttpLink::Fill(const Deadline& deadline) {
  buffer_.erase(0, at_);
  at_ = 0;
  while (true) {
    TRY(deadline.Wait(fd_, POLLIN));
    const size_t old_size = buffer_.size();
    buffer_.resize(old_size + kSocketBufferBytes);
    const ssize_t got = recv(fd_, buffer_.data() + old_size, kSocketBufferBytes, MSG_DONTWAIT);
    const int problem = errno;
    buffer_.resize(old_size + static_cast<size_t>(std::max<ssize_t>(got, 0)));
    if (got >= 0) return got > 0;
    if (problem == ECONNRESET) return false;
    if (problem != EAGAIN && problem != EINTR) return Away(std::strerror(problem));
  }
}

Result<AnswerHead> HttpLink::ReadHead(const Deadline& deadline) {
  while (true) {
    const size_t end = buffered().find("\r\n\r\n");
    if (end != std::string_view::npos) {
      Result<AnswerHead> head = ParseAnswerHead(buffered().substr(0, end + 4));
      at_ += end + 4;
      if (!head) return head;
      if (head->status == 100) continue;
      chunked_ = head->chunked;
      until_close_ = !head->chunked && !head->has_length;
      left_ = head->content_length;
      first_chunk_ = true;
      keep_alive_ = head->keep_alive && !until_close_ && sent_all_;
      keep_alive_s_ = head->keep_alive_s;
      complete_ = head->has_length && left_ == 0;
      return head;
    }
    if (buffered().size() > kAnswerHeadBytesMax)
      return Fail(ErrorCode::kCorrupt, "the head of the answer is too large");
    TRY_ASSIGN(const bool more, Fill(deadline));
    if (!more) return Away("the connection was closed before the answer");
  }
}

Result<std::string_view> HttpLink::TakeLine(const Deadline& deadline) {
  while (true) {
    const size_t end = buffered().find("\r\n");
    if (end != std::string_view::npos) {
      const std::string_view line = buffered().substr(0, end);
      at_ += end + 2;
      return line;
    }
    if (buffered().size() > kAnswerHeadBytesMax)
      return Fail(ErrorCode::kCorrupt, "overlong chunk line in the answer");
    TRY_ASSIGN(const bool more, Fill(deadline));
    if (!more) return Away("the answer was cut short");
  }
}

Result<void> HttpLink::NextChunk(const Deadline& deadline) {
  if (!first_chunk_) {
    TRY_ASSIGN(const std::string_view gap, TakeLine(deadline));
    if (!gap.empty()) return Fail(ErrorCode::kCorrupt, "bytes after a chunk of the answer");
  }
  first_chunk_ = false;
  TRY_ASSIGN(const std::string_view line, TakeLine(deadline));
  const std::string_view digits = line.substr(0, line.find_first_of("; \t"));
  if (digits.size() > 15 || !ReadNumber(digits, left_, 16))
    return Fail(ErrorCode::kCorrupt, "malformed chunk size in the answer");
  if (left_ > 0) return {};
  while (true) {
    TRY_ASSIGN(const std::string_view trailer, TakeLine(deadline));
    if (trailer.empty()) break;
  }
  complete_ = true;
  return {};
}

Result<std::string_view> HttpLink::ReadBody(const Deadline& deadline) {
  if (chunked_ && left_ == 0 && !complete_) TRY(NextChunk(deadline));
  if (complete_) return std::string_view();
  if (buffered().empty()) {
    TRY_ASSIGN(const bool more, Fill(deadline));
    if (!more && until_close_) {
      complete_ = true;
      return std::string_view();
    }
    if (!more) return Away("the answer was cut short");
  }
  const uint64_t size =
      until_close_ ? buffered().size() : std::min<uint64_t>(left_, buffered().size());
  const std::string_view piece = buffered().substr(0, static_cast<size_t>(size));
  at_ += piece.size();
  if (!until_close_) left_ -= piece.size();
  if (!chunked_ && !until_close_ && left_ == 0) complete_ = true;
  return piece;
}

}  // namespace vitrine::clickhouse
