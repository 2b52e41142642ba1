#include "capture/gateway/call_keys.h"

#include <gtest/gtest.h>

namespace vitrine::capture {
namespace {

TEST(CallKeys, AreFoundWhereverClientsPutTheProvidersKey) {
  const CallKeys keys({{.key = "vk-0123456789abcdef", .name = "a", .upstreams = {}, .models = {}}});
  for (const net::HttpHeaders& headers :
       {net::HttpHeaders{{"Authorization", "Bearer vk-0123456789abcdef"}},
        net::HttpHeaders{{"x-api-key", "vk-0123456789abcdef"}},
        net::HttpHeaders{{"api-key", "vk-0123456789abcdef"}},
        net::HttpHeaders{{"x-goog-api-key", "vk-0123456789abcdef"}}}) {
    ASSERT_NE(keys.Find(SentKeys(headers, "/x").all()), nullptr);
    EXPECT_EQ(keys.Find(SentKeys(headers, "/x").all())->name, "a");
  }
  EXPECT_NE(keys.Find(SentKeys({}, "/x?alt=sse&key=vk-0123456789abcdef").all()), nullptr);
  const net::HttpHeaders wrong{{"Authorization", "Bearer vk-0123456789abcdeX"}};
  EXPECT_EQ(keys.Find(SentKeys(wrong, "/x").all()), nullptr);
  const net::HttpHeaders elsewhere{{"x-other", "vk-0123456789abcdef"}};
  EXPECT_EQ(keys.Find(SentKeys(elsewhere, "/x?monkey=vk-0123456789abcdef").all()), nullptr);
}

TEST(CallKeys, AllowWhatTheyList) {
  const CallKey any{.key = "", .name = "", .upstreams = {}, .models = {}};
  const CallKey some{.key = "", .name = "", .upstreams = {"openai"}, .models = {"m"}};
  EXPECT_TRUE(any.allows_upstream("x") && any.allows_model("y"));
  EXPECT_TRUE(some.allows_upstream("openai") && some.allows_model("m"));
  EXPECT_FALSE(some.allows_upstream("x") || some.allows_model("y") || some.allows_model(""));
}

TEST(ReplaceCredentials, PutsTheProvidersKeyWhereItsInterfaceExpectsIt) {
  const auto replaced = [](const std::string& kind, std::string target) {
    upstream::Upstream upstream;
    upstream.kind = kind;
    upstream.key = "real";
    net::HttpHeaders headers{{"Authorization", "Bearer theirs"}, {"x-api-key", "t"}, {"a", "b"}};
    ReplaceCredentials(upstream, nullptr, headers, target);
    std::string text;
    for (const net::HttpHeader& header : headers)
      ((text += header.name) += "=") += std::string(header.value) + ";";
    return text + target;
  };
  EXPECT_EQ(replaced("openai", "/v1"), "a=b;Authorization=Bearer real;/v1");
  EXPECT_EQ(replaced("anthropic", "/v1"), "a=b;x-api-key=real;/v1");
  EXPECT_EQ(replaced("azure", "/v1"), "a=b;api-key=real;/v1");
  EXPECT_EQ(replaced("gemini", "/v1?key=theirs&alt=sse"), "a=b;x-goog-api-key=real;/v1?alt=sse");
  EXPECT_EQ(replaced("gemini", "/v1?alt=sse&key=theirs"), "a=b;x-goog-api-key=real;/v1?alt=sse");
  EXPECT_EQ(replaced("gemini", "/v1?key=theirs"), "a=b;x-goog-api-key=real;/v1");
}

TEST(ReplaceCredentials, AKeyThatStandsForAnotherBringsThat) {
  upstream::Upstream upstream;
  upstream.kind = "openai";
  upstream.key = "the-upstreams";
  CallKey key;
  key.provider_key = "its-own";
  net::HttpHeaders headers{{"Authorization", "Bearer vk_"}};
  std::string target = "/v1";
  ReplaceCredentials(upstream, &key, headers, target);
  EXPECT_EQ(headers.First("authorization"), "Bearer its-own");
  EXPECT_EQ(ProviderKeyOf(upstream, nullptr), "the-upstreams");
}

TEST(ReplaceCredentials, WithoutAKeyTheCallersGoesThrough) {
  upstream::Upstream upstream;
  net::HttpHeaders headers{{"Authorization", "Bearer theirs"}};
  std::string target = "/v1?key=k";
  ReplaceCredentials(upstream, nullptr, headers, target);
  EXPECT_TRUE(headers.Has("authorization"));
  EXPECT_EQ(target, "/v1?key=k");
}

}  // namespace
}  // namespace vitrine::capture
