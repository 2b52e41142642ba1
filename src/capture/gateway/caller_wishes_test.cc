// What headers ask for, and the limits that they name.
#include "capture/gateway/caller_wishes.h"

#include <gtest/gtest.h>

#include "capture/gateway/caller_limits.h"
#include "capture/gateway/limits.h"

namespace vitrine::capture {
namespace {

int64_t TtlOf(std::string value) {
  return ReadWishes({{"Helicone-Cache-Enabled", "true"}, {"Cache-Control", std::move(value)}})
      .cache_ttl_ms.value();
}

TEST(CallerWishes, HowLongAnAnswerIsKept) {
  EXPECT_EQ(TtlOf("max-age=60"), 60'000);
  EXPECT_EQ(TtlOf("private, Max-Age=60; x"), 60'000);
  EXPECT_EQ(TtlOf("private"), 7 * 86'400'000);
  EXPECT_EQ(TtlOf("max-age=-1"), 0) << "what cannot be read is not kept";
  EXPECT_EQ(TtlOf("max-age=99999999999"), 365ll * 86'400'000);
  EXPECT_FALSE(ReadWishes({{"Cache-Control", "max-age=60"}}).any());
}

TEST(CallerWishes, SeedsAreTakenAsTheyAre) {
  EXPECT_EQ(
      ReadWishes({{"helicone-cache-enabled", "TRUE"}, {"helicone-cache-seed", "aGk"}}).cache_seed,
      "aGk");
}

RateWish WishOf(const std::string& text) {
  return ReadWishes({{"Helicone-RateLimit-Policy", text}}).rate.value();
}

TEST(CallerLimits, SpellingsOfOnePolicyAreOne) {
  CallerLimits limits;
  const auto first = limits.Find("p", WishOf("10;w=60;s=user"));
  EXPECT_EQ(limits.Find("p", WishOf("10; s=user; w=60")), first);
  EXPECT_NE(limits.Find("p", WishOf("10;w=60")), first);
  EXPECT_NE(limits.Find("p", WishOf("10;w=60;s=user;u=cents")), first);
  EXPECT_NE(limits.Find("q", WishOf("10;w=60;s=user")), first);
}

TEST(CallerLimits, TheOneThatNobodyNamesGoes) {
  CallerLimits limits;
  const auto kept = limits.Find("p", WishOf("1;w=60"));
  ASSERT_TRUE(kept->Reserve({}, {}, 0));
  for (size_t i = 0; i < 2 * kCallerPoliciesMax; ++i) {
    const auto other = limits.Find("p", WishOf(std::to_string(i + 2) + ";w=60;s=user"));
    LimitSubject subject;
    subject.user = "u";
    EXPECT_TRUE(other->Reserve(subject, {}, 0));
    EXPECT_EQ(limits.Find("p", WishOf("1;w=60")), kept) << "named all the time";
  }
  EXPECT_FALSE(kept->Reserve({}, {}, 0));
}

TEST(CallerLimits, AllOfThemCountSoManyAtMost) {
  CallerLimits limits;
  const auto full = limits.Find("p", WishOf("1;w=60;s=user"));
  const auto reserve = [](UsageLimits& of, const std::string& user) {
    LimitSubject subject;
    subject.user = user;
    return of.Reserve(subject, {}, 0).has_value();
  };
  for (size_t i = 0; i < kLimitSubjectsMax; ++i) ASSERT_TRUE(reserve(*full, std::to_string(i)));
  EXPECT_FALSE(reserve(*full, "0"));
  const auto other = limits.Find("p", WishOf("1;w=120;s=user"));
  EXPECT_TRUE(reserve(*other, "u"));
  EXPECT_TRUE(reserve(*other, "u")) << "not counted: limits fail open";
}

}  // namespace
}  // namespace vitrine::capture
