#include "storage/catalog/saved_views.h"

namespace vitrine::catalog {

Result<std::vector<SavedView>> ListViews(const Transaction& work, std::string_view project) {
  std::vector<SavedView> views;
  TRY(work.Read(
      "SELECT id, name, page, query, created_at, updated_at FROM saved_views "
      "WHERE project = ? ORDER BY position, created_at, id",
      {project}, [&](const Row& row) {
        views.push_back(
            {row.Text(0), row.Text(1), row.Text(2), row.Text(3), {row.Int(4)}, {row.Int(5)}});
      }));
  return views;
}

Result<void> AddView(Transaction& work, std::string_view project, const SavedView& view) {
  TRY(
      work.Change("INSERT INTO saved_views(project, id, position, name, page, query, created_at, "
                  "updated_at) SELECT ?1, ?2, coalesce(max(position) + 1, 0), ?3, ?4, ?5, ?6, ?7 "
                  "FROM saved_views WHERE project = ?1",
                  {project, view.id, view.name, view.page, view.query, view.created_at.since_epoch,
                   view.updated_at.since_epoch}));
  return {};
}

Result<void> ReplaceView(Transaction& work, std::string_view project, const SavedView& view) {
  TRY(work.Change(
      "UPDATE saved_views SET name = ?, page = ?, query = ?, updated_at = ? "
      "WHERE project = ? AND id = ?",
      {view.name, view.page, view.query, view.updated_at.since_epoch, project, view.id}));
  return {};
}

Result<void> OrderViews(Transaction& work, std::string_view project,
                        const std::vector<SavedView>& views) {
  int64_t position = 0;
  for (const SavedView& view : views) {
    TRY(work.Change("UPDATE saved_views SET position = ? WHERE project = ? AND id = ?",
                    {position++, project, view.id}));
  }
  return {};
}

Result<bool> RemoveView(Transaction& work, std::string_view project, std::string_view id) {
  TRY_ASSIGN(const int64_t removed,
             work.Change("DELETE FROM saved_views WHERE project = ? AND id = ?", {project, id}));
  return removed != 0;
}

}  // namespace vitrine::catalog
