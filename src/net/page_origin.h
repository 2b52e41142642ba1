// Page origin: which requests a browser sends for a page that is not ours. A browser sends what any
// page asks it to, though the page may not read the answer, so a server on this machine would do
// what every page on the web says.
// Source: WHATWG Fetch, "Origin header"; W3C Fetch Metadata, "Sec-Fetch-Site".
#pragma once

#include <string_view>

#include "net/http_types.h"

namespace vitrine::net {

/// The host of "host:port", "[::1]:port" or "host".
std::string_view HostOf(std::string_view authority);

/// True for a Host that a page of a foreign name cannot have, also not by pointing its name at this
/// machine (DNS rebinding): localhost, an address, or a name of .internal, which the public DNS
/// never has and containers call their machine by.
bool IsLocalName(std::string_view host);

/// True for a request of a page that came neither from this server nor from this machine, as far as
/// the browser says where it came from: of one that only reads it may not. Programs send no Origin,
/// so it is never true of them.
bool HasForeignOrigin(const HttpRequest& request);
/// The same, of requests that may change something. What others are answered, their pages cannot
/// read.
bool IsOfForeignPage(const HttpRequest& request);

}  // namespace vitrine::net
