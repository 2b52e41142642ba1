#include "storage/catalog/dashboards.h"

namespace vitrine::catalog {

Result<std::vector<Dashboard>> ListDashboards(const Transaction& work, std::string_view project) {
  std::vector<Dashboard> dashboards;
  TRY(
      work.Read("SELECT id, version, name, panel_count, created_at, updated_at FROM dashboards "
                "WHERE project = ? ORDER BY name COLLATE NOCASE, created_at, id",
                {project}, [&](const Row& row) {
                  dashboards.push_back({.id = row.Text(0),
                                        .version = row.Int(1),
                                        .name = row.Text(2),
                                        .panel_count = row.Int(3),
                                        .body = {},
                                        .created_at = {row.Int(4)},
                                        .updated_at = {row.Int(5)}});
                }));
  return dashboards;
}

Result<std::optional<Dashboard>> FindDashboard(const Transaction& work, std::string_view project,
                                               std::string_view id) {
  std::optional<Dashboard> found;
  TRY(
      work.Read("SELECT version, name, panel_count, body, created_at, updated_at FROM dashboards "
                "WHERE project = ? AND id = ?",
                {project, id}, [&](const Row& row) {
                  found = Dashboard{.id = std::string(id),
                                    .version = row.Int(0),
                                    .name = row.Text(1),
                                    .panel_count = row.Int(2),
                                    .body = row.Text(3),
                                    .created_at = {row.Int(4)},
                                    .updated_at = {row.Int(5)}};
                }));
  return found;
}

Result<void> AddDashboard(Transaction& work, std::string_view project, const Dashboard& dashboard) {
  TRY(work.Change(
      "INSERT INTO dashboards(project, id, version, name, panel_count, body, "
      "created_at, updated_at) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
      {project, dashboard.id, dashboard.version, dashboard.name, dashboard.panel_count,
       dashboard.body, dashboard.created_at.since_epoch, dashboard.updated_at.since_epoch}));
  return {};
}

Result<void> ReplaceDashboard(Transaction& work, std::string_view project,
                              const Dashboard& dashboard) {
  TRY(
      work.Change("UPDATE dashboards SET version = ?, name = ?, panel_count = ?, body = ?, "
                  "updated_at = ? WHERE project = ? AND id = ?",
                  {dashboard.version, dashboard.name, dashboard.panel_count, dashboard.body,
                   dashboard.updated_at.since_epoch, project, dashboard.id}));
  return {};
}

Result<bool> RemoveDashboard(Transaction& work, std::string_view project, std::string_view id) {
  TRY_ASSIGN(const int64_t removed,
             work.Change("DELETE FROM dashboards WHERE project = ? AND id = ?", {project, id}));
  return removed != 0;
}

}  // namespace vitrine::catalog
