// Project settings: whose days and months a project counts in, where its links lead.
// Owner: values. Threads: free functions within the caller's Transaction.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "storage/catalog/catalog.h"

namespace vitrine::catalog {

struct ProjectSettings {
  int64_t version = 0;  ///< One more with each change; 0 where nothing was ever set.
  std::string time_zone = "UTC";
  std::string link_templates = "[]";  ///< JSON.
  std::optional<Nanos> updated_at;
};

/// What was set, or else what holds without.
Result<ProjectSettings> ReadSettings(const Transaction& work, std::string_view project);
/// `settings.updated_at` is set.
Result<void> WriteSettings(Transaction& work, std::string_view project,
                           const ProjectSettings& settings);

}  // namespace vitrine::catalog
