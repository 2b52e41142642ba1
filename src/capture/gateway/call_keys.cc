#include "capture/gateway/call_keys.h"

#include <algorithm>

#include "access/key_ring.h"

namespace vitrine::capture {

namespace {

// Where clients put a provider's key.
constexpr std::string_view kKeyHeaders[] = {"authorization", "x-api-key", "api-key",
                                            "x-goog-api-key"};
constexpr std::string_view kKeyParameter = "key";

struct KindHeader {
  std::string_view kind, header;
};
// Where providers expect it; all others take `Authorization: Bearer`.
constexpr KindHeader kKindHeaders[] = {
    {"anthropic", "x-api-key"}, {"azure", "api-key"}, {"gemini", "x-goog-api-key"}};

std::string_view WithoutBearer(std::string_view value) {
  constexpr std::string_view kBearer = "bearer ";
  const bool has_scheme = value.size() > kBearer.size() &&
                          net::EqualsIgnoringCase(value.substr(0, kBearer.size()), kBearer);
  return has_scheme ? value.substr(kBearer.size()) : value;
}

/// Where "key=…" stands in the target's query: from its first byte to behind its value.
std::string_view KeyPair(std::string_view target) {
  size_t at = target.find('?');
  while (at != std::string_view::npos) {
    const std::string_view rest = target.substr(at + 1);
    const std::string_view pair = rest.substr(0, rest.find('&'));
    if (pair.substr(0, pair.find('=')) == kKeyParameter) return pair;
    at = target.find('&', at + 1);
  }
  return {};
}

}  // namespace

bool CallKey::allows_upstream(std::string_view upstream) const {
  return upstreams.empty() || std::ranges::find(upstreams, upstream) != upstreams.end();
}

bool CallKey::allows_model(std::string_view model) const {
  return models.empty() || std::ranges::find(models, model) != models.end();
}

CallKeys::CallKeys(std::vector<CallKey> keys) {
  for (CallKey& key : keys) keys_.push_back(std::make_shared<const CallKey>(std::move(key)));
}

SentKeys::SentKeys(const net::HttpHeaders& headers, std::string_view target) {
  static_assert(std::size(kKeyHeaders) + 1 == std::tuple_size_v<decltype(keys_)>);
  for (const std::string_view name : kKeyHeaders) {
    if (const auto value = headers.First(name)) keys_[count_++] = WithoutBearer(*value);
  }
  if (const std::string_view pair = KeyPair(target); pair.contains('='))
    keys_[count_++] = pair.substr(pair.find('=') + 1);
}

std::shared_ptr<const CallKey> CallKeys::Find(std::span<const std::string_view> sent) const {
  std::shared_ptr<const CallKey> found;
  for (const auto& known : keys_) {
    for (const std::string_view key : sent) {
      if (access::EqualsInConstantTime(known->key, key)) found = known;
    }
  }
  return found;
}

const std::string& ProviderKeyOf(const upstream::Upstream& upstream, const CallKey* key) {
  return key == nullptr || key->provider_key.empty() ? upstream.key : key->provider_key;
}

void ReplaceCredentials(const upstream::Upstream& upstream, const CallKey* key,
                        net::HttpHeaders& headers, std::string& target) {
  const std::string& provider_key = ProviderKeyOf(upstream, key);
  if (provider_key.empty()) return;
  for (const std::string_view name : kKeyHeaders) headers.Remove(name);
  if (const std::string_view pair = KeyPair(target); !pair.empty()) {
    const auto at = static_cast<size_t>(pair.data() - target.data());
    const bool is_last = at + pair.size() == target.size();
    // With the '&' behind it, or, where it is the last, with what stands before it.
    target.erase(is_last ? at - 1 : at, pair.size() + 1);
  }
  const auto known = std::ranges::find(kKindHeaders, upstream.kind, &KindHeader::kind);
  if (known != std::end(kKindHeaders)) {
    headers.Add(known->header, provider_key);
  } else {
    headers.Add("Authorization", "Bearer " + provider_key);
  }
}

}  // namespace vitrine::capture
