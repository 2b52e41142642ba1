#include "net/page_origin.h"

namespace vitrine::net {
namespace {

/// The host of "host:port", "[::1]:port" or "host".
std::string_view WithoutPort(std::string_view authority) {
  const size_t colon = authority.rfind(':');
  if (colon == std::string_view::npos || authority.ends_with(']')) return authority;
  return authority.substr(0, colon);
}

bool IsLocalhost(std::string_view host) {
  constexpr std::string_view kBelow = ".localhost";
  if (EqualsIgnoringCase(host, kBelow.substr(1))) return true;
  return host.size() > kBelow.size() &&
         EqualsIgnoringCase(host.substr(host.size() - kBelow.size()), kBelow);
}

bool IsOwnOrigin(std::string_view origin, std::string_view server) {
  const size_t scheme = origin.find("://");
  if (scheme == std::string_view::npos) return false;
  const std::string_view authority = origin.substr(scheme + 3);
  const std::string_view host = WithoutPort(authority);
  return EqualsIgnoringCase(authority, server) || IsLocalhost(host) || host == "127.0.0.1" ||
         host == "[::1]";
}

}  // namespace

bool IsLocalName(std::string_view host) {
  host = WithoutPort(host);
  if (host.starts_with('[') || IsLocalhost(host)) return true;
  return !host.empty() && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool IsOfForeignPage(const HttpRequest& request) {
  if (request.method == "GET" || request.method == "HEAD") return false;
  const auto origin = request.headers.First("origin");
  // Behind a proxy that changes the Host, the browser still says that both are of one origin.
  if (!origin || request.headers.First("sec-fetch-site") == "same-origin") return false;
  return !IsOwnOrigin(*origin, request.headers.First("host").value_or(""));
}

}  // namespace vitrine::net
