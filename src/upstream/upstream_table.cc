#include "upstream/upstream_table.h"

#include <algorithm>
#include <charconv>

namespace vitrine::upstream {

namespace {

struct KnownUpstream {
  std::string_view name, kind, url;
};
// The path of a call follows the origin as it stands, so that a client's base URL changes in its
// scheme and host alone.
constexpr KnownUpstream kKnown[] = {
    {"openai", "openai", "https://api.openai.com"},
    {"anthropic", "anthropic", "https://api.anthropic.com"},
    {"gemini", "gemini", "https://generativelanguage.googleapis.com"},
    {"cohere", "cohere", "https://api.cohere.com"},
    {"mistral", "mistral", "https://api.mistral.ai"},
    {"groq", "groq", "https://api.groq.com"},
    {"deepseek", "deepseek", "https://api.deepseek.com"},
    {"xai", "xai", "https://api.x.ai"},
    {"openrouter", "openrouter", "https://openrouter.ai"},
    {"together", "together", "https://api.together.xyz"},
    {"fireworks", "fireworks", "https://api.fireworks.ai"},
    {"perplexity", "perplexity", "https://api.perplexity.ai"},
    {"cerebras", "cerebras", "https://api.cerebras.ai"},
    {"huggingface", "huggingface", "https://router.huggingface.co"},
    {"voyage", "voyage", "https://api.voyageai.com"},
    {"replicate", "replicate", "https://api.replicate.com"},
    {"ollama", "ollama", "http://127.0.0.1:11434"},
    {"lmstudio", "lm_studio", "http://127.0.0.1:1234"},
    {"vllm", "vllm", "http://127.0.0.1:8000"},
};

/// Names whose host has a part that the caller gives.
struct HostFamily {
  std::string_view name, kind, before, after;
  std::string_view global_part, global_host;  ///< A part that leads to another host.
};
constexpr HostFamily kFamilies[] = {
    {"azure", "azure", "", ".openai.azure.com", "", ""},
    {"bedrock", "bedrock", "bedrock-runtime.", ".amazonaws.com", "", ""},
    {"bedrock-agent", "bedrock-agent", "bedrock-agent-runtime.", ".amazonaws.com", "", ""},
    {"vertex", "vertex", "", "-aiplatform.googleapis.com", "global", "aiplatform.googleapis.com"},
};

bool IsHostPart(std::string_view part) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !part.empty() && part.size() <= 63 && part.front() != '-' && part.back() != '-' &&
         std::ranges::all_of(part, fits);
}

bool IsHostChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_';
}

bool IsPathChar(char c) {
  return c > ' ' && c < 0x7F && std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos;
}

}  // namespace

Result<Upstream> ParseUpstream(const std::string& name, std::string_view kind, std::string_view url,
                               const std::shared_ptr<net::UpstreamTls>& tls) {
  const auto wrong = [&](std::string_view what) {
    return Fail(ErrorCode::kInvalidInput, name + ": '" + std::string(url) + "' " +
                                              std::string(what) +
                                              "; write https://HOST[:PORT][/PATH]");
  };
  auto endpoint = std::make_shared<net::UpstreamEndpoint>();
  std::string_view rest = url;
  const bool is_tls = rest.starts_with("https://");
  if (!is_tls && !rest.starts_with("http://")) return wrong("is neither http:// nor https://");
  rest.remove_prefix(is_tls ? 8 : 7);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  std::string_view path = rest.substr(authority.size());
  if (path.find_first_of("?#") != std::string_view::npos) return wrong("has a query");
  if (!std::ranges::all_of(path, IsPathChar)) return wrong("has a character that no path has");
  while (path.ends_with('/')) path.remove_suffix(1);
  std::string_view host = authority;
  std::string_view port;
  if (host.starts_with('[')) {
    const size_t end = host.find(']');
    if (end == std::string_view::npos) return wrong("has no ] behind its address");
    port = host.substr(end + 1);
    host = host.substr(1, end - 1);
    if (!net::IpAddress::Parse(std::string(host), 0))
      return wrong("has no address in its brackets");
  } else {
    const size_t colon = host.find(':');
    if (colon != std::string_view::npos) port = host.substr(colon);
    host = host.substr(0, colon);
    if (!std::ranges::all_of(host, IsHostChar)) return wrong("has no host name");
  }
  if (host.empty()) return wrong("has no host");
  endpoint->host = host;
  endpoint->port = is_tls ? 443 : 80;
  if (!port.empty()) {
    port.remove_prefix(1);
    const auto [end, error] =
        std::from_chars(port.data(), port.data() + port.size(), endpoint->port);
    const bool is_whole = error == std::errc() && end == port.data() + port.size();
    if (!is_whole || endpoint->port == 0) return wrong("has no port between 1 and 65535");
  }
  if (is_tls) endpoint->tls = tls;
  Upstream upstream;
  upstream.name = name;
  upstream.kind = kind;
  upstream.origin = std::string(url.substr(0, url.size() - rest.size())) + std::string(authority);
  upstream.authority = authority;
  upstream.base_path = path;
  upstream.endpoint = std::move(endpoint);
  return upstream;
}

