// The list of sessions, and one session as a conversation.
#include "api/internal/list_parameters.h"
#include "api/internal/routes.h"
#include "query/limits.h"
#include "query/session_list.h"
#include "query/session_page.h"
#include "syntax/json/json_writer.h"

namespace vitrine::api {

namespace {

Result<net::HttpResponse> SessionList(const Routes& routes, const Question& question) {
  query::SessionListRequest list;
  TRY_ASSIGN(list.filter, TraceFilterOf(question));
  if (auto refusal = TakeExpression(question, query::FilterUnit::kTraces, list.filter))
    return *std::move(refusal);
  TRY_ASSIGN(list.limit, LimitOf(question));
  list.cursor = QueryText(question.request, "cursor");
  TRY_ASSIGN(const query::ListPage page, query::ListSessions(routes.engine(), list));
  return ListAnswer(question, "sessions", page);
}

Result<net::HttpResponse> Session(const Routes& routes, const Question& question) {
  query::SessionPageRequest request;
  request.project = question.project;
  request.session_id = question.request.PathParam("session_id");
  request.cursor = QueryText(question.request, "cursor");
  TRY_ASSIGN(request.limit, QueryNumber(question.request, "limit", query::kSessionTurnsDefault,
                                        query::kPageSizeMax));
  TRY_ASSIGN(const query::SessionPage page, query::ReadSession(routes.engine(), request));
  std::string text;
  syntax::JsonWriter json(text);
  json.BeginObject().Key("session").Raw(page.session).Key("turns").BeginArray();
  for (const std::string& turn : page.turns) json.Raw(turn);
  json.EndArray().Key("next_cursor");
  page.next_cursor.empty() ? json.Null() : json.String(page.next_cursor);
  json.Member("elapsed_ms", question.elapsed_ms()).EndObject();
  return JsonAnswer(std::move(text));
}

}  // namespace

void AddSessionRoutes(Routes& routes) {
  routes.Ask("GET", "/api/v1/sessions", TraceParametersAnd({"limit", "cursor"}),
             [&routes](const Question& question) { return SessionList(routes, question); });
  routes.Ask("GET", "/api/v1/sessions/{session_id}", {"limit", "cursor"},
             [&routes](const Question& question) { return Session(routes, question); });
}

}  // namespace vitrine::api
