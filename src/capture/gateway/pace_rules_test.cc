// Which calls keep the time of each token.
#include "capture/gateway/pace_rules.h"

#include <gtest/gtest.h>

namespace vitrine::capture {
namespace {

int KeptOf(const TimelinePolicy& policy, int count, std::string_view feature = "") {
  int kept = 0;
  for (int i = 0; i < count; ++i) kept += policy.Keeps(feature, "session-" + std::to_string(i));
  return kept;
}

TEST(TimelinePolicy, KeepsAllNoneOrAShareOfTheSessions) {
  EXPECT_EQ(KeptOf(TimelinePolicy(), 1000), 1000);
  EXPECT_EQ(KeptOf(*TimelinePolicy::Parse("all", {}), 1000), 1000);
  EXPECT_EQ(KeptOf(*TimelinePolicy::Parse("100%", {}), 1000), 1000);
  EXPECT_EQ(KeptOf(*TimelinePolicy::Parse("none", {}), 1000), 0);
  EXPECT_EQ(KeptOf(*TimelinePolicy::Parse("0%", {}), 1000), 0);
  // Of 100,000 draws, ten standard deviations.
  EXPECT_NEAR(KeptOf(*TimelinePolicy::Parse("10%", {}), 100'000), 10'000, 950);
  EXPECT_NEAR(KeptOf(*TimelinePolicy::Parse("0.5%", {}), 100'000), 500, 225);
}

TEST(TimelinePolicy, ASessionIsInOrOutForEver) {
  const auto policy = *TimelinePolicy::Parse("50%", {});
  // Fixed here, so that a later version keeps them.
  std::string kept;
  for (const char* session : {"a", "b", "c", "d", "e", "f", "g", "h"})
    kept += policy.Keeps("", session) ? session : ".";
  EXPECT_EQ(kept, ".b..efg.");
  // A larger share has every session of a smaller one.
  const auto more = *TimelinePolicy::Parse("60%", {});
  for (int i = 0; i < 1000; ++i) {
    const std::string session = std::to_string(i);
    EXPECT_TRUE(!policy.Keeps("", session) || more.Keeps("", session)) << session;
  }
}

TEST(TimelinePolicy, FeaturesHaveTheirOwn) {
  const auto policy = *TimelinePolicy::Parse("none", {{"checkout", "all"}, {"search", "50%"}});
  EXPECT_EQ(KeptOf(policy, 1000, "checkout"), 1000);
  EXPECT_NEAR(KeptOf(policy, 10'000, "search"), 5000, 500);
  EXPECT_EQ(KeptOf(policy, 1000, "other"), 0);
}

TEST(TimelinePolicy, RefusesWhatIsNoShare) {
  for (const char* share : {"", "some", "10", "%", "101%", "-1%", "10 %", "10%%", "nan%", "1e3%"})
    EXPECT_FALSE(TimelinePolicy::Parse(share, {}).has_value()) << share;
  EXPECT_FALSE(TimelinePolicy::Parse("all", {{"f", "half"}}).has_value());
}

}  // namespace
}  // namespace vitrine::capture
