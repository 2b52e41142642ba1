// Encoding and decoding of span records, against memcpy of the same bytes.
#include <benchmark/benchmark.h>

#include <cstring>

#include "storage/records/span_record.h"
#include "support/spans/random_spans.h"

namespace vitrine::records {
namespace {

constexpr size_t kSpanCount = 512;

model::SpanBatch MakeBatch(benchmark::State& state) {
  platform::SeededRandom random(1);
  return test_spans::ChatBatch(random, kSpanCount, static_cast<size_t>(state.range(0)));
}

void Report(benchmark::State& state, size_t size) {
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(size));
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kSpanCount));
}

void BM_Encode(benchmark::State& state) {
  model::SpanBatch batch = MakeBatch(state);
  size_t size = 0;
  for (auto _ : state) {
    std::string payload = EncodeSpanBatch(batch);
    size = payload.size();
    benchmark::DoNotOptimize(payload.data());
  }
  Report(state, size);
}
BENCHMARK(BM_Encode)->Arg(1000)->Arg(4000)->Arg(16000);

void BM_Decode(benchmark::State& state) {
  std::string payload = EncodeSpanBatch(MakeBatch(state));
  for (auto _ : state) {
    auto batch = DecodeSpanBatch(payload);
    benchmark::DoNotOptimize(batch->spans.data());
  }
  Report(state, payload.size());
}
BENCHMARK(BM_Decode)->Arg(1000)->Arg(4000)->Arg(16000);

void BM_Memcpy(benchmark::State& state) {
  std::string payload = EncodeSpanBatch(MakeBatch(state));
  for (auto _ : state) {
    std::string copy(payload);
    benchmark::DoNotOptimize(copy.data());
  }
  Report(state, payload.size());
}
BENCHMARK(BM_Memcpy)->Arg(4000);

}  // namespace
}  // namespace vitrine::records

BENCHMARK_MAIN();
