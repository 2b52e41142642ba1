#include "engine/internal/http_head.h"

#include <gtest/gtest.h>

#include "engine/limits.h"

namespace vitrine::engine {
namespace {

TEST(HttpHeadTest, ReadsARequest) {
  const auto head = ParseHead(
      "POST /?query=SELECT+1%2B1&a=&b=%00&flag HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n"
      "X-Thing:  a b \t\r\n\r\n");
  ASSERT_TRUE(head) << head.error().message;
  EXPECT_EQ(head->method, "POST");
  EXPECT_EQ(head->path, "/");
  EXPECT_EQ(head->parameter("query"), "SELECT 1+1");
  EXPECT_EQ(head->parameter("b"), std::string_view("\0", 1));
  EXPECT_TRUE(head->has_parameter("flag"));
  EXPECT_EQ(head->header("x-thing"), "a b");
  EXPECT_EQ(head->content_length, 12u);
  EXPECT_TRUE(head->keep_alive);
}

TEST(HttpHeadTest, KeepAliveByVersion) {
  EXPECT_FALSE(ParseHead("GET / HTTP/1.0\r\n\r\n")->keep_alive);
  EXPECT_TRUE(ParseHead("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")->keep_alive);
  EXPECT_FALSE(ParseHead("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")->keep_alive);
}

TEST(HttpHeadTest, RefusesWhatCouldBeReadInTwoWays) {
  const std::string host = "Host: a\r\n";
  for (const std::string& bytes : {
           std::string("GET / HTTP/1.1\r\n\r\n"),
           "GET / HTTP/2.0\r\n" + host + "\r\n",
           "GET  / HTTP/1.1\r\n" + host + "\r\n",
           "GET http://a/ HTTP/1.1\r\n" + host + "\r\n",
           "G(T / HTTP/1.1\r\n" + host + "\r\n",
           "GET / HTTP/1.1\r\n" + host + host + "\r\n",
           "POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
           "POST / HTTP/1.1\r\n" + host + "Content-Length: +1\r\n\r\n",
           "POST / HTTP/1.1\r\n" + host + "Content-Length: 1,1\r\n\r\n",
           "POST / HTTP/1.1\r\n" + host + "Content-Length: 99999999999999999999\r\n\r\n",
           "POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
           "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip, chunked\r\n\r\n",
           "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding : chunked\r\n\r\n",
           "POST / HTTP/1.1\r\n" + host + " folded: x\r\n\r\n",
           "POST / HTTP/1.1\r\n" + host + "a: b\nc: d\r\n\r\n",
           "POST / HTTP/1.1\r\n" + host + "a\r\n\r\n",
           "POST / HTTP/1.1\r\n" + host + ": b\r\n\r\n",
           "GET /%zz HTTP/1.1\r\n" + host + "\r\n",
           "GET /?a=%4 HTTP/1.1\r\n" + host + "\r\n",
           std::string("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
       })
    EXPECT_FALSE(ParseHead(bytes)) << bytes;
}

TEST(HttpHeadTest, LimitsAreErrors) {
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (size_t i = 0; i < kHeaderCountMax; ++i) many += "a: b\r\n";
  EXPECT_EQ(ParseHead(many + "\r\n").error().code, ErrorCode::kLimitExceeded);
  const std::string large(kHeaderBytesMax, 'x');
  EXPECT_EQ(ParseHead("GET / HTTP/1.1\r\nHost: a\r\nb: " + large + "\r\n\r\n").error().code,
            ErrorCode::kLimitExceeded);
  EXPECT_EQ(
      ParseHead("GET /?" + std::string(kRequestLineBytesMax, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n")
          .error()
          .code,
      ErrorCode::kLimitExceeded);
}

TEST(HttpHeadTest, ChunkSizes) {
  EXPECT_EQ(ParseChunkSize("1a"), 26u);
  EXPECT_EQ(ParseChunkSize("A;name=value"), 10u);
  EXPECT_EQ(ParseChunkSize("0"), 0u);
  for (const char* line : {"", ";", "g", "-1", "0x1", "ffffffffffffffff", "+1"})
    EXPECT_FALSE(ParseChunkSize(line)) << line;
}

}  // namespace
}  // namespace vitrine::engine
