#include "capture/gateway/retry_links.h"

#include <gtest/gtest.h>

#include "capture/gateway/limits.h"

namespace vitrine::capture {
namespace {

RetryLinks::Attempt Try(uint64_t digest, uint32_t count, int64_t at_s, bool failed,
                        std::string_view id) {
  return {digest, count, Nanos{at_s * kNanosPerSecond}, failed, id};
}

TEST(RetryLinks, AttemptsOfOneCallShareItsId) {
  RetryLinks links;
  EXPECT_EQ(links.Link(Try(1, 0, 0, true, "a")), "a");
  EXPECT_EQ(links.Link(Try(1, 1, 1, true, "b")), "a");
  EXPECT_EQ(links.Link(Try(1, 2, 3, false, "c")), "a");
  // It succeeded: what comes now is another call.
  EXPECT_EQ(links.Link(Try(1, 3, 4, false, "d")), "d");
}

TEST(RetryLinks, AnotherRequestIsAnotherCall) {
  RetryLinks links;
  links.Link(Try(1, 0, 0, true, "a"));
  EXPECT_EQ(links.Link(Try(2, 1, 1, true, "b")), "b");
  EXPECT_EQ(links.Link(Try(1, 0, 1, true, "c")), "c");   // Not a retry, it says.
  EXPECT_EQ(links.Link(Try(1, 2, 1, true, "d")), "d");   // Its predecessor was never seen.
  EXPECT_EQ(links.Link(Try(1, 1, 2, false, "e")), "c");  // Of two, the one that failed last.
  EXPECT_EQ(links.Link(Try(1, 1, 2, false, "f")), "a");
}

TEST(RetryLinks, OldFailuresAndEarlierTimesDoNotLink) {
  RetryLinks links;
  links.Link(Try(1, 0, 1000, true, "a"));
  EXPECT_EQ(links.Link(Try(1, 1, 999, false, "b")), "b");
  EXPECT_EQ(links.Link(Try(1, 1, 1000 + 601, false, "c")), "c");
}

TEST(RetryLinks, MemoryIsBounded) {
  RetryLinks links;
  for (uint64_t i = 0; i < 3 * kOpenRetriesMax; ++i) links.Link(Try(i, 0, 0, true, "x"));
  EXPECT_EQ(links.Link(Try(0, 1, 1, false, "late")), "late");  // Long forgotten.
  EXPECT_EQ(links.Link(Try(3 * kOpenRetriesMax - 1, 1, 1, false, "last")), "x");
}

}  // namespace
}  // namespace vitrine::capture
