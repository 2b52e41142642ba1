// Router: method and path pattern to handler.
// Owner: holds the handlers. Threads: Add before the server starts; Handle from any thread then.
//
// A pattern is literal segments and parameters: "/api/v1/traces/{trace_id}". A last segment
// "{rest...}" takes everything that is left, slashes included, still percent-encoded.
// A literal beats a parameter, a parameter beats the rest. Segments are split before they are
// percent-decoded, so an encoded slash never changes which route is meant.
#pragma once

#include <memory>
#include <string_view>

#include "net/http_server.h"

namespace vitrine::net {

class Router {
 public:
  Router();
  ~Router();
  Router(Router&&) noexcept;
  Router& operator=(Router&&) noexcept;

  /// Adds a route; the same method and pattern twice is a programmer error. HEAD is answered by
  /// the GET route unless it has its own.
  void Add(std::string_view method, std::string_view pattern, HttpHandler handler);

  /// Calls the route's handler with path_params set; otherwise answers 404, 405 with Allow, or 204
  /// with Allow to OPTIONS.
  void Handle(HttpRequest request, HttpResponder responder) const;

 private:
  struct Node;
  std::unique_ptr<Node> root_;
};

}  // namespace vitrine::net
