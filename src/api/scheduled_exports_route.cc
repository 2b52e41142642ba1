// GET /api/v1/exports: how the scheduled exports go.
#include "api/internal/routes.h"
#include "syntax/json/json_writer.h"

namespace vitrine::api {
namespace {

std::optional<std::string> TimeText(const std::optional<Nanos>& time) {
  return time ? std::optional(FormatRfc3339(*time)) : std::nullopt;
}

std::optional<std::string> TextOrNull(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

Result<net::HttpResponse> ScheduledExports(const Routes& routes, const Question& question) {
  const bool all = !routes.services().keys->has_keys();
  std::string body;
  syntax::JsonWriter json(body);
  json.BeginObject().Key("exports").BeginArray();
  for (const model::ExportStatus& one : routes.services().exports()) {
    if (!all && one.project != question.project) continue;
    json.BeginObject()
        .Member("name", one.name)
        .Member("project", one.project)
        .Member("what", one.what)
        .Member("format", one.format)
        .Member("destination", one.destination)
        .Member("every_ns", one.every_ns)
        .Member("next_period", FormatRfc3339(one.next_period))
        .Member("due_at", FormatRfc3339(one.due))
        .Member("files", one.files)
        .Member("bytes", one.bytes)
        .Member("rows", one.rows)
        .Member("failures", one.failures)
        .Member("periods_skipped", one.periods_skipped)
        .Member("last_file", TextOrNull(one.last_file))
        .Member("last_file_at", TimeText(one.last_file_at))
        .Member("last_error", TextOrNull(one.last_error))
        .Member("last_error_at", TimeText(one.last_error_at))
        .EndObject();
  }
  json.EndArray().EndObject();
  return JsonAnswer(std::move(body));
}

}  // namespace

void AddScheduledExportsRoute(Routes& routes) {
  routes.Ask("GET", "/api/v1/exports", {},
             [&routes](const Question& question) { return ScheduledExports(routes, question); });
}

}  // namespace vitrine::api
