// What a cache could have kept, over calls of known content.
#include "query/internal/cache_compare.h"

#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "query/internal/cache_loss.h"
#include "query/internal/cache_rules.h"

namespace vitrine::query {
namespace {

constexpr std::string_view kRoles[] = {"tool_definition", "system", "user", "assistant", "tool"};

/// "t1:900 s1:2000 u1:200": items by role and name, with their sizes. The sum is its input tokens.
CacheCall Call(const std::string& items, int64_t start_s) {
  CacheCall call;
  call.provider = "openai";
  call.model = "gpt-4o-2024-08-06";
  call.name = "chat";
  call.start = Nanos{start_s * kNanosPerSecond};
  call.end = call.start + kNanosPerSecond;
  uint64_t tokens = 0;
  std::istringstream words(items);
  for (std::string word; words >> word;) {
    const std::string name = word.substr(0, word.find(':'));
    CacheItem item;
    std::copy(name.begin(), name.end(), item.hash.bytes.begin());
    const size_t role = std::string("tsuar").find(name[0]);
    item.role = kRoles[role];
    item.size_bytes = std::stoull(word.substr(word.find(':') + 1));
    tokens += item.size_bytes;
    call.items.push_back(item);
  }
  call.input_tokens = tokens;
  call.cached_tokens = 0;
  return call;
}

CacheCall Reported(CacheCall call, std::optional<uint64_t> cached,
                   std::optional<uint64_t> written = {}) {
  call.cached_tokens = cached;
  call.written_tokens = written;
  return call;
}

CacheCall Claude(CacheCall call) {
  call.provider = "anthropic";
  call.model = "claude-sonnet-4-5";
  return call;
}

CacheFinding Last(const std::vector<CacheCall>& calls) { return CompareForCache(calls).back(); }

TEST(CacheCompare, TheFirstCallHasNothingToShare) {
  const CacheFinding finding = Last({Call("s1:2000 u1:100", 0)});
  EXPECT_EQ(finding.outcome, CacheOutcome::kFirst);
  EXPECT_FALSE(finding.previous);
  EXPECT_FALSE(finding.expected_tokens);
}

TEST(CacheCompare, AConversationThatGoesOnIsReadFromTheCache) {
  const auto first = Call("s1:2000 u1:100", 0);
  const auto next = Reported(Call("s1:2000 u1:100 a1:50 u2:10", 30), 2048);
  const CacheFinding finding = Last({first, next});
  EXPECT_EQ(finding.outcome, CacheOutcome::kHit);
  EXPECT_EQ(finding.previous, 0u);
  EXPECT_EQ(finding.shared_items, 2u);
  EXPECT_EQ(finding.shared_tokens, 2100u);
  // Whole blocks of 128.
  EXPECT_EQ(finding.expected_tokens, 2048u);
  EXPECT_EQ(finding.lost_tokens, 0u);
  EXPECT_FALSE(finding.broken_item);
}

TEST(CacheCompare, ACallThatIsTheWholeBeginningOfAnotherSaysItsTokensExactly) {
  auto first = Call("s1:2000 u1:100", 0);
  first.input_tokens = 5'000;
  auto next = Call("s1:2000 u1:100 a1:50 u2:10", 30);
  next.input_tokens = 5'100;
  next.items[3].has_media = true;
  const CacheFinding finding = Last({first, next});
  EXPECT_EQ(finding.shared_tokens, 5'000u);
  EXPECT_EQ(finding.expected_tokens, 4'992u);
  EXPECT_TRUE(finding.item_tokens.empty());
}

TEST(CacheCompare, AChangedSystemMessageLosesWhatCameAfterIt) {
  const auto first = Call("t1:1500 s1:2000 u1:1000", 0);
  const auto next = Reported(Call("t1:1500 s2:2000 u1:1000 a1:50 u2:10", 30), 1408);
  const CacheFinding finding = Last({first, next});
  EXPECT_EQ(finding.outcome, CacheOutcome::kChanged);
  EXPECT_EQ(finding.broken_item, 1u);
  EXPECT_EQ(finding.previous_item, 1u);
  EXPECT_EQ(finding.shared_tokens, 1500u);
  EXPECT_EQ(finding.expected_tokens, 4480u);
  EXPECT_EQ(finding.lost_tokens, 4480u - 1408u);
}

TEST(CacheCompare, AClockInTheSystemMessageIsSeenWithoutAnyHistory) {
  const CacheFinding finding = Last({Call("s1:3000 u1:10", 0), Call("s2:3000 u2:10", 30)});
  EXPECT_EQ(finding.outcome, CacheOutcome::kChanged);
  EXPECT_EQ(finding.broken_item, 0u);
  EXPECT_EQ(finding.expected_tokens, 2944u);
}

TEST(CacheCompare, AnotherQuestionBehindTheSameSystemMessageBreaksNothing) {
  const auto next = Reported(Call("s1:3000 u2:10", 30), 2944);
  const CacheFinding finding = Last({Call("s1:3000 u1:10", 0), next});
  EXPECT_EQ(finding.outcome, CacheOutcome::kHit);
  EXPECT_FALSE(finding.broken_item);
  EXPECT_EQ(finding.expected_tokens, 2944u);
}

TEST(CacheCompare, ARewrittenOldMessageIsTheOneThatBroke) {
  const auto first = Call("s1:1500 u1:100 r1:900 u2:40", 0);
  const CacheFinding finding = Last({first, Reported(Call("s1:1500 u1:100 r9:20 u2:40", 9), 1536)});
  EXPECT_EQ(finding.outcome, CacheOutcome::kChanged);
  EXPECT_EQ(finding.broken_item, 2u);
  EXPECT_EQ(finding.shared_items, 2u);
}

TEST(CacheCompare, AMessageThatWasCutAwayAtTheEndBreaksNothing) {
  const CacheFinding finding =
      Last({Call("s1:2000 u1:100 a1:10", 0), Reported(Call("s1:2000 u1:100", 9), 1920)});
  EXPECT_FALSE(finding.broken_item);
  EXPECT_EQ(finding.outcome, CacheOutcome::kHit);
}

TEST(CacheCompare, AgeExplainsWhatContentDoesNot) {
  const auto first = Call("s1:3000", 0);
  EXPECT_EQ(Last({first, Call("s1:3000 u1:10", 60)}).outcome, CacheOutcome::kMissed);
  // From the end of the call before: five minutes and a nanosecond.
  auto late = Call("s1:3000 u1:10", 301);
  EXPECT_EQ(Last({first, late}).outcome, CacheOutcome::kMissed);
  late.start = late.start + 1;
  const CacheFinding finding = Last({first, late});
  EXPECT_EQ(finding.outcome, CacheOutcome::kExpired);
  EXPECT_EQ(finding.idle_ns, 300 * kNanosPerSecond + 1);
  EXPECT_EQ(finding.lost_tokens, 2944u);
}

TEST(CacheCompare, WhatIsNotKnownIsNotJudged) {
  const auto first = Call("s1:3000", 0);
  EXPECT_EQ(Last({first, Reported(Call("s1:3000 u1:1", 9), {})}).outcome, CacheOutcome::kUnknown);
  auto without_tokens = Call("s1:3000 u1:1", 9);
  without_tokens.input_tokens = std::nullopt;
  EXPECT_EQ(Last({first, without_tokens}).outcome, CacheOutcome::kUnknown);
  EXPECT_FALSE(Last({first, without_tokens}).shared_tokens);
  // Another question came before: the part that both have must be estimated.
  const auto asked = Call("s1:3000 u9:1", 0);
  auto image = Call("s1:3000 u1:1", 9);
  image.items[1].has_media = true;
  EXPECT_EQ(Last({asked, image}).outcome, CacheOutcome::kUnknown);
  auto not_kept = Call("s1:3000 u1:1", 9);
  not_kept.items[0].is_kept = false;
  EXPECT_FALSE(Last({asked, not_kept}).lost_tokens);
  auto elsewhere = Call("s1:3000 u1:1", 9), before = first;
  elsewhere.provider = before.provider = "a-provider-of-nobody";
  EXPECT_EQ(Last({before, elsewhere}).outcome, CacheOutcome::kUnknown);
  EXPECT_EQ(Last({before, elsewhere}).rule, nullptr);
}

TEST(CacheCompare, APrefixBelowTheMinimumIsNotExpected) {
  const CacheFinding finding = Last({Call("s1:900 u1:10", 0), Call("s1:900 u1:10 a1:5", 9)});
  EXPECT_EQ(finding.outcome, CacheOutcome::kTooShort);
  EXPECT_EQ(finding.expected_tokens, 0u);
  EXPECT_FALSE(finding.lost_tokens);
}

TEST(CacheCompare, WhereCachingIsAskedForOnlyWhatWasWrittenIsExpected) {
  const auto asked = Reported(Claude(Call("s1:5000 u1:100", 0)), 0, 4000);
  const auto next = Claude(Call("s1:5000 u1:100 a1:5", 9));
  EXPECT_EQ(Last({asked, Reported(next, 4000)}).outcome, CacheOutcome::kHit);
  EXPECT_EQ(Last({asked, Reported(next, 0)}).expected_tokens, 4000u);
  EXPECT_EQ(Last({Reported(asked, 0, 0), next}).outcome, CacheOutcome::kNotAsked);
  EXPECT_EQ(Last({Reported(asked, {}, {}), next}).outcome, CacheOutcome::kUnknown);
  // An entry that was asked to live for an hour does.
  auto late = Reported(Claude(Call("s1:5000 u1:100 a1:5", 1800)), 0);
  EXPECT_EQ(Last({asked, late}).outcome, CacheOutcome::kExpired);
  auto for_an_hour = asked;
  for_an_hour.written_long_tokens = 4000;
  EXPECT_EQ(Last({for_an_hour, late}).outcome, CacheOutcome::kMissed);
}

TEST(CacheCompare, AgentsThatAlternateAreComparedWithThemselves) {
  const auto findings =
      CompareForCache({Call("s1:3000 u1:10", 0), Call("s5:3000 u5:10", 1),
                       Call("s1:3000 u1:10 a1:9", 2), Call("s5:3000 u5:10 a5:9", 3)});
  EXPECT_EQ(findings[2].previous, 0u);
  EXPECT_EQ(findings[3].previous, 1u);
  EXPECT_FALSE(findings[3].broken_item);
}

TEST(CacheCompare, AnotherModelHasAnotherCache) {
  auto other = Call("s1:3000 u1:10", 9);
  other.model = "gpt-5";
  EXPECT_EQ(Last({Call("s1:3000", 0), other}).outcome, CacheOutcome::kFirst);
}

TEST(CacheCompare, EstimatesAddUpToTheInput) {
  for (uint64_t tokens = 1; tokens < 4000; tokens += 37) {
    auto call = Call("t1:7 s1:13 u1:1 a1:29 u2:3", 0);
    call.input_tokens = tokens;
    const CacheFinding finding = Last({call});
    uint64_t sum = 0;
    for (const uint64_t part : finding.item_tokens) sum += part;
    EXPECT_EQ(sum, tokens);
  }
}

TEST(CacheRules, NamesAreMatchedWithoutCaseAndTheLargerMinimumHolds) {
  EXPECT_EQ(FindCacheRule("OpenAI", "GPT-4o-mini")->minimum_tokens, 1024u);
  EXPECT_EQ(FindCacheRule("anthropic", "claude-opus-4-5-20251101")->minimum_tokens, 4096u);
  EXPECT_EQ(FindCacheRule("anthropic", "claude-sonnet-4-5")->minimum_tokens, 1024u);
  EXPECT_EQ(FindCacheRule("aws.bedrock", "anthropic.claude-3-5-sonnet")->name,
            "Anthropic prompt cache");
  EXPECT_EQ(FindCacheRule("openai", "gpt-3.5-turbo"), nullptr);
  EXPECT_FALSE(FindCacheRule("gcp.gemini", "gemini-2.5-pro")->kept_s);
  EXPECT_EQ(FindCacheRule("", ""), nullptr);
}

TEST(CacheLoss, IsWhatWasPaidLessWhatAReadCosts) {
  model::Rates rates;
  rates[model::RateDim::kInput] = 3'000'000;         // $3 a million tokens.
  rates[model::RateDim::kCacheRead] = 300'000;       // $0.30
  rates[model::RateDim::kCacheWrite5m] = 3'750'000;  // $3.75
  rates[model::RateDim::kCacheWrite1h] = 6'000'000;  // $6
  CacheCall call;
  CacheFinding finding;
  EXPECT_FALSE(CacheLoss(rates, call, finding));
  finding.lost_tokens = 1'000'000;
  EXPECT_EQ(CacheLoss(rates, call, finding)->ToString(), "2.7");
  call.written_tokens = 400'000;
  EXPECT_EQ(CacheLoss(rates, call, finding)->ToString(), "3");
  call.written_long_tokens = 400'000;
  EXPECT_EQ(CacheLoss(rates, call, finding)->ToString(), "3.9");
  rates[model::RateDim::kCacheRead] = model::kNoRate;
  EXPECT_FALSE(CacheLoss(rates, call, finding));
}

}  // namespace
}  // namespace vitrine::query
