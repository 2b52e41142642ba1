#include "pipeline/price_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pipeline/price_span.h"

namespace vitrine::pipeline {
namespace {

using model::PriceMatch;
using model::PriceQuery;
using model::UnpricedReason;

const PriceTable& Table() {
  static const std::shared_ptr<const PriceTable> table = *PriceTable::BuiltIn();
  return *table;
}

Nanos Day(std::string_view text) { return *ParseRfc3339(text); }

PriceQuery Call(std::string_view provider, std::string_view model, uint64_t input,
                uint64_t output) {
  PriceQuery query;
  query.provider = provider;
  query.response_model = model;
  query.start = Day("2026-08-10");
  query.tokens.input = input;
  query.tokens.output = output;
  return query;
}

std::string Total(const PriceQuery& query) {
  PriceAnswer answer = Table().Answer(query);
  return answer.call ? answer.call->total.ToString() : std::string(Name(answer.reason));
}

std::string Id(const PriceQuery& query) {
  auto call = Table().PriceCall(query);
  return call ? std::string(call->price_id()) : "";
}

TEST(PriceTable, TheBuiltInTableLoads) {
  auto table = PriceTable::BuiltIn();
  ASSERT_TRUE(table);
  EXPECT_GT((*table)->rows().size(), 3000u);
}

// Anthropic, USD per million: 3 in, 3.75 five-minute write, 6 one-hour write, 0.30 read, 15 out.
TEST(PriceTable, AnthropicCacheWritesOfBothLifetimesAndReads) {
  PriceQuery query = Call("anthropic", "claude-sonnet-4-5-20250929", 1000, 500);
  query.tokens.cache_read = 10'000;
  query.tokens.cache_write_5m = 2000;
  query.tokens.cache_write_1h = 1000;
  auto call = Table().PriceCall(query);
  ASSERT_TRUE(call);
  EXPECT_EQ(call->input.ToString(), "0.003");
  EXPECT_EQ(call->cache_read.ToString(), "0.003");
  EXPECT_EQ(call->cache_write.ToString(), "0.0135");  // 2000 x 3.75 + 1000 x 6
  EXPECT_EQ(call->output.ToString(), "0.0075");
  EXPECT_EQ(call->total.ToString(), "0.027");
  EXPECT_EQ(call->match, PriceMatch::kResponseModel);
  EXPECT_EQ(call->price_id(), "anthropic/claude-sonnet-4-5-20250929@always");
}

TEST(PriceTable, LongContextCountsTheCacheAndMovesEveryToken) {
  PriceQuery query = Call("anthropic", "claude-sonnet-4-5", 10'000, 1000);
  query.tokens.cache_read = 190'000;
  EXPECT_EQ(Total(query), "0.102");  // 200,000 in all: 0.03 + 0.057 + 0.015
  query.tokens.cache_read = 190'001;
  EXPECT_EQ(Total(query), "0.1965006");  // 0.06 + 190,001 x 0.60 + 1000 x 22.50, per million
  EXPECT_EQ(Id(query), "anthropic/claude-sonnet-4-5@always>200000");
}

TEST(PriceTable, GeminiAboveTwoHundredThousand) {
  EXPECT_EQ(Total(Call("gemini", "gemini-2.5-pro", 200'000, 1000)), "0.26");
  EXPECT_EQ(Total(Call("gemini", "gemini-2.5-pro", 200'001, 1000)), "0.5150025");
}

TEST(PriceTable, GeminiThoughtsCostTheirOwnRateOrThatOfOutput) {
  PriceQuery query = Call("gcp.gemini", "gemini-2.5-flash", 1000, 100);
  query.tokens.reasoning = 400;
  EXPECT_EQ(Total(query), "0.00155");  // 0.0003 + 500 x 2.50
  query = Call("dashscope", "qwen-plus-2025-04-28", 1000, 100);
  query.tokens.reasoning = 400;
  EXPECT_EQ(Total(query), "0.00212");  // 0.0004 + 100 x 1.20 + 400 x 4
}

TEST(PriceTable, AudioTokensHaveTheirOwnRates) {
  PriceQuery query = Call("openai", "gpt-4o-audio-preview-2024-12-17", 100, 50);
  query.tokens.input_audio = 1000;
  query.tokens.output_audio = 500;
  EXPECT_EQ(Total(query), "0.08075");  // 0.00025 + 0.04 + 0.0005 + 0.04
  query = Call("gemini", "gemini-2.5-flash", 0, 0);
  query.tokens.cache_read = 2000;
  query.units.cached_audio_tokens = 1000;
  EXPECT_EQ(Total(query), "0.00013");  // 1000 x 0.03 + 1000 x 0.10
}

TEST(PriceTable, OpenAiModes) {
  PriceQuery query = Call("openai", "gpt-5.4-2026-03-05", 1000, 100);
  query.tokens.cache_read = 1000;
  EXPECT_EQ(Total(query), "0.00425");  // 0.0025 + 0.00025 + 0.0015
  query.service_tier = "default";
  EXPECT_EQ(Total(query), "0.00425");
  query.service_tier = "flex";
  EXPECT_EQ(Total(query), "0.00213");  // 0.00125 + 0.00013 + 0.00075
  query.service_tier = "priority";
  EXPECT_EQ(Total(query), "0.0085");
  query.service_tier = "";
  query.is_batch = true;
  EXPECT_EQ(Total(query), "0.002125");
  query.is_batch = false;
  query.service_tier = "scale";
  EXPECT_EQ(Total(query), "unknown_tier");
  query = Call("openai", "gpt-4", 1000, 100);
  query.service_tier = "priority";
  EXPECT_EQ(Total(query), "no_rate_for_tier");
}

TEST(PriceTable, AnthropicBatchFastAndGeography) {
  PriceQuery query = Call("anthropic", "claude-opus-4-6", 1000, 100);
  EXPECT_EQ(Total(query), "0.0075");
  query.inference_geo = "us";
  EXPECT_EQ(Total(query), "0.00825");
  query.inference_geo = "global";
  EXPECT_EQ(Total(query), "0.0075");
  query.service_tier = "batch";
  EXPECT_EQ(Total(query), "0.00375");
  query.service_tier = "standard";
  query.speed = "fast";
  EXPECT_EQ(Total(query), "0.045");
}

TEST(PriceTable, ServerSideSearchesArePaidEach) {
  PriceQuery query = Call("anthropic", "claude-sonnet-4-6", 1000, 100);
  query.units.web_searches = 3;
  auto call = Table().PriceCall(query);
  ASSERT_TRUE(call);
  EXPECT_EQ(call->fees.ToString(), "0.03");
  EXPECT_EQ(call->input.ToString(), "0.033");
  EXPECT_EQ(call->total.ToString(), "0.0345");
}

TEST(PriceTable, PerplexityAsksAFeeForEveryCall) {
  PriceQuery query = Call("perplexity", "sonar", 70, 28);
  EXPECT_EQ(Total(query), "0.005098");
  query.units.search_context = model::SearchContext::kHigh;
  EXPECT_EQ(Total(query), "0.012098");
}

TEST(PriceTable, BedrockRegionPrefixes) {
  auto haiku = [](std::string_view model) { return Call("aws_bedrock", model, 1000, 100); };
  EXPECT_EQ(Total(haiku("us.anthropic.claude-haiku-4-5-20251001-v1:0")), "0.00165");
  EXPECT_EQ(Total(haiku("global.anthropic.claude-haiku-4-5-20251001-v1:0")), "0.0015");
  // No row of its own: the region and the version come off.
  PriceQuery query = haiku("ca.amazon.nova-lite-v1:0");
  auto call = Table().PriceCall(query);
  ASSERT_TRUE(call);
  EXPECT_EQ(call->match, PriceMatch::kWithoutVersion);
  EXPECT_EQ(call->total.ToString(), "0.000084");
  query.response_model =
      "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-3-7-sonnet-20250219-v1:0";
  EXPECT_EQ(Total(query), "0.0045");
  // A response model in Anthropic's words; the request names the Bedrock model.
  query = haiku("claude-haiku-4-5-20251001");
  query.request_model = "eu.anthropic.claude-haiku-4-5-20251001-v1:0";
  EXPECT_EQ(Id(query), "aws.bedrock/eu.anthropic.claude-haiku-4-5-20251001-v1:0@always");
}

TEST(PriceTable, RegionsWithTheirOwnPrice) {
  PriceQuery query = Call("bedrock", "anthropic.claude-3-haiku-20240307-v1:0", 1000, 0);
  EXPECT_EQ(Total(query), "0.00025");
  query.region = "us-gov-east-1";
  EXPECT_EQ(Total(query), "0.0003");
  query.region = "eu-central-1";
  EXPECT_EQ(Total(query), "0.00025");
}

TEST(PriceTable, AzureTakesTheResponseModelAndNeedsTheMapForDeployments) {
  PriceQuery query = Call("azure", "gpt-4o-2024-11-20", 1000, 100);
  query.request_model = "team-blue";
  EXPECT_EQ(Id(query), "azure.ai.openai/gpt-4o-2024-11-20@always");
  query.response_model = "";
  EXPECT_EQ(Total(query), "unknown_model");

  PriceOverrides overrides;
  overrides.deployments.push_back({"azure.ai.openai", "team-blue", "gpt-4o-mini"});
  auto table = *PriceTable::BuiltIn(overrides);
  auto call = table->PriceCall(query);
  ASSERT_TRUE(call);
  EXPECT_EQ(call->price_id(), "azure.ai.openai/gpt-4o-mini@always");
  EXPECT_EQ(call->match, PriceMatch::kDeployment);
  // What answered is stronger than what was configured.
  query.response_model = "gpt-4o-2024-11-20";
  EXPECT_EQ(table->PriceCall(query)->match, PriceMatch::kResponseModel);
}

TEST(PriceTable, DatedPrices) {
  PriceQuery query = Call("openai", "gpt-5.6-luna", 1'000'000, 0);
  query.tokens.input = 100'000;
  query.start = Day("2026-07-29T23:59:59.999999999Z");
  EXPECT_EQ(Total(query), "0.1");
  query.start = Day("2026-07-30");
  EXPECT_EQ(Total(query), "0.02");
  EXPECT_EQ(Id(query), "openai/gpt-5.6-luna@2026-07-30");
  query = Call("openai", "o3", 1000, 0);
  query.start = Day("1970-01-01");
  EXPECT_EQ(Total(query), "0.01");  // The first known price holds for all earlier time.
  query.start = Day("2025-06-10");
  EXPECT_EQ(Total(query), "0.002");
  query = Call("anthropic", "claude-opus-4-6", 300'000, 0);
  query.start = Day("2026-03-12");
  EXPECT_EQ(Total(query), "3");
  query.start = Day("2026-03-13");
  EXPECT_EQ(Total(query), "1.5");  // The later version has no long-context price.
}

TEST(PriceTable, TimeOfDay) {
  PriceQuery query = Call("deepseek", "deepseek-chat", 1'000'000, 0);
  query.start = Day("2025-03-01T00:29:59Z");
  EXPECT_EQ(Total(query), "0.135");
  query.start = Day("2025-03-01T00:30:00Z");
  EXPECT_EQ(Total(query), "0.27");
  query.start = Day("2025-03-01T16:30:00Z");
  EXPECT_EQ(Total(query), "0.135");
  query.start = Day("2025-10-01T12:00:00Z");
  EXPECT_EQ(Total(query), "0.28");
}

TEST(PriceTable, EmbeddingsHaveNoOutput) {
  EXPECT_EQ(Total(Call("openai", "text-embedding-3-small", 8, 0)), "0.00000016");
  EXPECT_EQ(Total(Call("openai", "text-embedding-3-small", 8, 1)), "no_rate_for_usage");
}

TEST(PriceTable, RerankIsPaidByQuery) {
  PriceQuery query = Call("cohere", "rerank-v3.5", 0, 0);
  query.has_usage = false;
  EXPECT_EQ(Total(query), "not_counted");
  query.units.queries = 1;
  EXPECT_EQ(Total(query), "0.002");
}

TEST(PriceTable, ImagesByPieceWhereTokensAreNotCounted) {
  PriceQuery query = Call("openai", "dall-e-3", 20, 0);
  EXPECT_EQ(Total(query), "not_counted");
  query.units.output_images = 2;
  EXPECT_EQ(Total(query), "0.08");
  query = Call("openai", "gpt-image-1", 100, 0);
  query.tokens.output_image = 1000;
  query.units.output_images = 1;
  EXPECT_EQ(Total(query), "0.0405");  // 0.0005 + 0.04; the picture itself is its tokens.
}

TEST(PriceTable, AbsentIsNotFree) {
  EXPECT_EQ(Total(Call("openai", "no-such-model", 1, 1)), "unknown_model");
  EXPECT_EQ(Total(Call("no-such-provider", "gpt-4o", 1, 1)), "unknown_provider");
  EXPECT_EQ(Total(Call("openai", "", 1, 1)), "no_model");
  EXPECT_EQ(Total(Call("gigachat", "GigaChat-2-Max", 1, 1)), "unknown_provider");
  PriceQuery query = Call("openai", "gpt-4o", 0, 0);
  EXPECT_EQ(Total(query), "0");
  query.has_usage = false;
  EXPECT_EQ(Total(query), "no_usage");
  query = Call("openai", "gpt-4o", 2'000'000'000'000, 0);
  EXPECT_EQ(Total(query), "too_large");
}

TEST(PriceTable, FreeIsZeroOnPurpose) {
  EXPECT_EQ(Total(Call("ollama", "llama3", 1000, 1000)), "0");
  EXPECT_EQ(Id(Call("ollama", "anything:7b", 1, 1)), "ollama/*@always");
  EXPECT_EQ(Total(Call("ollama", "gpt-oss:120b-cloud", 1, 1)), "unknown_model");
  EXPECT_EQ(Total(Call("openai", "omni-moderation-latest", 10, 0)), "0");
  EXPECT_EQ(Total(Call("openrouter", "qwen/qwq-32b:free", 10, 10)), "0");
}

TEST(PriceTable, ProviderFromTheModelWhereTheSenderNamedAFramework) {
  EXPECT_EQ(Id(Call("langchain", "claude-sonnet-4-5", 1, 1)), "anthropic/claude-sonnet-4-5@always");
  EXPECT_EQ(Id(Call("", "gpt-4o", 1, 1)), "openai/gpt-4o@always");
  EXPECT_EQ(Id(Call("litellm", "azure/gpt-4o", 1, 1)), "azure.ai.openai/gpt-4o@always");
  EXPECT_EQ(Total(Call("", "mistral-7b", 1, 1)), "unknown_provider");
}

TEST(PriceTable, ResellersWithoutARowPassTheVendorsPriceOn) {
  auto call = Table().PriceCall(Call("openrouter", "openai/gpt-5.6-sol", 1000, 0));
  ASSERT_TRUE(call);
  EXPECT_EQ(call->price_id(), "openai/gpt-5.6-sol@always");
  EXPECT_EQ(call->match, PriceMatch::kRelatedProvider);
  EXPECT_EQ(Total(Call("openrouter", "meta-llama/llama-99", 1, 1)), "unknown_model");
}

TEST(PriceTable, NamesThatSendersBend) {
  EXPECT_EQ(Id(Call("gemini", "models/gemini-2.5-pro", 1, 1)), "gcp.gemini/gemini-2.5-pro@always");
  EXPECT_EQ(Id(Call("openai", "GPT-4o", 1, 1)), "openai/gpt-4o@always");
  EXPECT_EQ(Id(Call("openai", "gpt-3.5-turbo-instruct:20230824-v2", 1, 1)),
            "openai/gpt-3.5-turbo-instruct@always");
  EXPECT_EQ(Id(Call("openai", "ft:gpt-4o-2024-08-06:acme::abc", 1, 1)),
            "openai/ft:gpt-4o-2024-08-06@always");
  EXPECT_EQ(Id(Call("vertex_ai", "claude-sonnet-4-5@20250929", 1, 1)),
            "gcp.vertex_ai/claude-sonnet-4-5@20250929@always");
}

TEST(PriceTable, EveryPriceIdLeadsToItsRow) {
  EXPECT_GT(Table().rows().size(), 4000u);
  for (const model::PriceRow& row : Table().rows()) {
    EXPECT_EQ(Table().FindById(row.price_id), &row);
  }
  EXPECT_EQ(Table().FindById("openai/no-such@always"), nullptr);
}

TEST(PriceTable, BadTablesAreRefused) {
  EXPECT_FALSE(PriceTable::Load("{\"provider\":\"x\"}\n", ""));
  EXPECT_FALSE(PriceTable::Load("not json\n", ""));
  std::string row = R"({"provider":"x","model":"m","rates":{"input":1},"source":[]})";
  EXPECT_TRUE(PriceTable::Load(row + "\n", ""));
  auto twice = PriceTable::Load(row + "\n" + row + "\n", "");
  ASSERT_FALSE(twice);
  EXPECT_THAT(twice.error().message, testing::HasSubstr("x/m@always"));
  auto dangling =
      PriceTable::Load(row + "\n", R"({"provider":"x","kind":"equals","text":"a","model":"b"})");
  ASSERT_FALSE(dangling);
  EXPECT_THAT(dangling.error().message, testing::HasSubstr("points to no row"));
}

model::Span LlmSpan() {
  model::Span span;
  span.kind = model::SpanKind::kLlm;
  span.provider = "openai";
  span.response_model = "gpt-4o";
  span.start = Day("2026-08-10");
  span.usage.input_tokens = 1000;
  span.usage.cached_input_tokens = 400;
  span.usage.output_tokens = 100;
  return span;
}

TEST(PriceSpan, FillsTheCostAndItsParts) {
  Arena arena;
  model::Span span = LlmSpan();
  EXPECT_EQ(PriceSpan(Table(), span, arena), UnpricedReason::kNone);
  EXPECT_EQ(span.cost.total->ToString(), "0.003");
  EXPECT_EQ(span.cost.input->ToString(), "0.0015");
  EXPECT_EQ(span.cost.cache_read->ToString(), "0.0005");
  EXPECT_EQ(span.cost.cache_write->ToString(), "0");
  EXPECT_EQ(span.cost.output->ToString(), "0.001");
  EXPECT_EQ(span.cost.price_id, "openai/gpt-4o@always");
}

TEST(PriceSpan, BilledCountsArePricedWhereTheyAreGiven) {
  Arena arena;
  model::Span span = LlmSpan();
  span.usage.input_tokens = 30'000;
  span.usage.billed_input_tokens = 1000;
  span.usage.billed_output_tokens = 200;
  EXPECT_EQ(PriceSpan(Table(), span, arena), UnpricedReason::kNone);
  EXPECT_EQ(span.cost.input->ToString(), "0.0025");
  EXPECT_EQ(span.cost.cache_read->ToString(), "0");
  EXPECT_EQ(span.cost.output->ToString(), "0.002");
  span.usage.billed_output_tokens = 0;
  PriceSpan(Table(), span, arena);
  EXPECT_EQ(span.cost.output->ToString(), "0");
}

TEST(PriceSpan, ACallOfSeveralPassesIsPricedByTheLargestOfThem) {
  Arena arena;
  model::Span span = LlmSpan();
  span.provider = "anthropic";
  span.request_model = span.response_model = "claude-sonnet-4-5";
  span.usage = {};
  span.usage.input_tokens = 23'000;
  span.usage.output_tokens = 1000;
  span.usage.billed_input_tokens = 203'000;
  span.usage.billed_output_tokens = 4500;
  span.usage.largest_pass_tokens = 180'000;
  span.usage.smallest_pass_tokens = 23'000;
  EXPECT_EQ(PriceSpan(Table(), span, arena), UnpricedReason::kNone);
  EXPECT_EQ(span.cost.price_id, "anthropic/claude-sonnet-4-5@always");
  EXPECT_EQ(span.cost.total->ToString(), "0.6765");  // 203,000 at 3, 4500 at 15.
  // Two passes on two sides of the threshold cost different rates, which the sums do not tell.
  span.usage.billed_input_tokens = 273'000;
  span.usage.largest_pass_tokens = 250'000;
  EXPECT_EQ(PriceSpan(Table(), span, arena), UnpricedReason::kNoRateForUsage);
  EXPECT_FALSE(span.cost.total);
  span.usage.smallest_pass_tokens = 210'000;
  EXPECT_EQ(PriceSpan(Table(), span, arena), UnpricedReason::kNone);
  EXPECT_EQ(span.cost.price_id, "anthropic/claude-sonnet-4-5@always>200000");
}

TEST(PriceSpan, ABilledCacheIsPricedAsACache) {
  Arena arena;
  model::Span span = LlmSpan();
  span.provider = "anthropic";
  span.request_model = span.response_model = "claude-sonnet-4-5";
  span.usage = {};
  span.usage.input_tokens = 1000;
  span.usage.output_tokens = 0;
  span.usage.billed_input_tokens = 120'000;
  span.usage.billed_cached_input_tokens = 100'000;
  span.usage.billed_cache_write_tokens = 9000;
  span.usage.billed_cache_write_1h_tokens = 4000;
  EXPECT_EQ(PriceSpan(Table(), span, arena), UnpricedReason::kNone);
  EXPECT_EQ(span.cost.input->ToString(), "0.033");          // 11,000 at 3.
  EXPECT_EQ(span.cost.cache_read->ToString(), "0.03");      // 100,000 at 0.3.
  EXPECT_EQ(span.cost.cache_write->ToString(), "0.04275");  // 5000 at 3.75, 4000 at 6.
}

TEST(PriceSpan, TheModelThatTheCallerNamesIsPriced) {
  Arena arena;
  model::Span span = LlmSpan();
  span.request_model = span.response_model = "our-own-name";
  span.deployment_id = "gpt-4";
  EXPECT_EQ(PriceSpan(Table(), span, arena), UnpricedReason::kUnknownModel);
  span.price_model = "gpt-4o";
  EXPECT_EQ(PriceSpan(Table(), span, arena), UnpricedReason::kNone);
  EXPECT_EQ(span.cost.price_id, "openai/gpt-4o@always");
  EXPECT_EQ(span.response_model, "our-own-name");
}

TEST(PriceSpan, CachedSoundHasItsOwnRate) {
  Arena arena;
  model::Span span = LlmSpan();
  span.request_model = span.response_model = "gpt-realtime-mini-2025-12-15";
  span.usage.cached_audio_tokens = 300;
  span.usage.audio_input_tokens = 500;
  EXPECT_EQ(PriceSpan(Table(), span, arena), UnpricedReason::kNone);
  // 400 of text at 0.6, 200 of sound at 10; from the cache 100 of text at 0.06, 300 of sound at
  // 0.3.
  EXPECT_EQ(span.cost.input->ToString(), "0.00224");
  EXPECT_EQ(span.cost.cache_read->ToString(), "0.000096");
}

TEST(PriceSpan, PiecesArePricedWhereTheyAreCounted) {
  struct Case {
    const char *provider, *model;
    model::SpanKind kind;
    model::Count model::Usage::* field;
    uint64_t count;
    const char* total;
  };
  constexpr Case kCases[] = {
      {"openai", "whisper-1", model::SpanKind::kLlm, &model::Usage::input_seconds, 60, "0.006"},
      {"openai", "tts-1-hd", model::SpanKind::kLlm, &model::Usage::input_characters, 1000, "0.03"},
      {"openai", "dall-e-3", model::SpanKind::kLlm, &model::Usage::output_images, 2, "0.08"},
      {"mistral_ai", "mistral-ocr-latest", model::SpanKind::kLlm, &model::Usage::pages, 3, "0.012"},
      {"cohere", "rerank-v3.5", model::SpanKind::kRerank, &model::Usage::search_units, 2, "0.004"},
  };
  for (const Case& sample : kCases) {
    Arena arena;
    model::Span span;
    span.kind = sample.kind;
    span.provider = sample.provider;
    span.request_model = sample.model;
    EXPECT_EQ(PriceSpan(Table(), span, arena), sample.kind == model::SpanKind::kRerank
                                                   ? UnpricedReason::kNone
                                                   : UnpricedReason::kNotCounted)
        << sample.model;
    span.usage.*sample.field = sample.count;
    EXPECT_EQ(PriceSpan(Table(), span, arena), UnpricedReason::kNone) << sample.model;
    EXPECT_EQ(span.cost.total->ToString(), sample.total) << sample.model;
  }
}

TEST(PriceSpan, HalfACountHasNoPrice) {
  Arena arena;
  model::Span span = LlmSpan();
  span.usage.output_tokens.reset();
  span.cost.reported = Money{5};
  EXPECT_EQ(PriceSpan(Table(), span, arena), UnpricedReason::kNoUsage);
  EXPECT_FALSE(span.cost.total);
  EXPECT_FALSE(span.cost.input);
  EXPECT_EQ(span.cost.reported, Money{5});
  span.status = model::SpanStatus::kError;  // Billed for what it read.
  EXPECT_EQ(PriceSpan(Table(), span, arena), UnpricedReason::kNone);
}

TEST(PriceSpan, ACacheHitCostsNothingAndSaysWhatItSaved) {
  Arena arena;
  model::Span span = LlmSpan();
  span.cache_status = model::CacheStatus::kHit;
  EXPECT_EQ(PriceSpan(Table(), span, arena), UnpricedReason::kNone);
  EXPECT_EQ(span.cost.total, Money{});
  EXPECT_EQ(span.cost.saved->ToString(), "0.003");
}

TEST(PriceSpan, OnlyModelCallsArePriced) {
  Arena arena;
  model::Span span = LlmSpan();
  span.kind = model::SpanKind::kAgent;
  EXPECT_EQ(PriceSpan(Table(), span, arena), UnpricedReason::kNone);
  EXPECT_FALSE(span.cost.total);
}

}  // namespace
}  // namespace vitrine::pipeline
