// CallerWishes: what the headers of one request ask the gateway to do beside passing it on, in the
// words of Helicone's proxy: keep answers, try again, limit somebody.
// Owner: plain values. Threads: free functions. What cannot be read is as if it were not there.
// Source: WIRE-FORMATS 9.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "net/http_types.h"

namespace vitrine::capture {

/// "100;w=3600;u=cents;s=user": so many requests or cents in a window of seconds, for whom.
struct RateWish {
  std::string text;  ///< As sent.
  uint64_t count = 0;
  int64_t window_ms = 0;
  bool is_cents = false;
  std::string by;  ///< "user", a property in lower case, or empty: everybody of the project.
};

/// A hundredth of a dollar.
inline constexpr int64_t kNanosPerCent = 10'000'000;

struct CallerWishes {
  std::optional<int64_t> cache_ttl_ms;
  std::string cache_seed;  ///< Parts answers that the caller wants apart.
  std::optional<unsigned> retries;
  double retry_factor = 2;
  int64_t retry_min_ms = 1000, retry_max_ms = 10'000;
  std::optional<RateWish> rate;

  bool any() const { return cache_ttl_ms || retries || rate; }
};

CallerWishes ReadWishes(const net::HttpHeaders& headers);
/// Whom the wish counts the request to; nothing where the request does not say.
std::optional<std::string> SubjectOf(const RateWish& wish, const net::HttpHeaders& headers);

}  // namespace vitrine::capture
