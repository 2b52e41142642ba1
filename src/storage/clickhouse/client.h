// Client: speaks ClickHouse's HTTP interface to the engine on a Unix socket, or to a cluster on TCP.
// Owner: the app. Threads: every function may be called from any thread; each call uses a pooled keep-alive connection.
// Source: ClickHouse HTTP interface: X-ClickHouse-Exception-Code, X-ClickHouse-Summary, param_*, settings in the URL.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
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

struct QueryOptions {
  std::vector<std::pair<std::string, std::string>> settings;
  std::vector<std::pair<std::string, std::string>> params;  ///< {name:Type} in the query; sent as param_name.
  std::string query_id;
  std::chrono::milliseconds timeout{60'000};
};

/// True for failures that say nothing about the request: engine away, restarting, out of memory, too many parts.
/// The same request may succeed later.
bool IsTransient(const Error& error);

class Client {
 public:
  explicit Client(Endpoint endpoint);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Runs a query and returns the whole answer in the FORMAT the query names.
  /// Errors: kUnavailable (engine away or busy: IsTransient), kInvalidInput (the engine refused; message is its exception
  ///         text), kLimitExceeded (memory, rows or time of the query's own limits), kCancelled (timeout).
  Result<std::string> Query(std::string_view sql, const QueryOptions& options = {});
  /// The same, handing over the answer as it comes; a false return of `sink` ends the query. An exception that the engine
  /// raises after the first byte is an error of this call.
  Result<void> Stream(std::string_view sql, const std::function<bool(std::string_view)>& sink,
                      const QueryOptions& options = {});
  /// Runs a statement that answers nothing.
  Result<void> Execute(std::string_view sql, const QueryOptions& options = {});
  /// INSERT with `native` (one or more blocks in Native format) as data.
  Result<void> InsertNative(std::string_view table, std::string_view columns, std::string_view native,
                            const QueryOptions& options = {});
  /// GET /ping answered.
  bool Ping(std::chrono::milliseconds timeout);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vitrine::clickhouse
