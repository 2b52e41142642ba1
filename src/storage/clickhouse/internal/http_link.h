// HttpLink: one keep-alive connection to an HTTP/1.1 server, for one exchange at a time, read
// strictly.
// Owner: takes the descriptor and closes it. Threads: one at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "storage/clickhouse/client.h"

namespace vitrine::clickhouse {

/// When a call ends whatever happens: a moment, and two tokens: the caller's and the client's own.
class Deadline {
 public:
  Deadline(std::chrono::milliseconds timeout, const CancelToken* cancel, const CancelToken* stop);

  /// Counts the time anew; for calls whose limit is silence.
  void Restart();
  /// Waits until `fd` has one of `events`. Returns what it has. Errors: kCancelled.
  Result<short> Wait(int fd, short events) const;

 private:
  std::chrono::milliseconds timeout_;
  std::chrono::steady_clock::time_point end_;
  const CancelToken* cancel_;
  const CancelToken* stop_;
};

struct AnswerHead {
  int status = 0;
  bool chunked = false;
  bool keep_alive = true;
  bool has_length = false;
  uint64_t content_length = 0;
  int64_t keep_alive_s = 0;  ///< Keep-Alive: timeout=; 0 when the server does not say.
  std::string exception_code;
  std::string exception_tag;
};

/// Reads a head up to and including its empty line. Errors: kCorrupt.
Result<AnswerHead> ParseAnswerHead(std::string_view bytes);

class HttpLink {
 public:
  /// Errors: kUnavailable (nobody answers there), kInvalidInput (address), kCancelled.
  static Result<std::unique_ptr<HttpLink>> Connect(const Endpoint& endpoint,
                                                   const Deadline& deadline);
  ~HttpLink();
  HttpLink(const HttpLink&) = delete;
  HttpLink& operator=(const HttpLink&) = delete;

  /// Sends a head and a body. Stops early when the server answers before it has all: the answer
  /// says why. Errors: kUnavailable, kCancelled.
  Result<void> Send(std::string_view head, std::string_view body, const Deadline& deadline);
  /// A request part after part, ended by SendEnd. False when the server answers before it has all.
  Result<bool> SendPart(std::initializer_list<std::string_view> parts, const Deadline& deadline);
  Result<void> SendEnd(std::string_view part, const Deadline& deadline);
  /// Errors: kUnavailable (closed), kCorrupt (not HTTP), kCancelled.
  Result<AnswerHead> ReadHead(const Deadline& deadline);
  /// The next bytes of the answer's body; empty at its end. Valid until the next call.
  /// Errors: as ReadHead; kUnavailable for a body that is cut short.
  Result<std::string_view> ReadBody(const Deadline& deadline);

  /// True when the last exchange is complete and the server keeps the connection.
  bool reusable() const { return complete_ && keep_alive_; }
  /// True when the server closed an idle connection, or sent what nobody asked for.
  bool Stale() const;
  std::chrono::steady_clock::time_point usable_until() const { return usable_until_; }
  void StampIdle();

 private:
  explicit HttpLink(int fd) : fd_(fd) {}
  Result<bool> Fill(const Deadline& deadline);
  Result<std::string_view> TakeLine(const Deadline& deadline);
  Result<void> NextChunk(const Deadline& deadline);
  Result<bool> SendSome(std::string_view& bytes, const Deadline& deadline);
  std::string_view buffered() const { return std::string_view(buffer_).substr(at_); }

  int fd_;
  std::string buffer_;
  size_t at_ = 0;
  bool chunked_ = false;
  bool until_close_ = false;
  bool first_chunk_ = true;
  bool complete_ = true;
  bool sent_all_ = true;
  bool keep_alive_ = true;
  uint64_t left_ = 0;
  int64_t keep_alive_s_ = 0;
  std::chrono::steady_clock::time_point usable_until_;
};

}  // namespace vitrine::clickhouse
