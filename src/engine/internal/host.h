// Host: libchdb running in this process, and the connections to it.
//
// Owner:   the host owns every connection; a Lease lends one statement a connection and a place
//          among the running statements.
// Threads: the host is thread-safe. A Lease is for one thread at a time, except Kill.
// Cancel:  every connection carries a tag in the setting `query_cache_tag` (the cache itself is not
//          used), so that KILL QUERY can find what runs on it: libchdb lets nobody choose query
//          ids.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "engine/internal/chdb_api.h"
#include "engine/internal/host_config.h"

namespace vitrine::engine {

using NamedValues = std::vector<std::pair<std::string, std::string>>;

/// What a finished statement did. `error` is empty on success.
struct Outcome {
  std::string error;
  std::string body;  ///< What the statement returned, unless it went into a file.
  uint64_t read_rows = 0;
  uint64_t read_bytes = 0;
  uint64_t written_rows = 0;
  uint64_t written_bytes = 0;
  uint64_t result_rows = 0;
};

/// A ClickHouse error text: "Code: 60. DB::Exception: ... (UNKNOWN_TABLE)".
std::string ErrorText(int code, std::string_view message, std::string_view name);

/// Settings as one text: equal for the same names and values in the same order.
std::string ProfileOf(const NamedValues& settings);

/// One connection of the engine.
class Connection {
 public:
  Connection(const ChdbApi& api, chdb_connection* handle, uint64_t id);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Runs one statement to its end.
  Outcome Run(std::string_view sql, std::string_view format, const NamedValues& params = {});
  StatementAnalysis Classify(std::string_view sql);

  /// Applies settings, `readonly` last; nothing is to do where they are applied already. An error
  /// text or nothing.
  std::string Apply(const NamedValues& settings);
  /// What Apply has applied, as ProfileOf gives it. Statements with other settings need another
  /// connection: nothing sets them back.
  const std::string& profile() const { return profile_; }
  std::string UseDatabase(const std::string& database);

  const ChdbApi& api() const { return api_; }
  chdb_connection handle() const { return *handle_; }
  std::string tag() const { return "vitrine-" + std::to_string(id_); }
  uint64_t id() const { return id_; }

  /// Set when something on the connection outlives the statement.
  void set_dirty() { dirty_ = true; }
  bool dirty() const { return dirty_; }

 private:
  const ChdbApi& api_;
  chdb_connection* handle_;
  uint64_t id_;
  std::string database_ = "default";
  std::string profile_;
  bool dirty_ = false;
};

/// The rows of one INSERT on their way in. Destroyed before Finish it is cancelled.
class InsertStream {
 public:
  InsertStream(Connection& connection, std::string_view head, std::string_view format,
               const NamedValues& params);
  ~InsertStream();
  InsertStream(const InsertStream&) = delete;
  InsertStream& operator=(const InsertStream&) = delete;

  /// Empty while all is well.
  std::string error() const;
  /// Gives rows; waits while the engine is behind. False when the insert failed: call Finish.
  bool Append(std::string_view bytes);
  /// Commits.
  Outcome Finish();

 private:
  Connection& connection_;
  chdb_insert_stream stream_;
  bool finished_ = false;
};

class Host;

class Lease {
 public:
  Lease() = default;
  Lease(Host* host, std::unique_ptr<Connection> connection, std::string query_id);
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&&) = delete;
  ~Lease();

  Connection& operator*() { return *connection_; }
  Connection* operator->() { return connection_.get(); }
  /// Asks the engine to stop what runs here. Returns at once; may have to be repeated.
  void Kill();
  /// Takes the connection out, for a session that keeps it.
  std::unique_ptr<Connection> Keep() { return std::move(connection_); }

 private:
  Host* host_ = nullptr;
  std::unique_ptr<Connection> connection_;
  uint64_t id_ = 0;
};

class Host {
 public:
  /// Starts the engine; it answers when this returns.
  /// Errors: kIo (the folder), kConflict (another engine works on the folder), kInternal.
  static Result<std::unique_ptr<Host>> Start(const ChdbApi& api, const HostOptions& options);
  ~Host();

  /// Waits for a place among the running statements and lends a connection on which `settings` are
  /// applied, or none are. `kept` is a session's connection, else empty.
  /// Errors: kLimitExceeded (all places taken), kUnavailable (stopping).
  Result<Lease> Acquire(const std::string& query_id, const NamedValues& settings = {},
                        std::unique_ptr<Connection> kept = nullptr);

  /// An SQL expression that is the id the client chose, on a row of system.processes.
  std::string QueryIdExpression();
  void Kill(uint64_t connection_id);

  /// Refuses new statements, gives running ones `grace_ms`, kills the rest, closes everything.
  void Stop(int64_t grace_ms);

  std::string version() const { return api_.version(); }

 private:
  friend class Lease;
  Host(const ChdbApi& api, std::string config_path, std::string path);
  std::unique_ptr<Connection> Connect();
  std::unique_ptr<Connection> TakeIdle(const std::string& profile);
  void Release(uint64_t id, std::unique_ptr<Connection> connection);

  ChdbApi api_;
  std::string config_path_;
  std::string path_;
  std::unique_ptr<Connection> control_;  ///< Only for KILL; guarded by control_mutex_.
  std::mutex control_mutex_;

  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t next_id_ = 1;
  size_t connecting_ = 0;  ///< Places taken by connections that are being opened.
  bool stopping_ = false;
  std::vector<std::unique_ptr<Connection>> idle_;  ///< The latest used last.
  std::map<uint64_t, std::string> running_;  ///< Connection id to the client's query id.
};

}  // namespace vitrine::engine
