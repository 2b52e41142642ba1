// GET /api/v1/scores: the list of scores.
#include "api/internal/list_parameters.h"
#include "api/internal/routes.h"
#include "query/score_list.h"

namespace vitrine::api {
namespace {

Result<net::HttpResponse> Scores(const Routes& routes, const Question& question) {
  // Times and the project are read as for other lists.
  TRY_ASSIGN(const query::TraceFilter times, TraceFilterOf(question));
  query::ScoreListRequest list;
  list.project = question.project;
  list.from = times.from;
  list.to = times.to;
  TRY_ASSIGN(list.limit, LimitOf(question));
  list.cursor = QueryText(question.request, "cursor");
  list.session_id = QueryText(question.request, "session_id");
  list.response_id = QueryText(question.request, "response_id");
  list.name = QueryText(question.request, "name");
  if (const auto text = question.request.Query("trace_id")) {
    list.trace_id = TraceId::FromHex(*text);
    if (!list.trace_id) return Fail(ErrorCode::kInvalidInput, "trace_id: is 32 hexadecimal digits");
  }
  if (const auto text = question.request.Query("span_id")) {
    list.span_id = SpanId::FromHex(*text);
    if (!list.span_id) return Fail(ErrorCode::kInvalidInput, "span_id: is 16 hexadecimal digits");
  }
  TRY_ASSIGN(const query::ListPage page, query::ListScores(routes.engine(), list));
  return ListAnswer(question, "scores", page);
}

}  // namespace

void AddScoreRoutes(Routes& routes) {
  routes.Ask(
      "GET", "/api/v1/scores",
      {"trace_id", "span_id", "session_id", "response_id", "name", "from", "to", "limit", "cursor"},
      [&routes](const Question& question) { return Scores(routes, question); });
}

}  // namespace vitrine::api
