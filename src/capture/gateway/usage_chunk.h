// The usage of a streamed answer of OpenAI's interface: asked for on the caller's behalf, and taken
// out of what the caller gets.
// Owner: plain values; a filter serves one answer. Threads: free functions; a filter on one thread.
// Source: OpenAI API reference, stream_options; WIRE-FORMATS 7.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "net/http_relay.h"
#include "upstream/upstream_table.h"

namespace vitrine::capture {

/// The body with `stream_options.include_usage` set; every other byte stays. Nothing where it is no
/// streaming request of Chat Completions or Completions, or says itself what it wants.
std::optional<std::string> WithUsageAsked(const upstream::Upstream& upstream,
                                          std::string_view method, std::string_view target,
                                          std::string_view body);

/// Leaves the event out that only carries usage, and nothing else. An event goes on when it is
/// complete.
class UsageChunkFilter : public net::RelayBodyFilter {
 public:
  void Take(std::string_view piece, std::string& out) override;
  void End(std::string& out) override;

 private:
  std::string event_;   ///< That is not complete yet.
  size_t scanned_ = 0;  ///< Of it: no end before here.
};

/// A filter for an answer that may have such an event: a plain stream of events. Null for others.
std::unique_ptr<net::RelayBodyFilter> UsageChunkFilterFor(int status,
                                                          const net::HttpHeaders& headers);

}  // namespace vitrine::capture
