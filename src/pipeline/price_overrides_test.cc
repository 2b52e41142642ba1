#include "pipeline/price_overrides.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/price_table.h"

namespace vitrine::pipeline {
namespace {

using testing::HasSubstr;

constexpr std::string_view kToml = R"(
[[prices]]
provider = "openai"
model = "gpt-4o"
usd_per_million = { input = "2.25", output = "9", cache_read = "1.125" }

[[prices]]
provider = "vllm"
model = "Qwen/Qwen3-32B"
from = "2026-06-01"
rates = { input = 100000, output = 400000 }

[[prices]]
provider = "vllm"
model = "internal-tiny"
free = true
rates = { input = 0, output = 0 }

[[deployments]]
provider = "azure"
deployment = "Team Blue"
model = "gpt-4o-mini"
)";

std::string ErrorOf(std::string_view json) {
  Result<PriceOverrides> parsed = ParsePriceOverridesJson(json);
  return parsed ? "" : parsed.error().message;
}

std::string RowError(std::string_view body) {
  return ErrorOf(R"({"prices":[{"provider":"x","model":"m",)" + std::string(body) + "}]}");
}

model::PriceQuery Call(std::string_view provider, std::string_view model, std::string_view day) {
  model::PriceQuery query;
  query.provider = provider;
  query.response_model = model;
  query.start = *ParseRfc3339(day);
  query.tokens.input = 1'000'000;
  return query;
}

TEST(PriceOverrides, TomlRowsTakeOverFromTheTable) {
  Result<PriceOverrides> overrides = ParsePriceOverridesToml(kToml);
  ASSERT_TRUE(overrides) << overrides.error().message;
  auto table = *PriceTable::BuiltIn(*overrides);
  auto call = table->PriceCall(Call("openai", "gpt-4o", "2026-01-01"));
  ASSERT_TRUE(call);
  EXPECT_EQ(call->total.ToString(), "2.25");
  EXPECT_THAT(std::string(call->price_id()), testing::StartsWith("override:openai/gpt-4o@always#"));
  EXPECT_EQ(table->FindById(call->price_id()), call->row);
  // The first known price holds for all earlier time, for a user's row too.
  EXPECT_EQ(table->PriceCall(Call("vllm", "qwen/qwen3-32b", "2020-01-01"))->total.ToString(),
            "0.1");
  EXPECT_EQ(table->PriceCall(Call("vllm", "internal-tiny", "2026-01-01"))->total.ToString(), "0");
}

TEST(PriceOverrides, ADatedRowLeavesTheTimeBeforeToTheTable) {
  auto overrides = ParsePriceOverridesJson(
      R"({"prices":[{"provider":"openai","model":"gpt-4o","from":"2026-05-01",)"
      R"("usd_per_million":{"input":"1"}}]})");
  ASSERT_TRUE(overrides) << overrides.error().message;
  auto table = *PriceTable::BuiltIn(*overrides);
  EXPECT_EQ(table->PriceCall(Call("openai", "gpt-4o", "2026-04-30"))->total.ToString(), "2.5");
  EXPECT_EQ(table->PriceCall(Call("openai", "gpt-4o", "2026-05-01"))->total.ToString(), "1");
}

TEST(PriceOverrides, TheIdNamesTheExactRates) {
  auto id_for = [](std::string_view input) {
    auto overrides = *ParsePriceOverridesJson(
        R"({"prices":[{"provider":"x","model":"m","usd_per_million":{"input":")" +
        std::string(input) + "\"}}]}");
    return overrides.rows[0].price_id;
  };
  EXPECT_EQ(id_for("1"), id_for("1.000"));
  EXPECT_NE(id_for("1"), id_for("1.1"));
}

TEST(PriceOverrides, WhatIsWrittenReadsBackTheSame) {
  PriceOverrides first = *ParsePriceOverridesToml(kToml);
  std::string text = PriceOverridesText(first);
  Result<PriceOverrides> second = ParsePriceOverridesJson(text);
  ASSERT_TRUE(second) << second.error().message << "\n" << text;
  ASSERT_EQ(second->rows.size(), first.rows.size());
  for (size_t i = 0; i < first.rows.size(); ++i) {
    EXPECT_EQ(second->rows[i].price_id, first.rows[i].price_id);
    EXPECT_EQ(second->rows[i].rates, first.rows[i].rates);
  }
  EXPECT_EQ(second->deployments, first.deployments);
  EXPECT_EQ(PriceOverridesText(*second), text);
}

TEST(PriceOverrides, DeploymentsUseCanonicalProvidersAndAnyCase) {
  auto table = *PriceTable::BuiltIn(*ParsePriceOverridesToml(kToml));
  model::PriceQuery query = Call("azure.ai.openai", "", "2026-01-01");
  query.deployment_id = "team blue";
  ASSERT_TRUE(table->PriceCall(query));
  EXPECT_EQ(table->PriceCall(query)->price_id(), "azure.ai.openai/gpt-4o-mini@always");
}

