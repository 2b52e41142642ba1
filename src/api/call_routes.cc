// The lists of calls and of spans, and the attempts of one call.
#include <memory>

#include "api/internal/list_parameters.h"
#include "api/internal/routes.h"
#include "query/call_list.h"
#include "syntax/json/json_writer.h"

namespace vitrine::api {

namespace {

Result<net::HttpResponse> CallList(const Routes& routes, query::NewestStarts& newest,
                                   const Question& question) {
  query::CallListRequest list;
  list.newest = &newest;
  TRY_ASSIGN(list.filter, CallFilterOf(question));
  if (auto refusal = TakeExpression(question, query::FilterUnit::kCalls, list.filter))
    return *std::move(refusal);
  TRY_ASSIGN(list.limit, LimitOf(question));
  list.cursor = QueryText(question.request, "cursor");
  TRY_ASSIGN(const query::ListPage page, query::ListCalls(routes.engine(), list));
  return ListAnswer(question, "calls", page);
}

Result<net::HttpResponse> SpanList(const Routes& routes, query::NewestStarts& newest,
                                   const Question& question) {
  query::CallListRequest list;
  list.newest = &newest;
  TRY_ASSIGN(list.filter, CallFilterOf(question));
  if (auto refusal = TakeExpression(question, query::FilterUnit::kSpans, list.filter))
    return *std::move(refusal);
  TRY_ASSIGN(list.limit, LimitOf(question));
  list.cursor = QueryText(question.request, "cursor");
  TRY_ASSIGN(const query::ListPage page, query::ListSpans(routes.engine(), list));
  return ListAnswer(question, "spans", page);
}

Result<net::HttpResponse> Attempts(const Routes& routes, const Question& question) {
  TRY_ASSIGN(const SpanAddress address, SpanAddressOf(question));
  TRY_ASSIGN(const auto attempts, query::ListAttempts(routes.engine(), question.project,
                                                      address.trace_id, address.span_id));
  std::string text;
  syntax::JsonWriter json(text);
  json.BeginObject().Key("attempts").BeginArray();
  for (const std::string& attempt : attempts) json.Raw(attempt);
  json.EndArray().Member("elapsed_ms", question.elapsed_ms()).EndObject();
  return JsonAnswer(std::move(text));
}

}  // namespace

void AddCallRoutes(Routes& routes) {
  routes.Ask("GET", "/api/v1/calls", CallParametersAnd({"from", "to", "q", "limit", "cursor"}),
             [&routes, newest = std::make_shared<query::NewestStarts>(*routes.services().clock)](
                 const Question& question) { return CallList(routes, *newest, question); });
  routes.Ask("GET", "/api/v1/spans", CallParametersAnd({"from", "to", "q", "limit", "cursor"}),
             [&routes, newest = std::make_shared<query::NewestStarts>(*routes.services().clock)](
                 const Question& question) { return SpanList(routes, *newest, question); });
  routes.Ask("GET", "/api/v1/calls/{trace_id}/{span_id}/attempts", {},
             [&routes](const Question& question) { return Attempts(routes, question); });
}

}  // namespace vitrine::api
