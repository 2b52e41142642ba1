// What an answer that is held says: for guardrails to look at, and for the cache to know whether it
// is one.
// Threads: free functions.
#pragma once

#include <string>

#include "capture/gateway/response_cache.h"
#include "upstream/upstream_table.h"

namespace vitrine::capture {

struct AnswerText {
  std::string body;  ///< Without its content encoding.
  bool is_stream = false;
  std::string text;  ///< Of a stream: all that it says, text, reasoning and arguments.
  /// It says that the call failed, or is a stream without its end: a 200 all the same. False where
  /// its content encoding is not known.
  bool is_broken = false;
};

AnswerText TextOf(const upstream::Upstream& upstream, const net::HttpRequest& request,
                  const std::string& target, const std::string& request_body,
                  const CachedAnswer& answer);

}  // namespace vitrine::capture
