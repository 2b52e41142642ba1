// Route: which provider and which of its interfaces a request goes to. One table decides; a new
// server that speaks a known interface at a known path needs nothing, one with a path of its own is
// one row (route.cc).
// Threads: free functions over constants.
#pragma once

#include <string_view>

#include "base/arena.h"
#include "codecs/providers/api.h"
#include "codecs/providers/exchange.h"

namespace vitrine::codecs::providers {

struct Route {
  Api api = Api::kNone;
  std::string_view provider;     ///< Canonical id; empty where the host is not known.
  std::string_view model;        ///< Model, deployment, endpoint or ARN in the path; decoded.
  std::string_view agent_id;     ///< Bedrock's agent in the path.
  std::string_view session;      ///< Its conversation there.
  bool asks_for_stream = false;  ///< The path says so: `converse-stream`, `:streamGenerateContent`.
};

/// Looks at method and URL, and at the body only to see whether it is a text-generation request of
/// a server that answers at any path. Lifetime: texts borrow from the URL or `arena`, or live
/// for ever.
Route FindRoute(const ProviderRequest& request, Arena& arena);

}  // namespace vitrine::codecs::providers
