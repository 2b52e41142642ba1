#include "query/metrics/formula.h"

#include <gtest/gtest.h>

#include "query/limits.h"

namespace vitrine::query {
namespace {

ValueUnit UnitOf(std::string_view text) {
  const auto formula = ParseFormula(text);
  EXPECT_TRUE(formula) << text << ": " << formula.error().message;
  return formula ? formula->unit : ValueUnit::kBytes;
}

std::optional<double> ValueOf(std::string_view text) {
  const auto formula = ParseFormula(text);
  EXPECT_TRUE(formula) << text << ": " << formula.error().message;
  const auto value = Evaluate(*formula, [](const Leaf& leaf) -> std::optional<long double> {
    switch (leaf.kind) {
      case LeafKind::kCount: return 10;
      case LeafKind::kErrorCount: return 3;
      case LeafKind::kSeconds: return 60;
      case LeafKind::kSum: return leaf.number->unit == ValueUnit::kUsd ? 2.5L : 100;
      case LeafKind::kToolCount: return 0;
      default: return std::nullopt;
    }
  });
  return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
}

void ExpectWrong(std::string_view text, std::string_view message, uint64_t offset) {
  const auto formula = ParseFormula(text);
  ASSERT_FALSE(formula) << text;
  EXPECT_EQ(formula.error().code, ErrorCode::kInvalidInput);
  EXPECT_NE(formula.error().message.find(message), std::string::npos) << formula.error().message;
  EXPECT_EQ(formula.error().offset, offset) << text;
}

TEST(Formula, NamesAndStatisticsHaveUnits) {
  EXPECT_EQ(UnitOf("count"), ValueUnit::kCount);
  EXPECT_EQ(UnitOf("p95(duration)"), ValueUnit::kNs);
  EXPECT_EQ(UnitOf("p99.9(ttft)"), ValueUnit::kNs);
  EXPECT_EQ(UnitOf("sum(cost_usd)"), ValueUnit::kUsd);
  EXPECT_EQ(UnitOf("avg(score.faithfulness)"), ValueUnit::kScore);
  EXPECT_EQ(UnitOf("error_rate"), ValueUnit::kRatio);
  EXPECT_EQ(UnitOf("rate"), ValueUnit::kPerSecond);
  EXPECT_EQ(UnitOf("histogram(input_tokens)"), ValueUnit::kTokens);
}

TEST(Formula, UnitsFollowTheArithmetic) {
  EXPECT_EQ(UnitOf("sum(cost_usd)/count"), ValueUnit::kUsd);
  EXPECT_EQ(UnitOf("sum(cost_usd) / sum(saved_cost_usd)"), ValueUnit::kRatio);
  EXPECT_EQ(UnitOf("1000 * sum(cost_usd) / sum(total_tokens)"), ValueUnit::kUsd);
  EXPECT_EQ(UnitOf("p95(duration) - p50(duration)"), ValueUnit::kNs);
  EXPECT_EQ(UnitOf("sum(cost_usd) * 30"), ValueUnit::kUsd);
  EXPECT_EQ(UnitOf("-(count + 1)"), ValueUnit::kCount);
  EXPECT_EQ(UnitOf("1 - error_rate"), ValueUnit::kRatio);
}

TEST(Formula, IsComputedWithTheUsualPrecedence) {
  EXPECT_EQ(ValueOf("count + error_count * 2"), 16);
  EXPECT_EQ(ValueOf("(count + error_count) * 2"), 26);
  EXPECT_EQ(ValueOf("count - error_count - 1"), 6);
  EXPECT_EQ(ValueOf("-count + 12"), 2);
  EXPECT_EQ(ValueOf("error_rate"), 0.3);
  EXPECT_EQ(ValueOf("sum(cost_usd)/count"), 0.25);
  EXPECT_DOUBLE_EQ(*ValueOf("rate"), 10.0 / 60);
  EXPECT_EQ(ValueOf("2 * error_rate"), 0.6);
}

TEST(Formula, WhatIsNotKnownAndADivisionByZeroAreNothing) {
  EXPECT_EQ(ValueOf("p95(duration) + p50(duration)"), std::nullopt);
  EXPECT_EQ(ValueOf("tool_success_rate"), std::nullopt);
  EXPECT_EQ(ValueOf("count / 0"), std::nullopt);
}

TEST(Formula, ErrorsSayWhereAndWhatThereIs) {
  ExpectWrong("counts", "there is no measure 'counts'; measures are count,", 0);
  ExpectWrong("count + ", "a measure is expected here", 8);
  ExpectWrong("sum(cost_usd) + count", "there is no sum of usd and count", 14);
  ExpectWrong("sum(cost_usd) * p95(duration)", "there is no product of usd and ns", 14);
  ExpectWrong("p95(latency)", "there is no number 'latency'; there are duration,", 4);
  ExpectWrong("median(duration)", "there is no 'median' of a number", 0);
  ExpectWrong("p0(duration)", "percentiles from p0.1", 0);
  ExpectWrong("p100(duration)", "percentiles from p0.1", 0);
  ExpectWrong("duration", "is a number; say what of it: sum(duration)", 0);
  ExpectWrong("sum(duration", "a ')' is missing", 12);
  ExpectWrong("(count", "a ')' is missing", 6);
  ExpectWrong("count count", "an operator", 6);
  ExpectWrong("histogram(duration) * 2", "stands alone", 0);
  ExpectWrong("sum(score.)", "there is no number 'score.'", 4);
  ExpectWrong("", "a measure is expected here", 0);
}

TEST(Formula, LengthAndDepthAreBounded) {
  const std::string deep(kFormulaDepthMax + 1, '(');
  EXPECT_EQ(ParseFormula(deep + "count").error().code, ErrorCode::kLimitExceeded);
  EXPECT_EQ(ParseFormula(std::string(kFormulaDepthMax + 1, '-') + "count").error().code,
            ErrorCode::kLimitExceeded);
  EXPECT_EQ(ParseFormula(std::string(kFormulaBytesMax + 1, ' ')).error().code,
            ErrorCode::kLimitExceeded);
  const std::string nested(kFormulaDepthMax - 1, '(');
  EXPECT_TRUE(ParseFormula(nested + "count" + std::string(kFormulaDepthMax - 1, ')')));
}

TEST(Formula, SpacesAndNamesOfScoresAreTakenAsTheyAre) {
  EXPECT_EQ(*ParseFormula(" sum( cost_usd ) / count "), *ParseFormula("sum(cost_usd)/count"));
  EXPECT_EQ(ParseFormula("avg(score.Answer quality-2)")->nodes[0].leaf.score, "Answer quality-2");
}

}  // namespace
}  // namespace vitrine::query