namespace {

std::shared_ptr<const Route> RouteTo(Upstream upstream, const RoutePolicy& policy = {}) {
  auto route = std::make_shared<Route>();
  route->name = upstream.name;
  route->policy = policy;
  route->targets.push_back({std::make_shared<const Upstream>(std::move(upstream)), "", 1});
  return route;
}

const HostFamily* FindFamily(std::string_view name) {
  const auto found = std::ranges::find(kFamilies, name, &HostFamily::name);
  return found == std::end(kFamilies) ? nullptr : &*found;
}

std::unexpected<Error> FailSetting(const std::string& name, const std::string& what) {
  return Fail(ErrorCode::kInvalidInput, "gateway.upstreams." + name + ": " + what);
}

/// Whose signatures are understood, and what AWS calls the service.
constexpr std::pair<std::string_view, std::string_view> kAwsServices[] = {
    {"bedrock", "bedrock"}, {"bedrock-agent", "bedrock"}, {"sagemaker", "sagemaker"}};

}  // namespace

std::string_view AwsServiceOf(std::string_view kind) {
  for (const auto& [known, service] : kAwsServices) {
    if (known == kind) return service;
  }
  return {};
}

namespace {

Result<void> CheckAws(const UpstreamSetting& setting, std::string_view kind, bool has_region) {
  const AwsCredentials& aws = setting.aws;
  if (aws.access_key_id.empty() != aws.secret_access_key.empty())
    return FailSetting(setting.name, "access_key_id and secret_access_key go together");
  if (aws.access_key_id.empty()) {
    if (!aws.region.empty() || !aws.session_token.empty())
      return FailSetting(setting.name, "region and session_token need an access_key_id");
    return {};
  }
  if (AwsServiceOf(kind).empty())
    return FailSetting(setting.name,
                       "only bedrock, bedrock-agent and sagemaker are signed for AWS");
  if (!setting.key.empty())
    return FailSetting(setting.name, "has a key and an access_key_id; one of them");
  if (aws.region.empty() && !has_region)
    return FailSetting(setting.name, "needs region = \"us-east-1\" to sign for");
  return {};
}

Result<std::shared_ptr<const net::UpstreamEndpoint>> WithHttp2(
    const Upstream& upstream, const UpstreamSetting& setting) {
  const bool is_tls = upstream.origin.starts_with("https://");
  const bool asks =
      setting.http2 == net::UpstreamHttp2::kOn || setting.http2 == net::UpstreamHttp2::kAuto;
  const bool knows = setting.http2 == net::UpstreamHttp2::kPriorKnowledge;
  if (asks && !is_tls) {
    return FailSetting(setting.name,
                       "http2 is asked for by TLS, and the url has none; write "
                       "http2 = \"prior-knowledge\" for a server that speaks it without");
  }
  if (knows && is_tls) {
    return FailSetting(setting.name,
                       "http2 = \"prior-knowledge\" is for http://; write http2 = true, and the "
                       "server chooses");
  }
  auto changed = std::make_shared<net::UpstreamEndpoint>(*upstream.endpoint);
  changed->http2 = setting.http2;
  return changed;
}

}  // namespace

Result<void> UpstreamTable::AddServer(const UpstreamSetting& setting) {
  std::string kind = setting.kind;
  if (kind.empty()) {
    // A known name keeps its interface at another address; any other server speaks OpenAI's.
    const HostFamily* family = FindFamily(setting.name);
    const auto known = routes_.find(setting.name);
    kind = family != nullptr        ? std::string(family->kind)
           : known != routes_.end() ? known->second->targets.front().upstream->kind
                                    : "openai";
  }
  std::string url = setting.url;
  if (url.empty() && FindFamily(setting.name) != nullptr) {
    // The host still comes with each call.
    TRY(CheckAws(setting, kind, true));
    families_[setting.name] = setting;
    return {};
  }
  TRY(CheckAws(setting, kind, false));
  if (url.empty()) {
    // A known server may get a key or a policy and stay where it is.
    const auto known = routes_.find(setting.name);
    if (known == routes_.end()) return FailSetting(setting.name, "needs url = \"…\" or targets");
    const Upstream& upstream = *known->second->targets.front().upstream;
    url = upstream.origin + upstream.base_path;
  }
  auto upstream = ParseUpstream(setting.name, kind, url, tls_);
  if (!upstream) return FailSetting(setting.name, upstream.error().message);
  TRY_ASSIGN(upstream->endpoint, WithHttp2(*upstream, setting));
  upstream->key = setting.key;
  if (!setting.aws.access_key_id.empty())
    upstream->aws = std::make_shared<const AwsCredentials>(setting.aws);
  routes_[setting.name] = RouteTo(std::move(*upstream), setting.policy);
  return {};
}

