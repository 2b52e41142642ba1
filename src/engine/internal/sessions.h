// Sessions: connections that clients keep between requests by session_id, with their settings,
// temporary tables and current database.
// Threads: thread-safe. A session serves one request at a time, as in ClickHouse.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "engine/internal/host.h"
#include "engine/internal/query_request.h"

namespace vitrine::engine {

class Sessions {
 public:
  /// Takes the session's connection; empty when the session is new.
  /// Refusals: SESSION_IS_LOCKED, SESSION_NOT_FOUND (session_check), too many sessions.
  std::expected<std::unique_ptr<Connection>, Refusal> Take(const QueryRequest& request);
  /// Gives it back for `session_timeout_s`; empty `connection` ends the session.
  void Return(const QueryRequest& request, std::unique_ptr<Connection> connection);
  /// Closes sessions whose time is over.
  void Expire();
  void CloseAll();

 private:
  struct Session {
    std::unique_ptr<Connection> connection;
    bool busy = false;
    int64_t ends_ns = 0;
  };
  std::mutex mutex_;
  std::map<std::string, Session> sessions_;
};

}  // namespace vitrine::engine
