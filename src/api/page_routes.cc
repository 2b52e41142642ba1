// The pages, and everything that has no route.
#include "api/embedded_ui.h"
#include "api/internal/routes.h"
#include "base/check.h"
#include "net/http_error.h"

extern "C" {
extern const char vitrine_ui_pack_bytes[];
extern const char vitrine_ui_pack_bytes_end[];
}

namespace vitrine::api {
namespace {

constexpr const char* kNoPages =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Vitrine</title>"
    "<h1>Vitrine is running</h1>"
    "<p>This build has no pages. Build them with <code>./dev ui</code>, then build the server "
    "again.</p>"
    "<p>The API is at <a href=\"/api/v1/openapi.json\">/api/v1/openapi.json</a>, health at "
    "<a href=\"/readyz\">/readyz</a>; OTLP/HTTP is taken at <code>/v1/traces</code>.</p></html>\n";

const EmbeddedUi& Pages() {
  static const EmbeddedUi pages = [] {
    auto opened = EmbeddedUi::Open({vitrine_ui_pack_bytes, vitrine_ui_pack_bytes_end});
    VITRINE_CHECK(opened.has_value());
    return std::move(*opened);
  }();
  return pages;
}

/// What a sender probably meant.
std::string HintFor(std::string_view path) {
  const auto has = [&](std::string_view part) { return path.find(part) != std::string_view::npos; };
  if (has("metric")) return "OTLP metrics go to /v1/metrics";
  if (has("log")) return "OTLP logs go to /v1/logs";
  if (has("trace") || has("span") || path == "/" || path == "/v1" || path == "/v1/")
    return "OTLP traces go to /v1/traces";
  if (has("opentelemetry.proto") || has("grpc"))
    return "this port speaks OTLP/HTTP: set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf";
  return "the API is described at /api/v1/openapi.json; OTLP/HTTP goes to /v1/traces";
}

void Get(const net::HttpRequest& request, net::HttpResponder responder) {
  if (auto page = Pages().Serve(request)) return responder.Send(std::move(*page));
  if (Pages().empty() && request.path == "/") {
    net::HttpResponse response = net::HttpResponse::Text(200, kNoPages);
    response.headers.Set("content-type", "text/html; charset=utf-8");
    response.headers.Set("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
    response.headers.Set("x-content-type-options", "nosniff");
    return responder.Send(std::move(response));
  }
  responder.Send(net::HttpErrorResponse(404, "not_found", "there is nothing at " + request.path,
                                        request.request_id, HintFor(request.path)));
}

/// Somebody sends something to where nothing is. The page that shows what comes in tells them.
void Refuse(const ApiServices& services, net::HttpRequest request, net::HttpResponder responder) {
  const std::string hint = HintFor(request.path);
  const std::string message = "there is nothing to " + request.method + " to at " + request.path;
  services.note_problem("http " + request.path, 404, message, hint);
  responder.Send(net::HttpErrorResponse(404, "not_found", message, request.request_id, hint));
}

}  // namespace

void AddPageRoutes(Routes& routes) {
  const ApiServices& services = routes.services();
  for (const char* pattern : {"/", "/{rest...}"}) {
    routes.router().Add("GET", pattern, [](net::HttpRequest request, net::HttpResponder responder) {
      Get(request, std::move(responder));
    });
    for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
      routes.router().Add(method, pattern,
                          [&services](net::HttpRequest request, net::HttpResponder responder) {
                            Refuse(services, std::move(request), std::move(responder));
                          });
    }
  }
}

}  // namespace vitrine::api
