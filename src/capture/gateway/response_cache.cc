#include "capture/gateway/response_cache.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace vitrine::capture {

namespace {

/// Headers that change what a provider answers.
bool ChangesTheAnswer(std::string_view name) {
  constexpr std::string_view kNames[] = {
      "content-type",    "content-encoding",    "accept",
      "accept-encoding", "anthropic-version",   "anthropic-beta",
      "openai-beta",     "openai-organization", "openai-project"};
  return std::ranges::any_of(
      kNames, [name](std::string_view known) { return net::EqualsIgnoringCase(name, known); });
}

size_t BytesOf(const CachedAnswer& answer) {
  return sizeof(CachedAnswer) + answer.body.capacity() +
         answer.pieces.capacity() * sizeof(Recording::Piece) + answer.headers.bytes() +
         answer.headers.size() * sizeof(net::HttpHeader);
}

class Digest {
 public:
  Digest() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    VITRINE_CHECK(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  }
  /// With its length, so that no two lists of parts are the same bytes.
  void Add(std::string_view part) {
    const uint64_t size = part.size();
    EVP_DigestUpdate(context_.get(), &size, sizeof(size));
    EVP_DigestUpdate(context_.get(), part.data(), part.size());
  }
  ResponseCache::Key Take() {
    ResponseCache::Key key;
    unsigned size = 0;
    EVP_DigestFinal_ex(context_.get(), key.data(), &size);
    return key;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

}  // namespace

ResponseCache::Key ResponseCache::KeyOf(std::string_view route, std::string_view owner,
                                        std::string_view method, std::string_view target,
                                        const net::HttpHeaders& headers, std::string_view body) {
  Digest digest;
  for (const std::string_view part : {route, owner, method, target, body}) digest.Add(part);
  for (const net::HttpHeader& header : headers) {
    if (!ChangesTheAnswer(header.name)) continue;
    std::string name(header.name);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    digest.Add(name);
    digest.Add(header.value);
  }
  return digest.Take();
}

size_t ResponseCache::Hash::operator()(const Key& key) const {
  size_t hash;
  std::memcpy(&hash, key.data(), sizeof(hash));
  return hash;
}

std::shared_ptr<const CachedAnswer> ResponseCache::Find(const Key& key, int64_t now_ns) {
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  if (found->second->answer->expires_ns <= now_ns) {
    Erase(found->second);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->answer;
}

void ResponseCache::Put(const Key& key, std::shared_ptr<const CachedAnswer> answer) {
  const size_t bytes = BytesOf(*answer) + sizeof(Entry);
  if (bytes > bytes_max_ / 4) return;
  const std::lock_guard lock(mutex_);
  if (const auto old = by_key_.find(key); old != by_key_.end()) Erase(old->second);
  while (bytes_held_ + bytes > bytes_max_) Erase(std::prev(entries_.end()));
  entries_.push_front({key, std::move(answer), bytes});
  by_key_[key] = entries_.begin();
  bytes_held_ += bytes;
}

void ResponseCache::Erase(Entries::iterator entry) {
  bytes_held_ -= entry->bytes;
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

size_t ResponseCache::bytes_held() const {
  const std::lock_guard lock(mutex_);
  return bytes_held_;
}

}  // namespace vitrine::capture
