#include "net/page_origin.h"

namespace vitrine::net {
namespace {

bool IsBelow(std::string_view host, std::string_view domain) {
  return host.size() > domain.size() &&
         EqualsIgnoringCase(host.substr(host.size() - domain.size()), domain);
}

bool IsLocalhost(std::string_view host) {
  return EqualsIgnoringCase(host, "localhost") || IsBelow(host, ".localhost");
}

bool IsOwnOrigin(std::string_view origin, std::string_view server) {
  const size_t scheme = origin.find("://");
  if (scheme == std::string_view::npos) return false;
  const std::string_view authority = origin.substr(scheme + 3);
  const std::string_view host = HostOf(authority);
  return EqualsIgnoringCase(authority, server) || IsLocalhost(host) || host == "127.0.0.1" ||
         host == "[::1]";
}

}  // namespace

std::string_view HostOf(std::string_view authority) {
  const size_t colon = authority.rfind(':');
  if (colon == std::string_view::npos || authority.ends_with(']')) return authority;
  return authority.substr(0, colon);
}

bool IsLocalName(std::string_view host) {
  host = HostOf(host);
  if (host.starts_with('[') || IsLocalhost(host) || IsBelow(host, ".internal")) return true;
  return !host.empty() && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool HasForeignOrigin(const HttpRequest& request) {
  const auto origin = request.headers.First("origin");
  // Behind a proxy that changes the Host, the browser still says that both are of one origin.
  if (!origin || request.headers.First("sec-fetch-site") == "same-origin") return false;
  return !IsOwnOrigin(*origin, request.headers.First("host").value_or(""));
}

bool IsOfForeignPage(const HttpRequest& request) {
  return request.method != "GET" && request.method != "HEAD" && HasForeignOrigin(request);
}

}  // namespace vitrine::net
