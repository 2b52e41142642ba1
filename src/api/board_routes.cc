// Saved views, dashboards, settings of the project.
#include "api/internal/routes.h"
#include "base/time.h"
#include "services/boards/boards.h"
#include "syntax/json/json_writer.h"

namespace vitrine::api {
namespace {

using boards::Dashboard;
using boards::SavedView;
using syntax::JsonWriter;

boards::Address AddressOf(const Question& question) {
  return {question.project, question.request.PathParam("id")};
}

net::HttpResponse Created(net::HttpResponse response) {
  response.status = 201;
  return response;
}

net::HttpResponse Removed(const Question& question) {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Member("removed", question.request.PathParam("id")).EndObject();
  return JsonAnswer(std::move(body));
}

void WriteView(JsonWriter& json, const SavedView& view) {
  json.BeginObject()
      .Member("id", view.id)
      .Member("name", view.name)
      .Member("page", view.page)
      .Member("query", view.query)
      .Member("created_at", FormatRfc3339(view.created_at))
      .Member("updated_at", FormatRfc3339(view.updated_at))
      .EndObject();
}

net::HttpResponse ViewAnswer(const SavedView& view) {
  std::string body;
  JsonWriter json(body);
  WriteView(json, view);
  return JsonAnswer(std::move(body));
}

Result<net::HttpResponse> Views(boards::Boards& boards, const Question& question) {
  TRY_ASSIGN(const std::vector<SavedView> views, boards.Views(question.project));
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("views").BeginArray();
  for (const SavedView& view : views) WriteView(json, view);
  json.EndArray().EndObject();
  return JsonAnswer(std::move(body));
}

/// The members of a dashboard but for what its body says.
JsonWriter& WriteHead(JsonWriter& json, const Dashboard& dashboard) {
  return json.Member("id", dashboard.id)
      .Member("version", dashboard.version)
      .Member("created_at", FormatRfc3339(dashboard.created_at))
      .Member("updated_at", FormatRfc3339(dashboard.updated_at));
}

net::HttpResponse DashboardAnswer(const Dashboard& dashboard) {
  std::string body;
  JsonWriter json(body);
  WriteHead(json.BeginObject(), dashboard);
  // The body is an object of ours and never empty: its members follow.
  body += ',';
  body += std::string_view(dashboard.body).substr(1);
  return JsonAnswer(std::move(body));
}

Result<net::HttpResponse> Dashboards(boards::Boards& boards, const Question& question) {
  TRY_ASSIGN(const std::vector<Dashboard> dashboards, boards.Dashboards(question.project));
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("dashboards").BeginArray();
  for (const Dashboard& dashboard : dashboards) {
    WriteHead(json.BeginObject(), dashboard)
        .Member("name", dashboard.name)
        .Member("panel_count", dashboard.panel_count)
        .EndObject();
  }
  json.EndArray().EndObject();
  return JsonAnswer(std::move(body));
}

net::HttpResponse ProjectAnswer(const Question& question, const boards::ProjectFacts& facts) {
  std::string body;
  JsonWriter json(body);
  json.BeginObject()
      .Member("project", question.project)
      .Member("version", facts.version)
      .Member("time_zone", facts.time_zone);
  json.Key("link_templates").Raw(boards::LinkTemplatesJson(facts.link_templates));
  json.Member("updated_at",
              facts.updated_at ? std::optional(FormatRfc3339(*facts.updated_at)) : std::nullopt);
  json.EndObject();
  return JsonAnswer(std::move(body));
}

void AddViewRoutes(Routes& routes, boards::Boards& boards) {
  routes.Ask("GET", "/api/v1/views", {},
             [&boards](const Question& question) { return Views(boards, question); });
  routes.Ask("POST", "/api/v1/views", {},
             [&boards](const Question& question) -> Result<net::HttpResponse> {
               TRY_ASSIGN(const SavedView view,
                          boards.AddView(question.project, *question.request.body));
               return Created(ViewAnswer(view));
             });
  routes.Ask("PUT", "/api/v1/views/{id}", {},
             [&boards](const Question& question) -> Result<net::HttpResponse> {
               TRY_ASSIGN(const SavedView view,
                          boards.ReplaceView(AddressOf(question), *question.request.body));
               return ViewAnswer(view);
             });
  routes.Ask("DELETE", "/api/v1/views/{id}", {},
             [&boards](const Question& question) -> Result<net::HttpResponse> {
               TRY(boards.RemoveView(AddressOf(question)));
               return Removed(question);
             });
}

void AddDashboardRoutes(Routes& routes, boards::Boards& boards) {
  routes.Ask("GET", "/api/v1/dashboards", {},
             [&boards](const Question& question) { return Dashboards(boards, question); });
  routes.Ask("POST", "/api/v1/dashboards", {},
             [&boards](const Question& question) -> Result<net::HttpResponse> {
               TRY_ASSIGN(const Dashboard dashboard,
                          boards.AddDashboard(question.project, *question.request.body));
               return Created(DashboardAnswer(dashboard));
             });
  routes.Ask("GET", "/api/v1/dashboards/{id}", {},
             [&boards](const Question& question) -> Result<net::HttpResponse> {
               TRY_ASSIGN(const Dashboard dashboard, boards.FindDashboard(AddressOf(question)));
               return DashboardAnswer(dashboard);
             });
  routes.Ask("PUT", "/api/v1/dashboards/{id}", {},
             [&boards](const Question& question) -> Result<net::HttpResponse> {
               TRY_ASSIGN(const Dashboard dashboard,
                          boards.ReplaceDashboard(AddressOf(question), *question.request.body));
               return DashboardAnswer(dashboard);
             });
  routes.Ask("DELETE", "/api/v1/dashboards/{id}", {},
             [&boards](const Question& question) -> Result<net::HttpResponse> {
               TRY(boards.RemoveDashboard(AddressOf(question)));
               return Removed(question);
             });
}

}  // namespace

void AddBoardRoutes(Routes& routes) {
  boards::Boards& boards = *routes.services().boards;
  AddViewRoutes(routes, boards);
  AddDashboardRoutes(routes, boards);
  routes.Ask("GET", "/api/v1/project", {},
             [&boards](const Question& question) -> Result<net::HttpResponse> {
               TRY_ASSIGN(const boards::ProjectFacts facts, boards.Project(question.project));
               return ProjectAnswer(question, facts);
             });
  routes.Ask("PUT", "/api/v1/project", {},
             [&boards](const Question& question) -> Result<net::HttpResponse> {
               TRY_ASSIGN(const boards::ProjectFacts facts,
                          boards.ChangeProject(question.project, *question.request.body));
               return ProjectAnswer(question, facts);
             });
}

}  // namespace vitrine::api
