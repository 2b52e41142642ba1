// RequestGlance: the little that must be known of a request before it is sent on.
// Owner: plain values. Threads: free functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_types.h"
#include "upstream/upstream_table.h"

namespace vitrine::capture {

struct RequestGlance {
  std::string model;  ///< Of the body, else of the path; empty where there is none.
  bool is_stream = false;
  bool is_background = false;  ///< Answered by a word that it was begun; fetched later.
  bool is_model_call = false;
  bool is_fetch = false;          ///< Of the answer to a call that was begun in the background.
  uint64_t tokens_estimated = 0;  ///< Input by its bytes, output by what the request allows.
};

/// Looks at a request. `body` as it came: of an encoded one only the path is understood.
RequestGlance GlanceAt(const upstream::Upstream& upstream, std::string_view method,
                       std::string_view target, const net::HttpHeaders& headers,
                       std::string_view body);

/// The id in ".../responses/ID" of a fetch, or in ".../responses/ID/cancel", which is answered the
/// same way; empty for other requests. Borrows from `target`.
std::string_view FetchedResponseId(std::string_view method, std::string_view target);

/// The body with another model's name in the place of the top-level "model"; nothing where there is
/// none.
std::optional<std::string> WithModel(std::string_view body, std::string_view model);

}  // namespace vitrine::capture
