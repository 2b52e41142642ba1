// Answer: one HTTP answer to a statement, as ClickHouse words it.
//
// The first kHoldBackBytes of a result are held: an answer that ends within them has its final
// status, numbers and length. A failure after that goes into the body as ClickHouse's tagged
// exception block, and the connection is cut.
// Threads: one at a time. Source: ClickHouse's HTTP interface (version 25.11 and later).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/internal/content_coding.h"
#include "engine/internal/host.h"
#include "engine/internal/http_socket.h"
#include "engine/internal/query_request.h"

namespace vitrine::engine {

/// The number in "Code: 60. DB::Exception: ..."; 1002 (UNKNOWN_EXCEPTION) without one.
int ExceptionCode(std::string_view error);
/// The HTTP status ClickHouse gives to an exception code.
int ExceptionStatus(int code);
/// The Content-Type of a format.
std::string_view FormatContentType(std::string_view format);

class Answer {
 public:
  /// `socket` and `head` must live longer.
  Answer(HttpSocket& socket, const HttpHead& head);

  void set_query(const QueryRequest& request);
  void set_format(std::string format) { format_ = std::move(format); }
  void set_version(std::string version) { version_ = std::move(version); }

  /// Takes result bytes. Errors: kUnavailable (the client is gone), kLimitExceeded (a held answer
  /// grew too large).
  Result<void> Write(std::string_view bytes);
  /// Ends a successful answer.
  void Finish(const Outcome& outcome);
  /// Ends a failed one. `error` is a ClickHouse error text.
  void FailWith(std::string_view error);
  /// As above with a status of its own, for what fails outside the engine.
  void FailWith(std::string_view error, int status);

  bool started() const { return started_; }
  /// True when the connection may serve another request.
  bool keep_alive() const { return keep_alive_; }

 private:
  std::string Head(int status, std::string_view content_type) const;
  void Start();
  Result<void> SendChunk(std::string_view bytes);
  void SendWhole(int status, std::string_view content_type, std::string_view extra,
                 std::string_view body);

  HttpSocket& socket_;
  const HttpHead& head_;
  std::string query_id_;
  std::string format_;
  std::string version_;
  std::string exception_tag_;
  Coding coding_ = Coding::kIdentity;
  std::unique_ptr<Deflater> deflater_;
  bool hold_all_ = false;
  bool started_ = false;
  bool keep_alive_;
  std::string held_;
  std::string coded_;
  int64_t started_ns_;
};

}  // namespace vitrine::engine
