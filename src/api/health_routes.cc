// /livez, /readyz, /metrics and the API's description.
#include <cstring>

#include "api/call_metrics_text.h"
#include "api/internal/routes.h"
#include "api/metrics_text.h"
#include "platform/clock.h"
#include "syntax/json/json_writer.h"

extern "C" {
extern const char vitrine_openapi_json[];
extern const char vitrine_openapi_json_end[];
}

namespace vitrine::api {
namespace {

using syntax::JsonWriter;

net::HttpResponse Live(const ApiServices& services) {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Member("status", "ok").Member("version", services.version).EndObject();
  return JsonAnswer(std::move(body));
}

void WritePart(JsonWriter& json, std::string_view name, bool ok, const std::string& state,
               const std::string& reason) {
  json.Key(name).BeginObject().Member("ok", ok).Member("state", state);
  json.Member("reason", reason.empty() ? std::nullopt : std::optional(reason)).EndObject();
}

/// Ready: questions are answered and spans are acknowledged.
net::HttpResponse Ready(const ApiServices& services) {
  const EngineFacts engine = services.engine_facts();
  const SettleFacts settle = services.settle_facts();
  const LogFacts log = services.log_facts();
  const bool engine_ok = engine.state == "ready";
  const bool log_ok = log.state == "ok";
  const bool ready = engine_ok && settle.ready && log_ok;
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Member("ready", ready).Key("parts").BeginObject();
  WritePart(json, "engine", engine_ok, engine.state, engine_ok ? "" : engine.last_end);
  WritePart(json, "settling", settle.ready, settle.ready ? "ready" : "preparing",
            settle.last_error);
  WritePart(json, "log", log_ok, log.state, log.reason);
  json.EndObject().EndObject();
  net::HttpResponse response = JsonAnswer(std::move(body));
  response.status = ready ? 200 : 503;
  if (!ready) response.headers.Set("retry-after", "1");
  return response;
}

/// A key tells of its own project's calls only; without keys of all.
std::vector<model::CallSeries> SeriesFor(const ApiServices& services,
                                         const net::HttpRequest& request) {
  std::vector<model::CallSeries> series = services.call_series();
  if (!services.keys->has_keys()) return series;
  const auto project = services.keys->Project(request);
  std::erase_if(series, [&](const model::CallSeries& one) {
    return !project || one.labels.project != *project;
  });
  return series;
}

net::HttpResponse Metrics(const ApiServices& services, const net::HttpRequest& request) {
  net::HttpResponse response = net::HttpResponse::Text(
      200, MetricsText(services.ingest(), services.engine_facts(), services.settle_facts(),
                       services.log_facts(), services.gateway_facts(), services.tail_status(),
                       services.http_stats(), services.version) +
               ForwardMetricsText(services.forwards()) +
               ExportMetricsText(services.exports(), platform::SystemClock().Now()) +
               CallMetricsText(SeriesFor(services, request)));
  response.headers.Set("content-type", "text/plain; version=0.0.4; charset=utf-8");
  return response;
}

net::HttpResponse Description() {
  net::HttpResponse response = JsonAnswer({});
  response.static_body = {vitrine_openapi_json, vitrine_openapi_json_end};
  response.headers.Set("cache-control", "no-cache");
  return response;
}

}  // namespace

void AddHealthRoutes(Routes& routes) {
  const ApiServices& services = routes.services();
  routes.Tell("/livez", [&services](const net::HttpRequest&) { return Live(services); });
  routes.Tell("/readyz", [&services](const net::HttpRequest&) { return Ready(services); });
  routes.Tell("/metrics",
              [&services](const net::HttpRequest& request) { return Metrics(services, request); });
  routes.Tell("/api/v1/openapi.json", [](const net::HttpRequest&) { return Description(); });
}

}  // namespace vitrine::api