Result<void> UpstreamTable::AddRoute(const UpstreamSetting& setting) {
  if (!setting.url.empty() || !setting.kind.empty() || !setting.key.empty() ||
      setting.http2 != net::UpstreamHttp2::kOff) {
    return FailSetting(setting.name, "has targets, so url, kind, key and http2 are theirs");
  }
  auto route = std::make_shared<Route>();
  route->name = setting.name;
  route->policy = setting.policy;
  for (const TargetSetting& target : setting.targets) {
    const auto found = routes_.find(target.upstream);
    if (found == routes_.end() || found->second->targets.size() > 1)
      return FailSetting(setting.name, "there is no server '" + target.upstream + "'");
    const std::shared_ptr<const Upstream>& upstream = found->second->targets.front().upstream;
    route->targets.push_back({upstream, target.model, target.weight});
    if (upstream->kind != route->targets.front().upstream->kind) {
      return FailSetting(setting.name, "'" + target.upstream + "' speaks " + upstream->kind +
                                           ", and '" + setting.targets.front().upstream +
                                           "' another interface");
    }
  }
  routes_[setting.name] = std::move(route);
  return {};
}

Result<UpstreamTable> UpstreamTable::Create(const std::vector<UpstreamSetting>& settings,
                                            std::shared_ptr<net::UpstreamTls> tls) {
  UpstreamTable table;
  table.tls_ = std::move(tls);
  for (const KnownUpstream& known : kKnown) {
    TRY(table.AddServer({.name = std::string(known.name),
                         .url = std::string(known.url),
                         .kind = std::string(known.kind)}));
  }
  for (const UpstreamSetting& setting : settings) {
    if (!IsHostPart(setting.name))
      return FailSetting(setting.name, "a name is letters, digits and '-'");
    if (setting.targets.empty()) TRY(table.AddServer(setting));
  }
  for (const UpstreamSetting& setting : settings) {
    if (!setting.targets.empty()) TRY(table.AddRoute(setting));
  }
  return table;
}

Result<FoundRoute> UpstreamTable::Find(std::string_view target) const {
  const std::string_view name = target.substr(0, target.find_first_of("/?"));
  std::string_view rest = target.substr(name.size());
  if (const auto found = routes_.find(name); found != routes_.end())
    return FoundRoute{found->second, rest};
  const HostFamily* family = FindFamily(name);
  if (family == nullptr) {
    std::string message = "there is no upstream '" + std::string(name) + "'; there are";
    for (const std::string& known : names()) message += " " + known;
    return Fail(ErrorCode::kNotFound, message);
  }
  if (rest.starts_with('/')) rest.remove_prefix(1);
  const std::string_view part = rest.substr(0, rest.find_first_of("/?"));
  if (!IsHostPart(part)) {
    return Fail(ErrorCode::kInvalidInput,
                "the path goes on with the part of the host that differs: /gateway/" +
                    std::string(name) + "/NAME/… reaches " + std::string(family->before) + "NAME" +
                    std::string(family->after));
  }
  TRY_ASSIGN(auto route, RouteToFamily(name, part));
  return FoundRoute{std::move(route), rest.substr(part.size())};
}

Result<void> UpstreamTable::CheckTakesKey(std::string_view name) const {
  const auto found = routes_.find(name);
  if (found != routes_.end() && found->second->targets.size() == 1) return {};
  if (found != routes_.end()) {
    return Fail(ErrorCode::kInvalidInput,
                "the upstream '" + std::string(name) +
                    "' has several targets, and a key is for one; name one of them");
  }
  if (FindFamily(name) != nullptr) {
    return Fail(ErrorCode::kInvalidInput,
                "calls to '" + std::string(name) +
                    "' say in their path which host they go to; give the one that the key is for "
                    "a name of its own: [gateway.upstreams.NAME] url = \"https://…\"");
  }
  return Fail(ErrorCode::kNotFound, "there is no upstream '" + std::string(name) + "'");
}

Result<std::shared_ptr<const Route>> UpstreamTable::RouteToFamily(std::string_view name,
                                                                  std::string_view part) const {
  const HostFamily* family = FindFamily(name);
  const bool is_global = !family->global_part.empty() && part == family->global_part;
  const std::string host =
      is_global ? std::string(family->global_host)
                : std::string(family->before) + std::string(part) + std::string(family->after);
  TRY_ASSIGN(Upstream upstream,
             ParseUpstream(std::string(name), family->kind, "https://" + host, tls_));
  const auto configured = families_.find(name);
  if (configured == families_.end()) return RouteTo(std::move(upstream));
  const UpstreamSetting& setting = configured->second;
  TRY_ASSIGN(upstream.endpoint, WithHttp2(upstream, setting));
  upstream.key = setting.key;
  if (!setting.aws.access_key_id.empty()) {
    AwsCredentials aws = setting.aws;
    aws.region = part;
    upstream.aws = std::make_shared<const AwsCredentials>(std::move(aws));
  }
  return RouteTo(std::move(upstream), setting.policy);
}

std::vector<std::string> UpstreamTable::names() const {
  std::vector<std::string> names;
  for (const auto& [name, route] : routes_) names.push_back(name);
  for (const HostFamily& family : kFamilies) {
    if (!routes_.contains(family.name)) names.emplace_back(family.name);
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace vitrine::upstream
