// Saved views: a name for a page and what it was asked, one list for everybody of a project.
// Owner: values. Threads: free functions within the caller's Transaction.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "storage/catalog/catalog.h"

namespace vitrine::catalog {

struct SavedView {
  std::string id;
  std::string name;   ///< One of its project has it.
  std::string page;   ///< "/calls".
  std::string query;  ///< "filter=status:error&range=7d", without '?'.
  Nanos created_at, updated_at;
};

/// In the order that the project gave them.
Result<std::vector<SavedView>> ListViews(const Transaction& work, std::string_view project);
/// Behind all others. Errors: kConflict (the name is taken).
Result<void> AddView(Transaction& work, std::string_view project, const SavedView& view);
/// Everything but its place and when it was made. Errors: kConflict (the name is another's).
Result<void> ReplaceView(Transaction& work, std::string_view project, const SavedView& view);
/// Gives each of these the place it has here.
Result<void> OrderViews(Transaction& work, std::string_view project,
                        const std::vector<SavedView>& views);
/// False where there is none.
Result<bool> RemoveView(Transaction& work, std::string_view project, std::string_view id);

}  // namespace vitrine::catalog
