// Page origin: which requests a browser sends for a page that is not ours. A browser sends what any
// page asks it to, though the page may not read the answer, so a server on this machine would do
// what every page on the web says.
// Source: WHATWG Fetch, "Origin header"; W3C Fetch Metadata, "Sec-Fetch-Site".
#pragma once

#include <string_view>

#include "net/http_types.h"

namespace vitrine::net {

/// True for a Host that a page of a foreign name cannot have, also not by pointing its name at this
/// machine (DNS rebinding): localhost, or an address.
bool IsLocalName(std::string_view host);

/// True for a request that may change something, of a page that came neither from this server nor
/// from this machine. Programs send no Origin, so it is never true of them.
bool IsOfForeignPage(const HttpRequest& request);

}  // namespace vitrine::net
