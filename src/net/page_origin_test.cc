#include "net/page_origin.h"

#include <gtest/gtest.h>

namespace vitrine::net {
namespace {

HttpRequest Post(std::string_view origin, std::string_view host = "127.0.0.1:4318") {
  HttpRequest request;
  request.method = "POST";
  request.headers.Add("host", host);
  if (!origin.empty()) request.headers.Add("origin", origin);
  return request;
}

TEST(PageOrigin, ProgramsAndOwnPagesMayAsk) {
  EXPECT_FALSE(IsOfForeignPage(Post("")));
  EXPECT_FALSE(IsOfForeignPage(Post("http://127.0.0.1:4318")));
  EXPECT_FALSE(IsOfForeignPage(Post("https://Vitrine.example", "vitrine.example")));
  EXPECT_FALSE(IsOfForeignPage(Post("http://localhost:5173")));
  EXPECT_FALSE(IsOfForeignPage(Post("http://[::1]:5173")));
  EXPECT_FALSE(IsOfForeignPage(Post("http://app.localhost")));
}

TEST(PageOrigin, ForeignPagesMayNot) {
  for (const char* origin : {"https://evil.example", "null", "http://127.0.0.1.evil.example",
                             "http://203.0.113.5", "http://localhost.evil.example", "evil",
                             "http://evil.example:4318", "http://evillocalhost"})
    EXPECT_TRUE(IsOfForeignPage(Post(origin))) << origin;
}

TEST(PageOrigin, AnyPageMayRead) {
  HttpRequest request = Post("https://evil.example");
  request.method = "GET";
  EXPECT_FALSE(IsOfForeignPage(request));
  EXPECT_TRUE(HasForeignOrigin(request));
}

TEST(PageOrigin, TheBrowserKnowsItsPageBehindAProxy) {
  HttpRequest request = Post("https://vitrine.example", "10.0.0.7:4318");
  EXPECT_TRUE(IsOfForeignPage(request));
  request.headers.Add("sec-fetch-site", "cross-site");
  EXPECT_TRUE(IsOfForeignPage(request));
  request.headers.Set("sec-fetch-site", "same-origin");
  EXPECT_FALSE(IsOfForeignPage(request));
}

TEST(PageOrigin, LocalNames) {
  for (const char* host : {"localhost", "LOCALHOST:80", "a.localhost", "127.0.0.1:4318", "[::1]:1",
                           "10.1.2.3", "host.docker.internal:4318"})
    EXPECT_TRUE(IsLocalName(host)) << host;
  for (const char* host : {"", "evil.example", "localhost.evil.example:4318", "1.2.3.4.example",
                           ".internal", "internal.example", "evilinternal", "laptop"})
    EXPECT_FALSE(IsLocalName(host)) << host;
}

}  // namespace
}  // namespace vitrine::net
