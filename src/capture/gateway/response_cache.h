// ResponseCache: answers to requests that were asked before, byte for byte, in memory only.
// Owner: the door. Threads: every function from any thread; entries are shared and never change.
// Memory: bytes_max of answers; beyond it those that were not asked for longest go.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "capture/gateway/recording.h"

namespace vitrine::capture {

struct CachedAnswer {
  int status = 200;
  net::HttpHeaders headers;
  std::string body;
  std::vector<Recording::Piece> pieces;  ///< With read_ns since the request's head.
  int64_t expires_ns = 0;                ///< Monotonic.
};

class ResponseCache {
 public:
  /// SHA-256 of everything that the answer depends on.
  using Key = std::array<uint8_t, 32>;

  explicit ResponseCache(size_t bytes_max) : bytes_max_(bytes_max) {}

  /// The key of a request. `owner` parts the answers of one from those of others; the headers that
  /// change answers (versions, betas, content type and encodings) are part of it.
  static Key KeyOf(std::string_view route, std::string_view owner, std::string_view method,
                   std::string_view target, const net::HttpHeaders& headers, std::string_view body);

  /// The answer, or null where there is none that still counts.
  std::shared_ptr<const CachedAnswer> Find(const Key& key, int64_t now_ns);
  /// Keeps an answer; one that is larger than a quarter of the cache is not kept.
  void Put(const Key& key, std::shared_ptr<const CachedAnswer> answer);

  size_t bytes_held() const;

 private:
  struct Hash {
    size_t operator()(const Key& key) const;
  };
  struct Entry {
    Key key;
    std::shared_ptr<const CachedAnswer> answer;
    size_t bytes;
  };
  using Entries = std::list<Entry>;  ///< Last asked first.

  void Erase(Entries::iterator entry);

  const size_t bytes_max_;
  mutable std::mutex mutex_;
  size_t bytes_held_ = 0;
  Entries entries_;
  std::unordered_map<Key, Entries::iterator, Hash> by_key_;
};

}  // namespace vitrine::capture
