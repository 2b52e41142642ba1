// Writes response heads.
// Threads: free functions. Source: RFC 9112 section 4, RFC 9110 section 8.6 (Content-Length).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_types.h"

namespace vitrine::net::internal {

struct ResponseHeadParts {
  int status = 200;
  const HttpHeaders* headers = nullptr;
  std::string_view request_id;
  std::optional<uint64_t> content_length;
  bool chunked = false;
  bool close = false;
  bool says_keep_alive = false;  ///< HTTP/1.0 clients must be told.
  bool is_stamped = true;        ///< Date and request id are the server's; else the handler's.
};

/// The head with its blank line. Framing and connection headers among `headers` are left out: they
/// are not the handler's business.
std::string SerializeResponseHead(const ResponseHeadParts& parts);

/// True when status, names and values can be sent without changing the shape of the response.
bool IsSendable(int status, const HttpHeaders& headers);

/// "Sat, 21 Nov 2026 02:43:42 GMT", made once a second.
std::string_view HttpDateNow();

}  // namespace vitrine::net::internal
