// What has been used of the gateway's limits, by window of time, so that a budget outlives the
// server. Owner: values. Threads: free functions within the caller's Transaction.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/catalog/catalog.h"

namespace vitrine::catalog {

/// One subject's window. The next one takes its place.
struct LimitUseRow {
  std::string scope;  ///< Whose limit: "user", "all" …, or "key/ID" of a virtual key.
  int64_t window_ms = 0;
  std::string subject;  ///< Whom it counts: a user's id, say. May be empty.
  int64_t window = 0;   ///< Number of the window since the epoch.
  int64_t requests = 0, tokens = 0, cost_nano_usd = 0;
};

Result<std::vector<LimitUseRow>> ReadLimitUse(const Transaction& work);
Result<void> WriteLimitUse(Transaction& work, const LimitUseRow& row);
/// Removes windows that are over at `now_ms`, and those of virtual keys that are gone.
Result<void> RemovePassedLimitUse(Transaction& work, int64_t now_ms);

}  // namespace vitrine::catalog
