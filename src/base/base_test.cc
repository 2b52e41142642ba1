#include <gtest/gtest.h>

#include "base/arena.h"
#include "base/ids.h"
#include "base/money.h"
#include "base/result.h"

namespace vitrine {
namespace {

TEST(Money, PrintsDecimalDollarsWithoutTrailingZeros) {
  EXPECT_EQ(Money{4'200'000}.ToString(), "0.0042");
  EXPECT_EQ(Money{0}.ToString(), "0");
  EXPECT_EQ(Money{-1'500'000'000}.ToString(), "-1.5");
  EXPECT_EQ(Money{1}.ToString(), "0.000000001");
  EXPECT_EQ(Money{INT64_MIN}.ToString(), "-9223372036.854775808");
}

TEST(Money, ParsesExponentsAndRoundsHalfToEven) {
  EXPECT_EQ(Money::Parse("1.5e-05"), Money{15'000});
  EXPECT_EQ(Money::Parse("0.0000000005"), Money{0});
  EXPECT_EQ(Money::Parse("0.0000000015"), Money{2});
  EXPECT_EQ(Money::Parse("0.00000000051"), Money{1});
  EXPECT_EQ(Money::Parse("12"), Money{12'000'000'000});
  EXPECT_EQ(Money::Parse("-0.25"), Money{-250'000'000});
  EXPECT_EQ(Money::Parse("1e30"), std::nullopt);
  EXPECT_EQ(Money::Parse("1.2.3"), std::nullopt);
  EXPECT_EQ(Money::Parse(""), std::nullopt);
  EXPECT_EQ(Money::Parse("."), std::nullopt);
}

TEST(Money, SumsStopAtItsBounds) {
  constexpr Money kMost{INT64_MAX}, kLeast{INT64_MIN};
  EXPECT_EQ(Money{1} + Money{-3}, Money{-2});
  EXPECT_EQ(kMost + Money{1}, kMost);
  EXPECT_EQ(kMost + kMost, kMost);
  EXPECT_EQ(kLeast + Money{-1}, kLeast);
  EXPECT_EQ(kLeast + kMost, Money{-1});
  EXPECT_EQ(kLeast - Money{1}, kLeast);
  EXPECT_EQ(Money{} - kLeast, kMost);
  EXPECT_EQ(kMost - Money{-1}, kMost);
  Money sum = kMost;
  sum += Money{5};
  EXPECT_EQ(sum, kMost);
}

TEST(Ids, HexRoundTripsEitherCaseAndRefusesOtherLengths) {
  auto id = TraceId::FromHex("0af7651916CD43dd8448eb211c80319c");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->ToHex(), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_FALSE(TraceId::FromHex("0af7651916cd43dd8448eb211c80319"));
  EXPECT_FALSE(TraceId::FromHex("0af7651916cd43dd8448eb211c80319g"));
}

TEST(Arena, KeepsCopiesAcrossGrowth) {
  Arena arena;
  std::vector<std::string_view> copies;
  for (int i = 0; i < 10'000; ++i) copies.push_back(arena.Copy("value " + std::to_string(i)));
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_EQ(copies[static_cast<size_t>(i)], "value " + std::to_string(i));
  }
}

Result<int> Half(int value) {
  if (value % 2 != 0) return Fail(ErrorCode::kInvalidInput, "odd", 3);
  return value / 2;
}

Result<int> Quarter(int value) {
  TRY_ASSIGN(int half, Half(value));
  return Half(half);
}

TEST(Result, TryPassesTheErrorOn) {
  EXPECT_EQ(Quarter(8).value(), 2);
  auto failed = Quarter(6);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().offset, 3u);
}

}  // namespace
}  // namespace vitrine
