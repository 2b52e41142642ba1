// Client: speaks ClickHouse's HTTP interface to the engine on a Unix socket, or to a cluster on
// TCP.
//
// Owner:   the app. Threads: every function may be called from any thread; each call uses a pooled
//          keep-alive connection of its own.
// Format:  the statement travels in the body (for an INSERT in the URL), settings and parameters in
//          the URL. An exception after the first byte is found by its tag
//          (X-ClickHouse-Exception-Tag), or by the missing end of the body.
// Source:  ClickHouse HTTP interface: X-ClickHouse-Exception-Code, param_*, settings in the URL.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace vitrine::clickhouse {

struct Endpoint {
  std::string unix_path;  ///< Preferred when set.
  std::string host;
  uint16_t port = 0;
  std::string user, password, database;  ///< Sent only when set.
};

/// Ends calls from outside. One token may serve many calls; once cancelled it stays so.
class CancelToken {
 public:
  CancelToken();
  ~CancelToken();
  CancelToken(const CancelToken&) = delete;
  CancelToken& operator=(const CancelToken&) = delete;

  /// Wakes every call that waits with this token; they answer kCancelled, and the engine drops
  /// their queries. Any thread.
  void Cancel();
  bool cancelled() const;
  /// Becomes readable when cancelled; -1 when the system had no descriptor left.
  int fd() const { return fd_; }

 private:
  int fd_;
};

struct QueryOptions {
  std::vector<std::pair<std::string, std::string>> settings;
  /// {name:Type} in the query; sent as param_name. Values are in TSV escaping, as ClickHouse reads
  /// them; QueryParam() escapes a text.
  std::vector<std::pair<std::string, std::string>> params;
  std::string query_id;
  /// Of the whole call; for Stream, without one byte of the answer.
  std::chrono::milliseconds timeout{60'000};
  std::shared_ptr<CancelToken> cancel;  ///< Optional.
};

/// `text` escaped as the value of a query parameter.
std::string QueryParam(std::string_view text);
/// `text` as a String literal of SQL.
std::string SqlLiteral(std::string_view text);

/// True for failures that say nothing about the request: engine away, restarting, out of memory,
/// too many parts. The same request may succeed later.
bool IsTransient(const Error& error);
/// True where the engine says that the values of the rows, and nothing else, are at fault: the same
/// rows can never be inserted.
bool IsRefusalOfRows(const Error& error);
/// The ClickHouse exception code in an error of this client ("Code: 60. ..."), if there is one.
std::optional<int> ExceptionCode(const Error& error);

/// The data of one insert in pieces, each made when its turn to travel comes, so that not all of it
/// is in memory at once.
struct NativePieces {
  size_t count = 0;
  std::function<std::string(size_t index)> make;  ///< One or more whole blocks.
};

class Client {
 public:
  explicit Client(Endpoint endpoint);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Runs a query and returns the whole answer in the FORMAT the query names.
  /// Errors: kUnavailable (engine away or busy: IsTransient), kInvalidInput (the engine refused;
  ///         message is its exception text), kLimitExceeded (memory, rows or time of the query's
  ///         own limits, or kAnswerBytesMax), kCancelled (timeout, token).
  Result<std::string> Query(std::string_view sql, const QueryOptions& options = {});
  /// The same, handing over the answer as it comes; a false return of `sink` ends the query and is
  /// no error. An exception that the engine raises after the first byte is an error of this call.
  Result<void> Stream(std::string_view sql, const std::function<bool(std::string_view)>& sink,
                      const QueryOptions& options = {});
  /// Runs a statement that answers nothing.
  Result<void> Execute(std::string_view sql, const QueryOptions& options = {});
  /// INSERT with `native` (one or more blocks in Native format) as data. `columns` as in
  /// NativeBlock::ColumnList; empty means all. Success means the rows are on disk. After an error
  /// other than kInvalidInput they may be there as well.
  Result<void> InsertNative(std::string_view table, std::string_view columns,
                            std::string_view native, const QueryOptions& options = {});
  Result<void> InsertNative(std::string_view table, std::string_view columns,
                            const NativePieces& pieces, const QueryOptions& options = {});
  /// Ends every call in flight and every later one with kCancelled, so that nobody waits for an
  /// engine that hangs. Any thread; once stopped it stays so.
  void Stop();
  /// GET /ping answered.
  bool Ping(std::chrono::milliseconds timeout);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vitrine::clickhouse
