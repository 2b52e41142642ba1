#include "capture/gateway/kept_request.h"

#include "capture/gateway/exchange_skeleton.h"
#include "capture/gateway/secret_headers.h"

namespace vitrine::capture {

KeptRequest KeptOf(const net::HttpRequest& request, std::string_view body) {
  const std::vector<std::string> secrets = SecretsOf(request.headers, request.target);
  std::string masked(body);
  MaskSecrets(secrets, masked);
  return {WithoutSecretParameters(request.target), RedactedBody(masked, secrets)};
}

}  // namespace vitrine::capture
