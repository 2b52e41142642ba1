#include "net/cors.h"

#include <algorithm>
#include <memory>

namespace vitrine::net {
namespace {

std::string Join(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : ", ") + item;
  return out;
}

/// The policy with its lists joined once.
struct PreparedPolicy {
  CorsPolicy policy;
  std::string methods;
  std::string headers;
  std::string exposed;
  bool any_origin = false;

  explicit PreparedPolicy(CorsPolicy from)
      : policy(std::move(from)),
        methods(Join(policy.allowed_methods)),
        headers(Join(policy.allowed_headers)),
        exposed(Join(policy.exposed_headers)) {
    const auto& origins = policy.allowed_origins;
    any_origin = std::find(origins.begin(), origins.end(), "*") != origins.end();
  }

  bool Allows(std::string_view origin) const {
    const auto& origins = policy.allowed_origins;
    return any_origin || std::find(origins.begin(), origins.end(), origin) != origins.end();
  }
};

void AnswerPreflight(const PreparedPolicy& prepared, const HttpRequest& request,
                     HttpResponder responder) {
  HttpResponse response;
  response.status = 204;
  response.headers.Add("access-control-allow-methods", prepared.methods);
  const std::string_view asked =
      request.headers.First("access-control-request-headers").value_or(std::string_view());
  const std::string_view allowed = prepared.headers.empty() ? asked : prepared.headers;
  if (!allowed.empty()) {
    response.headers.Add("access-control-allow-headers", allowed);
  }
  response.headers.Add("access-control-max-age", std::to_string(prepared.policy.max_age_s));
  responder.Send(std::move(response));
}

}  // namespace

HttpHandler WithCors(CorsPolicy policy, HttpHandler handler) {
  if (policy.allowed_origins.empty()) return handler;
  auto prepared = std::make_shared<const PreparedPolicy>(std::move(policy));
  auto inner = std::make_shared<const HttpHandler>(std::move(handler));
  return [prepared, inner](HttpRequest request, HttpResponder responder) {
    // Caches must not give one origin's answer to another.
    if (!prepared->any_origin) responder.AddHeader("vary", "Origin");
    const auto origin = request.headers.First("origin");
    if (!origin || !prepared->Allows(*origin)) {
      (*inner)(std::move(request), std::move(responder));
      return;
    }
    responder.AddHeader("access-control-allow-origin",
                        prepared->any_origin ? "*" : std::string(*origin));
    if (request.method == "OPTIONS" && request.headers.Has("access-control-request-method")) {
      AnswerPreflight(*prepared, request, std::move(responder));
      return;
    }
    if (!prepared->exposed.empty()) {
      responder.AddHeader("access-control-expose-headers", prepared->exposed);
    }
    (*inner)(std::move(request), std::move(responder));
  };
}

}  // namespace vitrine::net
