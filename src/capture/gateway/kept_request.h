// What a recording would keep of a request, for those who compare requests with recorded ones.
// Owner: plain values. Threads: free functions.
#pragma once

#include <string>
#include <string_view>

#include "net/http_types.h"

namespace vitrine::capture {

struct KeptRequest {
  std::string target;  ///< Without the values of secret parameters.
  std::string body;
};

/// Redacts a request as recordings are. `body` is without its content encoding.
KeptRequest KeptOf(const net::HttpRequest& request, std::string_view body);

}  // namespace vitrine::capture
