// What a streamed delta costs, with and without its JSON.
#include <benchmark/benchmark.h>

#include <string>

#include "codecs/providers/call_decoder.h"
#include "syntax/json/json_document.h"
#include "syntax/sse/sse_parser.h"

namespace {

using namespace vitrine;
using namespace vitrine::codecs::providers;

constexpr std::string_view kChatDelta =
    R"({"id":"chatcmpl-BpFBVKEsvZNtS9cnfCKrGgRXyWYCi","object":"chat.completion.chunk","created":1751545177,)"
    R"("model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_34a54ae93c",)"
    R"("choices":[{"index":0,"delta":{"content":" capital"},"logprobs":null,"finish_reason":null}],"usage":null})";
constexpr std::string_view kMessagesDelta =
    R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" capital"}})";
constexpr int kDeltas = 2000;

void Decode(benchmark::State& state, std::string_view url, std::string_view delta) {
  std::string event = "data: " + std::string(delta) + "\n\n";
  HeaderField type{"content-type", "text/event-stream"};
  for (auto _ : state) {
    Arena arena;
    CallDecoder decoder({"POST", url, {}, {}, "{}"}, arena);
    decoder.Begin({200, {&type, 1}});
    for (int i = 0; i < kDeltas; ++i) decoder.Feed(event, static_cast<uint64_t>(i));
    ModelCall call = decoder.Finish();
    benchmark::DoNotOptimize(call);
  }
  state.SetItemsProcessed(state.iterations() * kDeltas);
}

void BM_ChatDelta(benchmark::State& state) {
  Decode(state, "https://api.openai.com/v1/chat/completions", kChatDelta);
}
BENCHMARK(BM_ChatDelta);

void BM_MessagesDelta(benchmark::State& state) {
  Decode(state, "https://api.anthropic.com/v1/messages", kMessagesDelta);
}
BENCHMARK(BM_MessagesDelta);

void BM_ChatDeltaJsonAlone(benchmark::State& state) {
  syntax::JsonDocument document;
  Arena arena;
  for (auto _ : state) {
    arena.Clear();
    benchmark::DoNotOptimize(document.Parse(kChatDelta, arena));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_ChatDeltaJsonAlone);

void BM_SseAlone(benchmark::State& state) {
  std::string event = "data: " + std::string(kChatDelta) + "\n\n";
  syntax::SseParser parser(1 << 20);
  for (auto _ : state) {
    parser.Feed(event);
    for (syntax::SseEvent found; parser.Next(found);) benchmark::DoNotOptimize(found.data.data());
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_SseAlone);

}  // namespace

BENCHMARK_MAIN();
