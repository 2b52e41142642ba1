#include "capture/gateway/usage_limits.h"

#include <gtest/gtest.h>

namespace vitrine::capture {
namespace {

LimitSubject User(const std::string& name) {
  LimitSubject subject;
  subject.project = "p";
  subject.user = name;
  return subject;
}
Money Dollars(const char* text) { return *Money::Parse(text); }

TEST(UsageLimits, RequestsOfEachUserInAWindow) {
  UsageLimits limits({{.name = "r",
                       .by = LimitBy::kUser,
                       .window_ms = 60'000,
                       .requests = 2,
                       .tokens = std::nullopt,
                       .cost = std::nullopt}});
  EXPECT_TRUE(limits.Reserve(User("a"), {}, 0));
  EXPECT_TRUE(limits.Reserve(User("a"), {}, 1));
  const auto refused = limits.Reserve(User("a"), {}, 20'000);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message,
            "the limit 'r' of 2 requests in 1 min is used up for this user");
  EXPECT_EQ(refused.error().retry_after_ms, 40'000);
  EXPECT_FALSE(refused.error().is_budget);
  EXPECT_TRUE(limits.Reserve(User("b"), {}, 20'000));
  EXPECT_TRUE(limits.Reserve(User("a"), {}, 60'000));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(limits.Reserve(User(""), {}, 0));  // Nobody known.
}

TEST(UsageLimits, WhatIsReleasedCanBeUsedAgain) {
  UsageLimits limits({{.name = "r",
                       .by = LimitBy::kAll,
                       .window_ms = 60'000,
                       .requests = 1,
                       .tokens = 100,
                       .cost = std::nullopt}});
  const auto reserved = limits.Reserve({}, {.tokens = 100, .cost = {}}, 0);
  ASSERT_TRUE(reserved);
  EXPECT_FALSE(limits.Reserve({}, {}, 0));
  limits.Release(*reserved);
  EXPECT_TRUE(limits.Reserve({}, {.tokens = 100, .cost = {}}, 0));
  EXPECT_FALSE(limits.Reserve({}, {}, 0));
}

TEST(UsageLimits, TokensAndDollarsAreReservedAndCorrected) {
  UsageLimits limits({{.name = "t",
                       .by = LimitBy::kAll,
                       .window_ms = 1000,
                       .requests = std::nullopt,
                       .tokens = 100,
                       .cost = std::nullopt},
                      {.name = "d",
                       .by = LimitBy::kProject,
                       .window_ms = 3'600'000,
                       .requests = std::nullopt,
                       .tokens = std::nullopt,
                       .cost = Dollars("1")}});
  EXPECT_TRUE(limits.needs_estimate());
  auto first = limits.Reserve(User("a"), {.tokens = 100, .cost = Dollars("0.5")}, 0);
  ASSERT_TRUE(first);
  EXPECT_FALSE(limits.Reserve(User("a"), {}, 0));
  limits.Correct(*first, {.tokens = 10, .cost = Dollars("0.1")});
  auto second = limits.Reserve(User("a"), {.tokens = 50, .cost = Dollars("2")}, 1);
  ASSERT_TRUE(second);
  const auto refused = limits.Reserve(User("a"), {}, 2000);
  ASSERT_FALSE(refused.has_value());
  EXPECT_TRUE(refused.error().is_budget);
  EXPECT_EQ(refused.error().message, "the limit 'd' of $1 in 1 h is used up for this project");
  limits.Correct(*second, {.tokens = 50, .cost = Dollars("0.2")});
  EXPECT_TRUE(limits.Reserve(User("a"), {}, 2000));
}

TEST(UsageLimits, ARefusalTakesNothing) {
  UsageLimits limits({{.name = "all",
                       .by = LimitBy::kAll,
                       .window_ms = 1000,
                       .requests = 3,
                       .tokens = std::nullopt,
                       .cost = std::nullopt},
                      {.name = "user",
                       .by = LimitBy::kUser,
                       .window_ms = 1000,
                       .requests = 1,
                       .tokens = std::nullopt,
                       .cost = std::nullopt}});
  EXPECT_TRUE(limits.Reserve(User("a"), {}, 0));
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(limits.Reserve(User("a"), {}, 0));
  EXPECT_TRUE(limits.Reserve(User("b"), {}, 0));
  EXPECT_TRUE(limits.Reserve(User("c"), {}, 0));
  EXPECT_FALSE(limits.Reserve(User("d"), {}, 0));
}

TEST(UsageLimits, ACorrectionOfAWindowThatPassedIsForgotten) {
  UsageLimits limits({{.name = "t",
                       .by = LimitBy::kUser,
                       .window_ms = 1000,
                       .requests = std::nullopt,
                       .tokens = 10,
                       .cost = std::nullopt}});
  const auto old = limits.Reserve(User("a"), {.tokens = 5, .cost = {}}, 0);
  ASSERT_TRUE(limits.Reserve(User("a"), {.tokens = 9, .cost = {}}, 1000));
  limits.Correct(*old, {.tokens = 1'000, .cost = {}});
  EXPECT_TRUE(limits.Reserve(User("a"), {}, 1000));
}

}  // namespace
}  // namespace vitrine::capture
