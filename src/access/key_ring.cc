#include "access/key_ring.h"

#include "access/project.h"
#include "net/http_error.h"
#include "net/page_origin.h"
#include "syntax/base64.h"

namespace vitrine::access {
namespace {

/// Calls through the gateway carry the provider's key where every other request has ours.
bool IsGatewayCall(const net::HttpRequest& request) {
  return request.path.starts_with("/gateway/");
}

/// The key a request carries, or nothing.
std::optional<std::string> KeyOf(const net::HttpRequest& request) {
  if (const auto own = request.headers.First("x-vitrine-key")) return std::string(*own);
  if (IsGatewayCall(request)) {
    if (const auto portkey = request.headers.First("x-portkey-api-key"))
      return std::string(*portkey);
    const auto helicone = request.headers.First("helicone-auth");
    const bool is_bearer = helicone && helicone->size() > 7 &&
                           net::EqualsIgnoringCase(helicone->substr(0, 7), "bearer ");
    return is_bearer ? std::optional(std::string(helicone->substr(7))) : std::nullopt;
  }
  const auto header = request.headers.First("authorization");
  if (!header) return std::nullopt;
  const size_t space = header->find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const std::string_view scheme = header->substr(0, space);
  std::string_view value = header->substr(space + 1);
  while (value.starts_with(' ')) value.remove_prefix(1);
  while (value.ends_with(' ')) value.remove_suffix(1);
  if (net::EqualsIgnoringCase(scheme, "bearer")) return std::string(value);
  if (!net::EqualsIgnoringCase(scheme, "basic")) return std::nullopt;
  const auto decoded = syntax::Base64Decode(value);
  if (!decoded) return std::nullopt;
  const size_t colon = decoded->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return decoded->substr(colon + 1);
}

/// Answered without a key. OPTIONS: browsers send no credentials with a preflight.
bool IsOpen(const net::HttpRequest& head) {
  return head.path == "/livez" || head.path == "/readyz" || head.method == "OPTIONS";
}

}  // namespace

bool EqualsInConstantTime(std::string_view a, std::string_view b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (size_t i = 0; i < b.size(); ++i) {
    const char other = i < a.size() ? a[i] : '\0';
    difference |= static_cast<unsigned char>(b[i] ^ other);
  }
  return difference == 0;
}

KeyRing::KeyRing(std::vector<ApiKey> keys, std::string default_project, HasName has_name)
    : keys_(std::move(keys)),
      default_project_(std::move(default_project)),
      has_name_(std::move(has_name)) {}

const ApiKey* KeyRing::Find(const net::HttpRequest& request) const {
  const auto key = KeyOf(request);
  if (!key || key->empty()) return nullptr;
  // Every key is compared, so that the time tells nothing about which one came close.
  const ApiKey* found = nullptr;
  for (const ApiKey& known : keys_) {
    if (EqualsInConstantTime(known.key, *key)) found = &known;
  }
  return found;
}

std::optional<net::HttpResponse> KeyRing::Admit(const net::HttpRequest& head) const {
  if (keys_.empty() || IsOpen(head) || Find(head) != nullptr) return std::nullopt;
  net::HttpResponse response = net::HttpErrorResponse(
      401, "unauthenticated",
      KeyOf(head) ? "this API key is not known here" : "this server asks for an API key",
      head.request_id,
      IsGatewayCall(head) ? "send x-vitrine-key: KEY beside the provider's own Authorization"
                          : "send Authorization: Bearer KEY, or the key as the password of Basic");
  response.headers.Add("www-authenticate", "Basic realm=\"Vitrine\", charset=\"UTF-8\"");
  return response;
}

Result<void> KeyRing::CheckHost(const net::HttpRequest& request) const {
  if (has_keys() || request.transport.is_unix_socket) return {};
  const auto authority = request.headers.First("host");
  if (!authority || net::IsLocalName(*authority)) return {};
  const std::string_view host = net::HostOf(*authority);
  if (has_name_ && has_name_(host)) return {};
  return Fail(ErrorCode::kInvalidInput,
              "without an API key this server answers only to localhost and addresses, not to "
              "the name " +
                  std::string(host) + "; where it is the server's, say so in http.hosts");
}

Result<std::string> KeyRing::Project(const net::HttpRequest& request) const {
  if (keys_.empty()) return ProjectOf(request, default_project_);
  const ApiKey* key = Find(request);
  if (key == nullptr) return Fail(ErrorCode::kNotFound, "this API key is not known here");
  return key->project;
}

}  // namespace vitrine::access
