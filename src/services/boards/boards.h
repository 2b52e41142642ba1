// Boards: what a project keeps about itself: saved views, dashboards, its time zone, its links to
// other programs. Checks what comes, and keeps it in the catalog.
//
// Owner: the app; what BoardsOptions points to outlives it. Threads: any. Durability: what a
// function answered is on disk. Source: docs/dashboards.md.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "platform/clock.h"
#include "platform/random.h"
#include "services/boards/link_templates.h"
#include "storage/catalog/catalog.h"
#include "storage/catalog/dashboards.h"
#include "storage/catalog/saved_views.h"

namespace vitrine::boards {

using catalog::Dashboard;
using catalog::SavedView;

struct ProjectFacts {
  int64_t version = 0;  ///< 0 where nothing was ever set.
  std::string time_zone = "UTC";
  std::vector<LinkTemplate> link_templates;
  std::optional<Nanos> updated_at;
};

struct BoardsOptions {
  catalog::Catalog* catalog = nullptr;
  platform::Clock* clock = nullptr;
  platform::Random* random = nullptr;  ///< Thread-safe.
  /// Whether metrics can be asked in this zone. Errors: kInvalidInput, kUnavailable.
  std::function<Result<void>(const std::string& time_zone)> check_time_zone;
};

/// Which one of which project.
struct Address {
  std::string_view project, id;
};

class Boards {
 public:
  explicit Boards(BoardsOptions options);

  /// In the order everybody sees.
  Result<std::vector<SavedView>> Views(std::string_view project);
  /// Takes {"name","page","query","position"}; without a position it stands last.
  /// Errors: kInvalidInput, kConflict (the name is taken), kLimitExceeded.
  Result<SavedView> AddView(std::string_view project, std::string_view body);
  /// The same; without a position it stays where it is. Errors: those, kNotFound.
  Result<SavedView> ReplaceView(const Address& address, std::string_view body);
  /// Errors: kNotFound.
  Result<void> RemoveView(const Address& address);

  /// Without bodies, by name.
  Result<std::vector<Dashboard>> Dashboards(std::string_view project);
  /// Errors: kNotFound.
  Result<Dashboard> FindDashboard(const Address& address);
  /// Takes a document. Errors: kInvalidInput, kLimitExceeded.
  Result<Dashboard> AddDashboard(std::string_view project, std::string_view body);
  /// Takes a document with the version that was changed.
  /// Errors: kInvalidInput, kNotFound, kConflict (it has another version now).
  Result<Dashboard> ReplaceDashboard(const Address& address, std::string_view body);
  /// Errors: kNotFound.
  Result<void> RemoveDashboard(const Address& address);

  Result<ProjectFacts> Project(std::string_view project);
  /// Takes {"time_zone","link_templates","version"}; what is left out stays as it is.
  /// Errors: kInvalidInput, kConflict (another version, where one was said), kUnavailable.
  Result<ProjectFacts> ChangeProject(std::string_view project, std::string_view body);

 private:
  std::string NewId();

  BoardsOptions options_;
};

}  // namespace vitrine::boards
