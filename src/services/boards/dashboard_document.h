// A dashboard as it is sent, kept and shared as a file: what is checked before it is kept.
// Owner: values. Threads: free functions. Format: docs/dashboards.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vitrine::boards {

struct DashboardDocument {
  std::string name;
  int64_t panel_count = 0;
  /// JSON: name, description, range, filter, panels; everything there, nothing unknown.
  std::string body;
  std::optional<int64_t> version;  ///< The one that was changed, where the sender said it.
};

/// Reads what was sent. Errors: kInvalidInput naming the panel and its member, kLimitExceeded.
Result<DashboardDocument> ReadDashboard(std::string_view json);

}  // namespace vitrine::boards
