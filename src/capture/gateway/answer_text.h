// What an answer that is held says, for guardrails to look at.
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
};

AnswerText TextOf(const upstream::Upstream& upstream, const net::HttpRequest& request,
                  const std::string& target, const std::string& request_body,
                  const CachedAnswer& answer);

}  // namespace vitrine::capture
