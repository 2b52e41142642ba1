// CORS: lets pages of other origins call a door (OTLP from browsers).
// Threads: the handlers made here are as thread-safe as the one they wrap.
// Source: WHATWG Fetch, "CORS protocol".
#pragma once

#include <string>
#include <vector>

#include "net/http_server.h"

namespace vitrine::net {

struct CorsPolicy {
  /// Exact origins ("https://app.example.com"), or "*" for any. Empty: CORS is off.
  std::vector<std::string> allowed_origins;
  std::vector<std::string> allowed_methods = {"POST"};
  /// Request headers a page may send; empty echoes what the preflight asks for.
  std::vector<std::string> allowed_headers;
  std::vector<std::string> exposed_headers = {"x-request-id", "retry-after"};
  int max_age_s = 600;  ///< Browsers cap it at 600 to 7200 s.
};

/// Wraps `handler`: preflights are answered here, other responses get the CORS headers. Requests
/// of origins that are not allowed go through without them: the browser does the refusing.
HttpHandler WithCors(CorsPolicy policy, HttpHandler handler);

}  // namespace vitrine::net
