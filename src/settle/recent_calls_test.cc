#include "settle/recent_calls.h"

#include <gtest/gtest.h>

#include "settle/limits.h"

namespace vitrine::settle {
namespace {

TraceId Trace(uint64_t n) {
  TraceId id;
  std::memcpy(id.bytes.data(), &n, sizeof n);
  return id;
}

constexpr uint64_t kKey = 0x1234567890ABCDEFull;

TEST(RecentCalls, FindsAllTracesOfAResponseOnceItHasTwoLayers) {
  RecentCalls calls(1000);
  EXPECT_TRUE(calls.Find(kKey).empty());
  calls.Insert(kKey, 1, Trace(1));
  calls.Insert(kKey, 1, Trace(2));
  EXPECT_TRUE(calls.Find(kKey).empty()) << "one layer: two calls";
  calls.Insert(kKey, 2, Trace(3));
  calls.Insert(kKey + (1ull << 20), 2, Trace(4));
  EXPECT_EQ(calls.Find(kKey), (std::vector{Trace(1), Trace(2), Trace(3)}));
  RecentCalls nested(1000);
  nested.Insert(kKey, 1, Trace(1));
  nested.Insert(kKey, 2, Trace(1));
  EXPECT_TRUE(nested.Find(kKey).empty()) << "one trace decides for itself";
}

TEST(RecentCalls, AnIdOfManyTracesIsNoIdOfOneCall) {
  RecentCalls calls(1000);
  calls.Insert(kKey, 2, Trace(99));
  for (uint64_t n = 1; n < kTracesPerResponseMax - 1; ++n) calls.Insert(kKey, 1, Trace(n));
  EXPECT_EQ(calls.Find(kKey).size(), kTracesPerResponseMax - 1);
  for (uint64_t n = 1; n < 100'000; ++n) calls.Insert(kKey, 1, Trace(n));
  EXPECT_TRUE(calls.Find(kKey).empty());
  EXPECT_LT(calls.size_bytes(), 100'000u) << "and takes no room";
}

TEST(RecentCalls, ForgetsTheOldestAndStaysSmall) {
  constexpr uint64_t kCalls = 10'000;
  RecentCalls calls(kCalls);
  for (uint64_t n = 1; n <= 10 * kCalls; ++n) calls.Insert(ResponseKey("p", n), 1, Trace(n));
  EXPECT_LE(calls.size_bytes(), kCalls * 24 * 3);
  uint64_t latest = 10 * kCalls, kept = latest - kCalls / 2 + 1;
  for (uint64_t n : {uint64_t{1}, kept, latest}) {
    calls.Insert(ResponseKey("p", n), 2, Trace(0));
    EXPECT_EQ(calls.Find(ResponseKey("p", n)).size(), n == 1 ? 0u : 2u) << n;
  }
}

TEST(RecentCalls, ProjectsAndDoorsStayApart) {
  EXPECT_NE(ResponseKey("a", 7), ResponseKey("b", 7));
  EXPECT_NE(LayerTag(model::Capture::kGateway, 7), LayerTag(model::Capture::kOtlpHttp, 7));
  EXPECT_NE(LayerTag(model::Capture::kOtlpHttp, 7), LayerTag(model::Capture::kOtlpHttp, 9));
}

}  // namespace
}  // namespace vitrine::settle
