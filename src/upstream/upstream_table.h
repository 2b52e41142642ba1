// UpstreamTable: the servers that calls can be sent to by name: those every installation knows, and
// those of the configuration.
// Owner: upstreams are shared, so that a plan that runs outlives a table. Threads: const after
// construction.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http_relay.h"

namespace vitrine::upstream {

/// Where calls go, and what speaks there.
struct Upstream {
  std::string name;
  /// Whose interface it speaks, in the words of codecs/providers: "openai", "anthropic", "bedrock".
  std::string kind;
  std::string origin;     ///< "https://api.openai.com", what a call's URL begins with.
  std::string authority;  ///< The Host header.
  std::string base_path;  ///< Stands before the path of every call; empty, or "/base" without end.
  std::shared_ptr<const net::UpstreamEndpoint> endpoint;
};

/// Reads "https://host:port/base".
/// Errors: kInvalidInput (another scheme, user info, a query, no host).
Result<Upstream> ParseUpstream(const std::string& name, std::string_view kind, std::string_view url,
                               const std::shared_ptr<net::UpstreamTls>& tls);

/// As `[gateway.upstreams.NAME]` has it.
struct UpstreamSetting {
  std::string name, url, kind;
  bool operator==(const UpstreamSetting&) const = default;
};

/// What the way behind "/gateway/" leads to.
struct FoundUpstream {
  std::shared_ptr<const Upstream> upstream;
  std::string_view rest;  ///< What is left of the target: "/v1/chat/completions?x=1", or empty.
};

class UpstreamTable {
 public:
  /// Errors: kInvalidInput naming the upstream.
  static Result<UpstreamTable> Create(const std::vector<UpstreamSetting>& settings,
                                      std::shared_ptr<net::UpstreamTls> tls);

  /// Finds by "NAME/rest?query". Some names take one more segment, which is part of the host:
  /// azure/RESOURCE, bedrock/REGION, vertex/LOCATION. Lifetime: `rest` borrows from `target`.
  /// Errors: kNotFound, with the names there are; kInvalidInput (the segment cannot be in a host).
  Result<FoundUpstream> Find(std::string_view target) const;

  std::vector<std::string> names() const;
  const std::shared_ptr<net::UpstreamTls>& tls() const { return tls_; }

 private:
  std::shared_ptr<net::UpstreamTls> tls_;
  std::map<std::string, std::shared_ptr<const Upstream>, std::less<>> upstreams_;
};

}  // namespace vitrine::upstream
