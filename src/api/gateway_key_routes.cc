// Virtual keys of the gateway: made, listed, rotated, revoked. Whoever has a project's API key may
// do so for that project; a virtual key opens nothing here.
#include "access/virtual_keys.h"
#include "api/internal/routes.h"

namespace vitrine::api {
namespace {

using access::VirtualKey;
using access::VirtualKeys;
using syntax::JsonWriter;

net::HttpResponse Listed(const VirtualKeys& keys, const Question& question) {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Key("keys").BeginArray();
  for (const auto& key : keys.List(question.project)) access::WriteVirtualKey(json, *key);
  json.EndArray();
  const auto fault = keys.fault();
  json.Member("fault", fault ? std::optional(fault->message) : std::nullopt).EndObject();
  return JsonAnswer(std::move(body));
}

/// The one time that the key itself is told.
net::HttpResponse IssuedAnswer(const VirtualKeys::Issued& issued, int status) {
  std::string body;
  JsonWriter json(body);
  json.BeginObject().Member("key", issued.key).Key("about");
  access::WriteVirtualKey(json, *issued.about);
  json.EndObject();
  net::HttpResponse response = JsonAnswer(std::move(body));
  response.status = status;
  return response;
}

Result<net::HttpResponse> Create(const Routes& routes, VirtualKeys& keys,
                                 const Question& question) {
  TRY_ASSIGN(VirtualKey key, access::ReadNewVirtualKey(*question.request.body));
  if (auto taken = routes.services().check_key_upstream(key.upstream); !taken)
    return Fail(ErrorCode::kInvalidInput, "upstream: " + taken.error().message);
  TRY_ASSIGN(const VirtualKeys::Issued issued, keys.Create(question.project, std::move(key)));
  return IssuedAnswer(issued, 201);
}

}  // namespace

void AddGatewayKeyRoutes(Routes& routes) {
  VirtualKeys& keys = *routes.services().virtual_keys;
  routes.Ask("GET", "/api/v1/gateway/keys", {},
             [&keys](const Question& question) { return Listed(keys, question); });
  routes.Ask("POST", "/api/v1/gateway/keys", {},
             [&routes, &keys](const Question& question) { return Create(routes, keys, question); });
  routes.Ask("POST", "/api/v1/gateway/keys/{id}/rotate", {},
             [&keys](const Question& question) -> Result<net::HttpResponse> {
               TRY_ASSIGN(auto provider_key, access::ReadRotation(*question.request.body));
               TRY_ASSIGN(const VirtualKeys::Issued issued,
                          keys.Rotate(question.project, question.request.PathParam("id"),
                                      std::move(provider_key)));
               return IssuedAnswer(issued, 200);
             });
  routes.Ask("DELETE", "/api/v1/gateway/keys/{id}", {},
             [&keys](const Question& question) -> Result<net::HttpResponse> {
               const std::string_view id = question.request.PathParam("id");
               TRY(keys.Revoke(question.project, id));
               std::string body;
               JsonWriter(body).BeginObject().Member("removed", id).EndObject();
               return JsonAnswer(std::move(body));
             });
}

}  // namespace vitrine::api
