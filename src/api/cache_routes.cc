// The cache lens of a session and of a trace.
#include "api/internal/routes.h"
#include "query/cache_lens.h"
#include "syntax/json/json_writer.h"

namespace vitrine::api {

namespace {

net::HttpResponse CacheAnswer(const Question& question, const std::string& members) {
  std::string text = "{" + members + ",\"elapsed_ms\":";
  syntax::AppendJsonDouble(text, question.elapsed_ms());
  return JsonAnswer(text + "}");
}

Result<net::HttpResponse> SessionCache(const Routes& routes, const Question& question) {
  TRY_ASSIGN(const std::string members,
             query::SessionCacheJson(routes.engine(), question.project,
                                     std::string(question.request.PathParam("session_id")),
                                     routes.services().find_price));
  return CacheAnswer(question, members);
}

Result<net::HttpResponse> TraceCache(const Routes& routes, const Question& question) {
  const auto trace_id = TraceId::FromHex(question.request.PathParam("trace_id"));
  if (!trace_id) return Fail(ErrorCode::kInvalidInput, "a trace id has 32 hexadecimal digits");
  TRY_ASSIGN(const std::string members,
             query::TraceCacheJson(routes.engine(), question.project, *trace_id,
                                   routes.services().find_price));
  return CacheAnswer(question, members);
}

}  // namespace

void AddCacheRoutes(Routes& routes) {
  routes.Ask("GET", "/api/v1/sessions/{session_id}/cache", {},
             [&routes](const Question& question) { return SessionCache(routes, question); });
  routes.Ask("GET", "/api/v1/traces/{trace_id}/cache", {},
             [&routes](const Question& question) { return TraceCache(routes, question); });
}

}  // namespace vitrine::api
