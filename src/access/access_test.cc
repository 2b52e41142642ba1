#include <gtest/gtest.h>

#include "access/key_ring.h"
#include "access/project.h"
#include "syntax/base64.h"

namespace vitrine::access {
namespace {

net::HttpRequest Request(net::HttpHeaders headers = {}, net::HttpPairs query = {},
                         std::string path = "/api/v1/traces") {
  net::HttpRequest request;
  request.method = "GET";
  request.path = std::move(path);
  request.headers = std::move(headers);
  request.query = std::move(query);
  return request;
}

TEST(ProjectTest, HeaderThenParameterThenDefault) {
  EXPECT_EQ(*ProjectOf(Request(), "default"), "default");
  EXPECT_EQ(*ProjectOf(Request({}, {{"project", "demo"}}), "default"), "demo");
  EXPECT_EQ(*ProjectOf(Request({{"X-Vitrine-Project", "a.b_c-1"}}), "default"), "a.b_c-1");
  EXPECT_EQ(*ProjectOf(Request({{"x-vitrine-project", "x"}}, {{"project", "x"}}), "d"), "x");
  EXPECT_FALSE(ProjectOf(Request({{"x-vitrine-project", "x"}}, {{"project", "y"}}), "d"));
}

TEST(ProjectTest, NamesHaveRules) {
  EXPECT_TRUE(IsProjectName(std::string(64, 'a')));
  EXPECT_FALSE(IsProjectName(std::string(65, 'a')));
  for (const char* name : {"", "a b", "a'b", "a/b", "\xC3\xA9", "a\n", "a\"", "a\\"})
    EXPECT_FALSE(IsProjectName(name)) << name;
  EXPECT_FALSE(ProjectOf(Request({{"x-vitrine-project", ""}}), "default"));
}

TEST(KeyRingTest, WithoutKeysEverybodyIsLetIn) {
  const KeyRing ring({}, "default");
  EXPECT_FALSE(ring.Admit(Request()));
  EXPECT_EQ(*ring.Project(Request({{"x-vitrine-project", "demo"}})), "demo");
}

TEST(KeyRingTest, WithoutKeysTheServerAnswersToItsNamesAlone) {
  const KeyRing ring({}, "default", [](std::string_view host) { return host == "ours.example"; });
  for (const char* host : {"localhost", "127.0.0.1:7080", "[::1]:7080", "ours.example:7080"})
    EXPECT_TRUE(ring.CheckHost(Request({{"host", host}}))) << host;
  const auto refused = ring.CheckHost(Request({{"host", "evil.example:7080"}}));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("evil.example;"), std::string::npos);
  EXPECT_FALSE(KeyRing({}, "default").CheckHost(Request({{"host", "ours.example"}})));
  net::HttpRequest local = Request({{"host", "evil.example"}});
  local.transport.is_unix_socket = true;
  EXPECT_TRUE(ring.CheckHost(local));
  EXPECT_TRUE(KeyRing({{"k", "p"}}, "default").CheckHost(Request({{"host", "evil.example"}})));
}

TEST(KeyRingTest, TheKeySaysTheProject) {
  const KeyRing ring({{"secret-one", "one"}, {"secret-two", "two"}}, "default");
  for (const std::string& value :
       {std::string("Bearer secret-two"), std::string("bearer  secret-two "),
        "Basic " + syntax::Base64Encode("anyone:secret-two")}) {
    const auto request = Request({{"authorization", value}, {"x-vitrine-project", "one"}});
    EXPECT_FALSE(ring.Admit(request)) << value;
    EXPECT_EQ(*ring.Project(request), "two") << value;
  }
}

TEST(KeyRingTest, WrongOrMissingKeysAreRefused) {
  const KeyRing ring({{"secret-one", "one"}}, "default");
  for (const char* value : {"Bearer", "Bearer ", "Bearer secret-on", "Bearer secret-onee",
                            "Basic !!!", "Basic c2VjcmV0LW9uZQ==", "Digest secret-one"}) {
    const auto refusal = ring.Admit(Request({{"authorization", value}}));
    ASSERT_TRUE(refusal) << value;
    EXPECT_EQ(refusal->status, 401);
    EXPECT_FALSE(ring.Project(Request({{"authorization", value}})));
  }
  const auto refusal = ring.Admit(Request());
  ASSERT_TRUE(refusal);
  EXPECT_TRUE(refusal->headers.Has("www-authenticate"));
  EXPECT_FALSE(ring.Admit(Request({}, {}, "/livez")));
  EXPECT_TRUE(ring.Admit(Request({}, {}, "/livez/x")));
}

TEST(KeyRingTest, ComparesWholeTexts) {
  EXPECT_TRUE(EqualsInConstantTime("", ""));
  EXPECT_TRUE(EqualsInConstantTime("abc", "abc"));
  EXPECT_FALSE(EqualsInConstantTime("abc", "abd"));
  EXPECT_FALSE(EqualsInConstantTime("ab", "abc"));
  EXPECT_FALSE(EqualsInConstantTime("abc", "ab"));
}

}  // namespace
}  // namespace vitrine::access
