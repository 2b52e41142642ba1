#include "capture/gateway/secret_headers.h"

#include <gtest/gtest.h>

namespace vitrine::capture {
namespace {

TEST(SecretHeaders, KnowsWhereCredentialsStand) {
  for (const char* name : {"Authorization", "x-api-key", "API-KEY", "x-goog-api-key", "cookie",
                           "Set-Cookie", "x-amz-security-token", "proxy-authorization"})
    EXPECT_TRUE(IsSecretHeader(name)) << name;
  for (const char* name : {"x-request-id", "content-type", "anthropic-version", "user-agent"})
    EXPECT_FALSE(IsSecretHeader(name)) << name;
}

TEST(SecretHeaders, FindsThemWithoutTheirScheme) {
  const auto secrets = SecretsOf({{"Authorization", "Bearer not-a-known-form-1"},
                                  {"x-api-key", "another-odd-form-2"},
                                  {"x-short", "x"},
                                  {"api-key", "short"}},
                                 "/v1/x?alt=sse&key=in%2Dthe-query-3&sig=tiny");
  EXPECT_EQ(secrets, (std::vector<std::string>{"not-a-known-form-1", "another-odd-form-2",
                                               "in%2Dthe-query-3", "in-the-query-3"}));
}

TEST(SecretHeaders, MasksEveryEchoAndKeepsTheLength) {
  std::string text = "odd-secret-key-1 and odd-secret-key-1odd-secret-key-1, not odd-secret";
  const size_t size = text.size();
  MaskSecrets({"odd-secret-key-1"}, text);
  EXPECT_EQ(text, "**************** and ********************************, not odd-secret");
  EXPECT_EQ(text.size(), size);
}

TEST(SecretHeaders, UrlsWithoutSecretParameters) {
  EXPECT_EQ(WithoutSecretParameters("https://h/p?key=abc&alt=sse&SIG=x%20y"),
            "https://h/p?key=[scrubbed]&alt=sse&SIG=[scrubbed]");
  EXPECT_EQ(WithoutSecretParameters("https://h/key=abc?monkey=1&x&=2&key="),
            "https://h/key=abc?monkey=1&x&=2&key=");
  EXPECT_EQ(WithoutSecretParameters(""), "");
}

}  // namespace
}  // namespace vitrine::capture