TEST(PriceOverrides, ErrorsSayWhereAndWhat) {
  EXPECT_THAT(ErrorOf("[]"), HasSubstr("must be an object"));
  EXPECT_THAT(ErrorOf("{"), HasSubstr("not JSON"));
  EXPECT_THAT(ErrorOf(R"({"price":[]})"), HasSubstr("price: is neither"));
  EXPECT_THAT(ErrorOf(R"({"prices":[{"model":"m"}]})"),
              HasSubstr("prices[0].provider: is missing"));
  EXPECT_THAT(RowError(R"("rates":{})"), HasSubstr("prices[0].rates: are missing"));
  EXPECT_THAT(RowError(R"("rates":{"inputs":1})"), HasSubstr("rates.inputs: is not a dimension"));
  EXPECT_THAT(RowError(R"("rates":{"input":-1})"), HasSubstr("rates.input"));
  EXPECT_THAT(RowError(R"("rates":{"input":1.5})"), HasSubstr("whole number of pico-dollars"));
  EXPECT_THAT(RowError(R"("usd_per_million":{"input":2.5})"), HasSubstr("decimal text"));
  EXPECT_THAT(RowError(R"("usd_per_million":{"input":"2.5000001"})"), HasSubstr("millionth"));
  EXPECT_THAT(RowError(R"("usd_per_million":{"per_page":"1"})"), HasSubstr("usd_per_unit"));
  EXPECT_THAT(RowError(R"("rates":{"input":1},"usd_per_million":{"input":"1"})"),
              HasSubstr("given twice"));
  EXPECT_THAT(RowError(R"("rates":{"input":0})"), HasSubstr("\"free\": true"));
  EXPECT_THAT(RowError(R"("rates":{"input":1},"free":true)"), HasSubstr("contradicts"));
  EXPECT_THAT(RowError(R"("rates":{"input":1},"from":"soon")"), HasSubstr("must be a date"));
  EXPECT_THAT(RowError(R"("rates":{"input":1},"mode":"slow")"), HasSubstr("mode: must be"));
  EXPECT_THAT(RowError(R"("rates":{"input":1},"window":["1:00","2:00"])"), HasSubstr("window"));
  EXPECT_THAT(RowError(R"("rates":{"input":1},"derived":["input"])"),
              HasSubstr("derived: is not a key"));
  EXPECT_THAT(ErrorOf(R"({"prices":[{"provider":"x","model":"m","rates":{"input":1}},)"
                      R"({"provider":"x","model":"m","rates":{"input":2}}]})"),
              HasSubstr("prices[1].model: x/m@always is given twice"));
  EXPECT_THAT(ErrorOf(R"({"deployments":[{"provider":"azure","model":"m"}]})"),
              HasSubstr("deployments[0].deployment: is missing"));
}

TEST(PriceOverrides, TomlSyntaxErrorsHaveALine) {
  Result<PriceOverrides> parsed = ParsePriceOverridesToml("[[prices]]\nprovider = openai\n");
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().message, HasSubstr("line 2"));
}

TEST(PriceOverrides, TomlBeyondAsciiMustBeQuoted) {
  // Found by the fuzzer: toml++ 3.3 has undefined behaviour on this letter.
  Result<PriceOverrides> bare = ParsePriceOverridesToml("[[prices]]\nfrom=2026-05-0\u03d2e\n");
  ASSERT_FALSE(bare);
  EXPECT_THAT(bare.error().message, HasSubstr("line 2: letters beyond ASCII"));
  EXPECT_FALSE(ParsePriceOverridesToml("a = \"x\n\u03d2 = 1"));
  EXPECT_FALSE(ParsePriceOverridesToml("a = \"\"\"x\"\"\"\n\u03d2 = 1"));
  Result<PriceOverrides> quoted = ParsePriceOverridesToml(
      "# \u03d2\n[[deployments]]\nprovider = \"azure\"\ndeployment = \"\u03d2 \\\" \u03d2\"\n"
      "model = \"\"\"\u03d2\U0001f600\"\"\"\n");
  ASSERT_TRUE(quoted) << quoted.error().message;
  EXPECT_EQ(quoted->deployments[0].model, "\u03d2\U0001f600");
  EXPECT_EQ(quoted->deployments[0].deployment, "\u03d2 \" \u03d2");
  EXPECT_FALSE(ParsePriceOverridesToml("a = '\u03d2'"));
  EXPECT_FALSE(ParsePriceOverridesToml("a = \"\xff\""));
  EXPECT_FALSE(ParsePriceOverridesToml("a = \"\\\u03d2\""));
  EXPECT_FALSE(ParsePriceOverridesToml("a = \"\xc0\xaf\""));
  EXPECT_FALSE(ParsePriceOverridesToml("a = \"\xed\xa0\x80\""));
}

TEST(PriceOverrides, SizesAreBounded) {
  EXPECT_EQ(ParsePriceOverridesJson(std::string(5 << 20, ' ')).error().code,
            ErrorCode::kLimitExceeded);
  std::string many = R"({"prices":[)";
  for (int i = 0; i < 10'001; ++i) many += i == 0 ? "1" : ",1";
  EXPECT_EQ(ParsePriceOverridesJson(many + "]}").error().code, ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace vitrine::pipeline
