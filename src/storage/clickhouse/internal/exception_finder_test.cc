#include "storage/clickhouse/internal/exception_finder.h"

#include <gtest/gtest.h>

namespace vitrine::clickhouse {
namespace {

constexpr std::string_view kTag = "abcdefghijklmnop";
const std::string kBlock =
    "\r\n__exception__\r\nabcdefghijklmnop\r\nCode: 395. DB::Exception: boom. (X)\n"
    "40 abcdefghijklmnop\r\n__exception__\r\n";

/// Feeds `bytes` in pieces of `size`; returns what was passed on as data.
std::string FeedAll(ExceptionFinder& finder, std::string_view bytes, size_t size) {
  std::string passed;
  const auto pass = [&](std::string_view piece) { passed += piece; };
  for (size_t at = 0; at < bytes.size(); at += size) finder.Feed(bytes.substr(at, size), pass);
  finder.Finish(pass);
  return passed;
}

TEST(ExceptionFinderTest, FindsTheBlockHoweverItIsSplit) {
  const std::string data = "1\t2\r\n\r\n__exception__\r\n\r\n_";
  const std::string bytes = data + kBlock;
  for (size_t size = 1; size <= bytes.size(); ++size) {
    ExceptionFinder finder(kTag);
    EXPECT_EQ(FeedAll(finder, bytes, size), data) << size;
    EXPECT_TRUE(finder.found());
    EXPECT_EQ(finder.text(), "Code: 395. DB::Exception: boom. (X)");
  }
}

TEST(ExceptionFinderTest, DataThatLooksLikeABlockIsData) {
  for (const std::string& data :
       {std::string("\r\n__exception__\r\nzzzzzzzzzzzzzzzz\r\nCode: 1"),
        std::string("\r\n__exception__\r\nabcdefghijklmno"), std::string("\r\n"), std::string()})
    for (size_t size = 1; size <= data.size() + 1; ++size) {
      ExceptionFinder finder(kTag);
      EXPECT_EQ(FeedAll(finder, data, size), data);
      EXPECT_FALSE(finder.found());
    }
}

TEST(ExceptionFinderTest, WithoutATagNothingIsFound) {
  ExceptionFinder finder("");
  EXPECT_EQ(FeedAll(finder, kBlock, 7), kBlock);
  EXPECT_FALSE(finder.found());
}

TEST(ExceptionFinderTest, ACutBlockIsStillAnError) {
  ExceptionFinder finder(kTag);
  EXPECT_EQ(FeedAll(finder, "x" + kBlock.substr(0, 60), 5), "x");
  EXPECT_TRUE(finder.found());
  EXPECT_TRUE(finder.text().starts_with("Code: 395."));
}

}  // namespace
}  // namespace vitrine::clickhouse
