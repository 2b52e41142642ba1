// What pricing costs a span: with the names remembered, looked up anew, and loading the table.
#include <benchmark/benchmark.h>

#include "pipeline/price_table.h"

namespace vitrine::pipeline {
namespace {

model::PriceQuery Query() {
  model::PriceQuery query;
  query.provider = "azure.ai.openai";
  query.request_model = "team-blue";
  query.response_model = "gpt-4o-2024-11-20";
  query.service_tier = "default";
  query.start = {1'780'000'000'000'000'000};
  query.tokens.input = 1200;
  query.tokens.cache_read = 800;
  query.tokens.output = 300;
  return query;
}

void BM_PriceCall(benchmark::State& state) {
  static const auto table = *PriceTable::BuiltIn();
  model::PriceQuery query = Query();
  for (auto _ : state) {
    ++query.tokens.input;
    benchmark::DoNotOptimize(table->PriceCall(query));
  }
}
BENCHMARK(BM_PriceCall)->Threads(1)->Threads(2);

void BM_PriceCallNewNames(benchmark::State& state) {
  static const auto table = *PriceTable::BuiltIn();
  model::PriceQuery query = Query();
  std::string model = "unheard-of-0000000";
  uint64_t count = 0;
  for (auto _ : state) {
    std::string digits = std::to_string(++count % 10'000'000);
    model.replace(model.size() - digits.size(), digits.size(), digits);
    query.response_model = model;
    benchmark::DoNotOptimize(table->PriceCall(query));
  }
}
BENCHMARK(BM_PriceCallNewNames);

void BM_LoadTable(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(PriceTable::BuiltIn());
}
BENCHMARK(BM_LoadTable)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace vitrine::pipeline

BENCHMARK_MAIN();
