#include "pipeline/prices/price_math.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "pipeline/prices/limits.h"

namespace vitrine::pipeline {
namespace {

using model::kNoRate;
using model::PriceQuery;
using model::PriceRow;
using model::RateDim;
using model::UnpricedReason;

constexpr auto kBuckets = std::to_array<uint64_t model::UsageBuckets::*>({
    &model::UsageBuckets::input,
    &model::UsageBuckets::cache_read,
    &model::UsageBuckets::cache_write_5m,
    &model::UsageBuckets::cache_write_1h,
    &model::UsageBuckets::input_audio,
    &model::UsageBuckets::input_image,
    &model::UsageBuckets::output,
    &model::UsageBuckets::reasoning,
    &model::UsageBuckets::output_audio,
    &model::UsageBuckets::output_image,
});

PriceRow RandomRow() {
  PriceRow row;
  for (size_t i = 0; i < model::kTokenDimCount; ++i) {
    row.rates.values[i] = *rc::gen::weightedOneOf<int64_t>(
        {{2, rc::gen::just(kNoRate)}, {5, rc::gen::inRange<int64_t>(0, 600'000'000)}});
  }
  row.rates[RateDim::kInput] = *rc::gen::inRange<int64_t>(1, 600'000'000);
  row.rates[RateDim::kOutput] = *rc::gen::inRange<int64_t>(1, 600'000'000);
  if (*rc::gen::arbitrary<bool>()) row.geo.push_back({"us", *rc::gen::inRange(1000, 3'000'000)});
  return row;
}

PriceQuery RandomQuery() {
  PriceQuery query;
  for (auto bucket : kBuckets) query.tokens.*bucket = *rc::gen::inRange<uint64_t>(0, 2'000'000);
  query.units.cached_audio_tokens = *rc::gen::inRange<uint64_t>(0, 100);
  query.inference_geo = *rc::gen::element("", "us", "global");
  return query;
}

RC_GTEST_PROP(PriceMath, PartsAddUpToTheTotal, ()) {
  PriceRow row = RandomRow();
  PriceQuery query = RandomQuery();
  MathResult result = CostUnder(row, query);
  RC_ASSERT(result.reason == UnpricedReason::kNone);
  RC_ASSERT(result.call.input + result.call.cache_read + result.call.cache_write +
                result.call.output ==
            result.call.total);
}

RC_GTEST_PROP(PriceMath, MoreTokensNeverCostLess, ()) {
  PriceRow row = RandomRow();
  PriceQuery query = RandomQuery();
  Money before = CostUnder(row, query).call.total;
  query.tokens.*(*rc::gen::elementOf(kBuckets)) += *rc::gen::inRange<uint64_t>(0, 1000);
  RC_ASSERT(CostUnder(row, query).call.total >= before);
}

RC_GTEST_PROP(PriceMath, TwoCallsCostTheirSumToWithinTheirRoundings, ()) {
  PriceRow row = RandomRow();
  PriceQuery one = RandomQuery(), two = RandomQuery(), both = one;
  two.inference_geo = both.inference_geo = one.inference_geo;
  one.units.cached_audio_tokens = two.units.cached_audio_tokens = both.units.cached_audio_tokens =
      0;
  for (auto bucket : kBuckets) both.tokens.*bucket = one.tokens.*bucket + two.tokens.*bucket;
  int64_t sum = (CostUnder(row, one).call.total + CostUnder(row, two).call.total).nano_usd;
  int64_t error = std::abs(CostUnder(row, both).call.total.nano_usd - sum);
  RC_ASSERT(error <= 6);  // Four parts, three roundings of at most a half each.
}

RC_GTEST_PROP(PriceMath, AMissingSpecialRateIsThePlainOne, ()) {
  PriceRow row = RandomRow();
  PriceRow filled = row;
  auto fill = [&](RateDim dim, RateDim plain) {
    if (!filled.rates.has(dim)) filled.rates[dim] = filled.rates[plain];
  };
  fill(RateDim::kCacheRead, RateDim::kInput);
  fill(RateDim::kCacheWrite5m, RateDim::kInput);
  fill(RateDim::kCacheWrite1h, RateDim::kCacheWrite5m);
  fill(RateDim::kCacheReadAudio,
       row.rates.has(RateDim::kInputAudio) ? RateDim::kInputAudio : RateDim::kCacheRead);
  fill(RateDim::kInputAudio, RateDim::kInput);
  fill(RateDim::kInputImage, RateDim::kInput);
  for (RateDim dim : {RateDim::kReasoning, RateDim::kOutputAudio, RateDim::kOutputImage}) {
    fill(dim, RateDim::kOutput);
  }
  PriceQuery query = RandomQuery();
  RC_ASSERT(CostUnder(row, query).call.total == CostUnder(filled, query).call.total);
}

PriceRow InputOnly(int64_t rate) {
  PriceRow row;
  row.rates[RateDim::kInput] = rate;
  return row;
}

Money InputCost(const PriceRow& row, uint64_t tokens, std::string_view geo = "") {
  PriceQuery query;
  query.tokens.input = tokens;
  query.inference_geo = geo;
  return CostUnder(row, query).call.total;
}

TEST(PriceMath, TiesRoundToEven) {
  EXPECT_EQ(InputCost(InputOnly(500), 1).nano_usd, 0);
  EXPECT_EQ(InputCost(InputOnly(500), 3).nano_usd, 2);
  EXPECT_EQ(InputCost(InputOnly(500), 5).nano_usd, 2);
  EXPECT_EQ(InputCost(InputOnly(501), 1).nano_usd, 1);
  EXPECT_EQ(InputCost(InputOnly(499), 1).nano_usd, 0);
}

TEST(PriceMath, TheSurchargeIsInsideTheRounding) {
  PriceRow row = InputOnly(500);
  row.geo.push_back({"us", 1'100'000});
  EXPECT_EQ(InputCost(row, 1, "us").nano_usd, 1);  // 0.55
  EXPECT_EQ(InputCost(row, 1, "eu").nano_usd, 0);
}

TEST(PriceMath, TheLargestCountsDoNotOverflow) {
  PriceRow row = InputOnly(kRateMax);
  row.geo.push_back({"us", kPartsPerMillionMax});
  PriceQuery query;
  query.inference_geo = "us";
  for (auto bucket : kBuckets) query.tokens.*bucket = kCountMax;
  row.rates[RateDim::kOutput] = kRateMax;
  EXPECT_EQ(CostUnder(row, query).reason, UnpricedReason::kTooLarge);
  query.tokens = {};
  query.tokens.input = UINT64_MAX;
  EXPECT_EQ(CostUnder(row, query).reason, UnpricedReason::kTooLarge);
  EXPECT_GT(PromptTokens(query.tokens), kCountMax);
}

TEST(PriceMath, TierWords) {
  auto mode = [](std::string_view tier) {
    PriceQuery query;
    query.service_tier = tier;
    return PriceModeOf(query);
  };
  using model::PriceMode;
  for (auto word : {"", "default", "STANDARD", "auto", "on_demand", "ON_DEMAND", "standard_only"}) {
    EXPECT_EQ(mode(word), PriceMode::kStandard) << word;
  }
  EXPECT_EQ(mode("batch"), PriceMode::kBatch);
  EXPECT_EQ(mode("ON_DEMAND_FLEX"), PriceMode::kFlex);
  EXPECT_EQ(mode("priority"), PriceMode::kPriority);
  for (auto word : {"PROVISIONED_THROUGHPUT", "scale", "reserved", "performance"}) {
    EXPECT_EQ(mode(word), std::nullopt) << word;
  }
  EXPECT_EQ(mode(std::string(1000, 'x')), std::nullopt);
}

}  // namespace
}  // namespace vitrine::pipeline
