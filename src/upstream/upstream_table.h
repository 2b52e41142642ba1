// UpstreamTable: the servers that calls can be sent to by name: those every installation knows, and
// those of the configuration; and the routes that lead to several of them.
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
#include "upstream/aws_signature.h"

namespace vitrine::upstream {

/// Where calls go, and what speaks there.
struct Upstream {
  std::string name;
  /// Whose interface it speaks, in the words of codecs/providers: "openai", "anthropic", "bedrock".
  std::string kind;
  std::string origin;     ///< "https://api.openai.com", what a call's URL begins with.
  std::string authority;  ///< The Host header.
  std::string key;        ///< Sent instead of the caller's credentials; empty sends theirs.
  /// Requests are signed with these instead of the caller's credentials; null: as they came.
  std::shared_ptr<const AwsCredentials> aws;
  std::string base_path;  ///< Stands before the path of every call; empty, or "/base" without end.
  std::shared_ptr<const net::UpstreamEndpoint> endpoint;
};

/// Reads "https://host:port/base".
/// Errors: kInvalidInput (another scheme, user info, a query, no host).
Result<Upstream> ParseUpstream(const std::string& name, std::string_view kind, std::string_view url,
                               const std::shared_ptr<net::UpstreamTls>& tls);

/// What AWS calls the service behind an interface; empty where it is none that is signed for.
std::string_view AwsServiceOf(std::string_view kind);

/// One of a route's targets, as the configuration has it.
struct TargetSetting {
  std::string upstream;
  std::string model;  ///< Put in the place of the request's; empty leaves it.
  unsigned weight = 1;
  bool operator==(const TargetSetting&) const = default;
};

/// Who shares the answers of a cache.
enum class CacheScope : uint8_t { kUser, kGlobal };

/// What a route does beside passing calls on. Everything is off unless configured.
struct RoutePolicy {
  unsigned retries = 0;      ///< More attempts at one target before the next takes over.
  bool is_weighted = false;  ///< The first target is drawn by weight; else they are tried in order.
  int64_t cache_ttl_ms = 0;  ///< 0: no cache.
  CacheScope cache_scope = CacheScope::kUser;
  bool cache_keeps_timing = false;  ///< Streams are replayed at the pace they came.
  /// Streams of OpenAI's interface are asked for their usage, which the client does not see unless
  /// it asked, too.
  bool include_usage = false;
  bool operator==(const RoutePolicy&) const = default;
};

/// As `[gateway.upstreams.NAME]` has it: a server (url), or a route to others (targets).
struct UpstreamSetting {
  std::string name, url, kind = {};
  std::string key = {};     ///< The provider's; sent instead of what the caller sends.
  AwsCredentials aws = {};  ///< Likewise, for services of AWS; none without access_key_id.
  net::UpstreamHttp2 http2 = net::UpstreamHttp2::kOff;
  std::vector<TargetSetting> targets = {};
  RoutePolicy policy = {};
  bool operator==(const UpstreamSetting&) const = default;
};

struct Target {
  std::shared_ptr<const Upstream> upstream;
  std::string model;
  unsigned weight = 1;
};

/// Where calls by one name go. At least one target; all speak the first one's interface.
struct Route {
  std::string name;
  std::vector<Target> targets;
  RoutePolicy policy;

  /// The request must be in hand as a whole: it may be sent again, or looked up.
  bool needs_whole_request() const {
    return targets.size() > 1 || !targets.front().model.empty() || policy.retries > 0 ||
           policy.cache_ttl_ms > 0 || policy.include_usage ||
           targets.front().upstream->aws != nullptr;
  }
};

/// What the way behind "/gateway/" leads to.
struct FoundRoute {
  std::shared_ptr<const Route> route;
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
  Result<FoundRoute> Find(std::string_view target) const;

  /// Whether calls by this name always go to one server that the configuration (or every
  /// installation) knows, so that a key may be held for it.
  /// Errors: kNotFound, kInvalidInput (several targets, or a host that the caller's path names).
  Result<void> CheckTakesKey(std::string_view name) const;

  std::vector<std::string> names() const;
  const std::shared_ptr<net::UpstreamTls>& tls() const { return tls_; }

 private:
  Result<void> AddServer(const UpstreamSetting& setting);
  Result<void> AddRoute(const UpstreamSetting& setting);
  Result<std::shared_ptr<const Route>> RouteToFamily(std::string_view name,
                                                     std::string_view part) const;

  std::shared_ptr<net::UpstreamTls> tls_;
  std::map<std::string, std::shared_ptr<const Route>, std::less<>> routes_;
  std::map<std::string, UpstreamSetting, std::less<>> families_;  ///< As they were configured.
};

}  // namespace vitrine::upstream
