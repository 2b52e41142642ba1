// Dashboards: documents with a version, which says whether somebody changed one meanwhile.
// What stands in a body is its writer's business. Owner: values. Threads: free functions within the
// caller's Transaction.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "storage/catalog/catalog.h"

namespace vitrine::catalog {

struct Dashboard {
  std::string id;
  int64_t version = 1;  ///< One more with each change.
  std::string name;
  int64_t panel_count = 0;
  std::string body;  ///< JSON; empty in lists.
  Nanos created_at, updated_at;
};

/// Without bodies, by name.
Result<std::vector<Dashboard>> ListDashboards(const Transaction& work, std::string_view project);
Result<std::optional<Dashboard>> FindDashboard(const Transaction& work, std::string_view project,
                                               std::string_view id);
Result<void> AddDashboard(Transaction& work, std::string_view project, const Dashboard& dashboard);
/// Everything but when it was made.
Result<void> ReplaceDashboard(Transaction& work, std::string_view project,
                              const Dashboard& dashboard);
/// False where there is none.
Result<bool> RemoveDashboard(Transaction& work, std::string_view project, std::string_view id);

}  // namespace vitrine::catalog
