#include "capture/gateway/response_cache.h"

#include <gtest/gtest.h>

namespace vitrine::capture {
namespace {

std::shared_ptr<const CachedAnswer> Answer(std::string body, int64_t expires_ns = 1000) {
  auto answer = std::make_shared<CachedAnswer>();
  answer->body = std::move(body);
  answer->expires_ns = expires_ns;
  return answer;
}
ResponseCache::Key KeyOf(std::string_view body, std::string_view owner = "o",
                         const net::HttpHeaders& headers = {}) {
  return ResponseCache::KeyOf("r", owner, "POST", "/v1", headers, body);
}

TEST(ResponseCache, FindsWhatWasPutUntilItExpires) {
  ResponseCache cache(1 << 20);
  EXPECT_EQ(cache.Find(KeyOf("a"), 0), nullptr);
  cache.Put(KeyOf("a"), Answer("1"));
  ASSERT_NE(cache.Find(KeyOf("a"), 999), nullptr);
  EXPECT_EQ(cache.Find(KeyOf("a"), 999)->body, "1");
  EXPECT_EQ(cache.Find(KeyOf("a"), 1000), nullptr);
  EXPECT_EQ(cache.bytes_held(), 0u);
}

TEST(ResponseCache, EverythingThatMattersIsInTheKey) {
  const auto base = KeyOf("a");
  EXPECT_NE(base, KeyOf("b"));
  EXPECT_NE(base, KeyOf("a", "other"));
  EXPECT_NE(base, ResponseCache::KeyOf("r2", "o", "POST", "/v1", {}, "a"));
  EXPECT_NE(base, ResponseCache::KeyOf("r", "o", "PUT", "/v1", {}, "a"));
  EXPECT_NE(base, ResponseCache::KeyOf("r", "o", "POST", "/v2", {}, "a"));
  EXPECT_NE(base, KeyOf("a", "o", {{"anthropic-version", "1"}}));
  EXPECT_EQ(KeyOf("a", "o", {{"Anthropic-Version", "1"}}),
            KeyOf("a", "o", {{"anthropic-version", "1"}, {"user-agent", "x"}}));
  // Parts do not run into one another.
  EXPECT_NE(ResponseCache::KeyOf("ab", "c", "", "", {}, ""),
            ResponseCache::KeyOf("a", "bc", "", "", {}, ""));
}

TEST(ResponseCache, WhatWasNotAskedForLongestGoes) {
  ResponseCache cache(20'000);
  const std::string body(3'000, 'x');
  for (const char* name : {"a", "b", "c", "d", "e"}) cache.Put(KeyOf(name), Answer(body));
  EXPECT_NE(cache.Find(KeyOf("a"), 0), nullptr);
  cache.Put(KeyOf("f"), Answer(body));
  cache.Put(KeyOf("g"), Answer(body));
  EXPECT_NE(cache.Find(KeyOf("a"), 0), nullptr);
  EXPECT_EQ(cache.Find(KeyOf("b"), 0), nullptr);
  EXPECT_NE(cache.Find(KeyOf("g"), 0), nullptr);
  EXPECT_LE(cache.bytes_held(), 20'000u);
  cache.Put(KeyOf("huge"), Answer(std::string(10'000, 'x')));
  EXPECT_EQ(cache.Find(KeyOf("huge"), 0), nullptr);
  cache.Put(KeyOf("a"), Answer("new"));
  EXPECT_EQ(cache.Find(KeyOf("a"), 0)->body, "new");
}

}  // namespace
}  // namespace vitrine::capture
