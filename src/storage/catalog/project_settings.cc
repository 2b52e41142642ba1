#include "storage/catalog/project_settings.h"

namespace vitrine::catalog {

Result<ProjectSettings> ReadSettings(const Transaction& work, std::string_view project) {
  ProjectSettings settings;
  TRY(
      work.Read("SELECT version, time_zone, link_templates, updated_at FROM project_settings "
                "WHERE project = ?",
                {project}, [&](const Row& row) {
                  settings = {row.Int(0), row.Text(1), row.Text(2), Nanos{row.Int(3)}};
                }));
  return settings;
}

Result<void> WriteSettings(Transaction& work, std::string_view project,
                           const ProjectSettings& settings) {
  TRY(
      work.Change("INSERT INTO project_settings(project, version, time_zone, link_templates, "
                  "updated_at) VALUES(?, ?, ?, ?, ?) ON CONFLICT(project) DO UPDATE SET "
                  "version = excluded.version, time_zone = excluded.time_zone, "
                  "link_templates = excluded.link_templates, updated_at = excluded.updated_at",
                  {project, settings.version, settings.time_zone, settings.link_templates,
                   settings.updated_at.value_or(Nanos{}).since_epoch}));
  return {};
}

}  // namespace vitrine::catalog
