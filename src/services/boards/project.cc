// The part of Boards about a project's settings.
#include "services/boards/boards.h"
#include "services/boards/internal/body.h"
#include "services/boards/limits.h"
#include "storage/catalog/project_settings.h"

namespace vitrine::boards {
namespace {

constexpr size_t kTimeZoneSizeMax = 64;  // The longest of IANA's names has 32 letters.

Result<ProjectFacts> FactsOf(const catalog::ProjectSettings& settings) {
  ProjectFacts facts{settings.version, settings.time_zone, {}, settings.updated_at};
  Arena arena;
  syntax::JsonDocument document;
  if (document.Parse(settings.link_templates, arena) != syntax::JsonStatus::kOk)
    return Fail(ErrorCode::kCorrupt, "the link templates in the catalog are no JSON");
  TRY_ASSIGN(facts.link_templates, ReadLinkTemplates(document.root()));
  return facts;
}

struct Change {
  std::optional<int64_t> version;
  std::optional<std::string> time_zone, link_templates;
};

Result<Change> ReadChange(std::string_view body) {
  Arena arena;
  syntax::JsonDocument document;
  TRY(ReadBody(body, arena, document));
  const syntax::JsonValue root = document.root();
  TRY(CheckMembers(root, "", "project, version, time_zone, link_templates, updated_at"));
  Change change;
  TRY_ASSIGN(change.version, ReadVersion(root));
  if (root.Has("time_zone")) {
    TRY_ASSIGN(change.time_zone, ReadText(root["time_zone"], {"time_zone", kTimeZoneSizeMax}));
  }
  if (root.Has("link_templates")) {
    TRY_ASSIGN(const auto templates, ReadLinkTemplates(root["link_templates"]));
    change.link_templates = LinkTemplatesJson(templates);
  }
  return change;
}

}  // namespace

Result<ProjectFacts> Boards::Project(std::string_view project) {
  TRY_ASSIGN(const catalog::Transaction work, options_.catalog->Begin());
  TRY_ASSIGN(const catalog::ProjectSettings settings, catalog::ReadSettings(work, project));
  return FactsOf(settings);
}

Result<ProjectFacts> Boards::ChangeProject(std::string_view project, std::string_view body) {
  TRY_ASSIGN(const Change change, ReadChange(body));
  // Before the catalog is held: the engine answers.
  if (change.time_zone && *change.time_zone != "UTC")
    TRY(options_.check_time_zone(*change.time_zone));
  TRY_ASSIGN(catalog::Transaction work, options_.catalog->Begin());
  TRY_ASSIGN(catalog::ProjectSettings settings, catalog::ReadSettings(work, project));
  if (change.version && *change.version != settings.version) {
    return Fail(ErrorCode::kConflict,
                "somebody changed these settings meanwhile: they have version " +
                    std::to_string(settings.version) + ", and this change was made to version " +
                    std::to_string(*change.version) + "; load them again and repeat the change");
  }
  ++settings.version;
  settings.time_zone = change.time_zone.value_or(settings.time_zone);
  settings.link_templates = change.link_templates.value_or(settings.link_templates);
  settings.updated_at = options_.clock->Now();
  TRY(catalog::WriteSettings(work, project, settings));
  TRY(work.Commit());
  return FactsOf(settings);
}

}  // namespace vitrine::boards
