// One session as a conversation: its turns oldest first, what was new in each and what was
// answered. Threads: free functions. Source: docs/ARCHITECTURE.md "HTTP API".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/limits.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

struct SessionPageRequest {
  std::string project, session_id;
  uint32_t limit = kSessionTurnsDefault;  ///< 1 to kPageSizeMax.
  std::string cursor;                     ///< Of the page before, or empty.
};

struct SessionPage {
  std::string session;             ///< As in the list.
  std::vector<std::string> turns;  ///< JSON objects in the API's shape, oldest first.
  std::string next_cursor;         ///< Empty: this was the last page.
};

/// A page ends before its limit where the content of its turns grows beyond
/// kSessionContentBytesMax. Errors: kNotFound, kInvalidInput (limit, cursor), kCorrupt (a message),
/// the client's.
Result<SessionPage> ReadSession(clickhouse::Client& client, const SessionPageRequest& request);

}  // namespace vitrine::query
