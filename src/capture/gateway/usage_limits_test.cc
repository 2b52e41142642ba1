#include "capture/gateway/usage_limits.h"

#include <gtest/gtest.h>

#include <filesystem>

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

TEST(UsageLimits, WhatIsUsedUpStaysSoWhateverIsSaidNext) {
  const auto is_used_up = [](std::optional<uint64_t> tokens, std::optional<Money> cost) {
    UsageLimits limits({{.name = "n",
                         .by = LimitBy::kAll,
                         .window_ms = 1000,
                         .requests = std::nullopt,
                         .tokens = tokens,
                         .cost = cost}});
    const LimitedUse estimate{.tokens = 5, .cost = {5}};
    const auto first = limits.Reserve({}, estimate, 0);
    const auto second = limits.Reserve({}, estimate, 0);
    const auto third = limits.Reserve({}, estimate, 0);
    const LimitedUse half{.tokens = UINT64_MAX / 2 + 1, .cost = {INT64_MAX / 2 + 1}};
    limits.Correct(*first, half);
    limits.Correct(*second, half);
    limits.Correct(*third, {.tokens = 0, .cost = {INT64_MIN}});
    return !limits.Reserve({}, estimate, 0);
  };
  EXPECT_TRUE(is_used_up(100, std::nullopt));
  EXPECT_TRUE(is_used_up(std::nullopt, Dollars("1")));
}

TEST(LimitedUse, StopsAtItsBounds) {
  LimitedUse use;
  use.Add({.tokens = UINT64_MAX, .cost = {INT64_MAX}});
  use.Add({.tokens = 1, .cost = {1}});
  EXPECT_EQ(use.tokens, UINT64_MAX);
  EXPECT_EQ(use.cost, Money{INT64_MAX});
  use.Add({.tokens = 0, .cost = {-7}});
  EXPECT_EQ(use.cost, Money{INT64_MAX}) << "nobody earns by using";
  use.TakeBack({.tokens = UINT64_MAX - 3, .cost = {INT64_MAX - 3}});
  use.TakeBack({.tokens = 1, .cost = {-7}});
  EXPECT_EQ(use.tokens, 2u);
  EXPECT_EQ(use.cost, Money{3});
  use.TakeBack({.tokens = 9, .cost = {9}});
  EXPECT_EQ(use.tokens, 0u);
  EXPECT_EQ(use.cost, Money{});
}

class KeptUsageLimits : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "usage_limits_XXXXXX";
    folder_ = mkdtemp(name.data());
    Restart();
  }
  void TearDown() override {
    use_.reset();
    catalog_.reset();
    std::filesystem::remove_all(folder_);
  }
  void Restart() {
    use_.reset();
    catalog_.reset();
    catalog_ = *catalog::Catalog::Open((folder_ / "catalog.sqlite").string());
    use_ = *access::LimitUse::Open({.catalog = catalog_.get(), .clock = &clock_});
  }
  int64_t now_ms() { return clock_.Now().since_epoch / 1'000'000; }
  static LimitSetting Limit(LimitBy by, uint64_t requests, int64_t window_ms = 86'400'000) {
    return {.name = "n",
            .by = by,
            .window_ms = window_ms,
            .requests = requests,
            .tokens = std::nullopt,
            .cost = std::nullopt};
  }

  std::filesystem::path folder_;
  platform::SimClock clock_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::unique_ptr<access::LimitUse> use_;
};

TEST_F(KeptUsageLimits, ARestartForgetsNothing) {
  LimitSetting budget = Limit(LimitBy::kUser, 100);
  budget.cost = Dollars("1");
  {
    UsageLimits limits({budget}, use_.get());
    const auto spent = limits.Reserve(User("ann"), {.tokens = 5, .cost = Dollars("0.1")}, now_ms());
    ASSERT_TRUE(spent);
    limits.Correct(*spent, {.tokens = 500, .cost = Dollars("1.5")});
    const auto returned =
        limits.Reserve(User("bob"), {.tokens = 5, .cost = Dollars("9")}, now_ms());
    ASSERT_TRUE(returned);
    limits.Release(*returned);
  }
  Restart();
  budget.name = "another name";
  {
    UsageLimits limits({budget}, use_.get());
    const auto refused = limits.Reserve(User("ann"), {}, now_ms());
    ASSERT_FALSE(refused.has_value());
    EXPECT_TRUE(refused.error().is_budget);
    EXPECT_TRUE(limits.Reserve(User("bob"), {}, now_ms()));
  }
  // More is granted, and what was used is still known.
  Restart();
  budget.cost = Dollars("1.6");
  {
    UsageLimits limits({budget}, use_.get());
    EXPECT_TRUE(limits.Reserve(User("ann"), {.tokens = 0, .cost = Dollars("0.1")}, now_ms()));
    EXPECT_FALSE(limits.Reserve(User("ann"), {}, now_ms()));
  }
  // Its window passed.
  Restart();
  clock_.Advance(86'400 * kNanosPerSecond);
  UsageLimits limits({budget}, use_.get());
  EXPECT_TRUE(limits.Reserve(User("ann"), {}, now_ms()));
}

TEST_F(KeptUsageLimits, ARestartForgetsNothingOfTheMostThereIs) {
  LimitSetting limit = Limit(LimitBy::kUser, 100);
  limit.tokens = UINT64_MAX;
  {
    UsageLimits limits({limit}, use_.get());
    const auto reserved = limits.Reserve(User("ann"), {}, now_ms());
    ASSERT_TRUE(reserved);
    limits.Correct(*reserved, {.tokens = UINT64_MAX, .cost = {INT64_MAX}});
  }
  Restart();
  UsageLimits limits({limit}, use_.get());
  EXPECT_FALSE(limits.Reserve(User("ann"), {}, now_ms()));
}

TEST_F(KeptUsageLimits, EachLimitKnowsItsOwn) {
  const std::vector<LimitSetting> settings = {Limit(LimitBy::kAll, 4), Limit(LimitBy::kUser, 3),
                                              Limit(LimitBy::kUser, 2, 7'200'000)};
  {
    UsageLimits limits(settings, use_.get());
    UsageLimits of_key({Limit(LimitBy::kAll, 2)}, use_.get(), "key/k1");
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(limits.Reserve(User("ann"), {}, now_ms()));
    EXPECT_TRUE(of_key.Reserve({}, {}, now_ms()));
  }
  ASSERT_TRUE(use_->Write());
  auto work = catalog_->Begin();
  const auto rows = catalog::ReadLimitUse(*work);
  ASSERT_EQ(rows->size(), 4u);
  for (const catalog::LimitUseRow& row : *rows)
    EXPECT_EQ(row.requests, row.scope == "key/k1" ? 1 : 2) << row.scope;
}

TEST_F(KeptUsageLimits, AnotherWindowBeginsAnew) {
  {
    UsageLimits limits({Limit(LimitBy::kUser, 1)}, use_.get());
    EXPECT_TRUE(limits.Reserve(User("ann"), {}, now_ms()));
  }
  Restart();
  UsageLimits limits({Limit(LimitBy::kUser, 1, 86'401'000)}, use_.get());
  EXPECT_TRUE(limits.Reserve(User("ann"), {}, now_ms()));
}

}  // namespace
}  // namespace vitrine::capture
