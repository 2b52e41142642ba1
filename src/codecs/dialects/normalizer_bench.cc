// Cost of normalising one LLM span of 3.9 KB, in the vocabularies that matter most.
#include <benchmark/benchmark.h>

#include <deque>
#include <string>

#include "codecs/dialects/normalizer.h"

namespace vitrine::codecs {
namespace {

using model::Attribute;
using model::Value;

/// Spans of one vocabulary. Texts live in `strings`, whose elements never move.
struct Workload {
  std::deque<std::string> strings;
  OtlpTraces traces;

  void Begin() {
    traces.resources.emplace_back();
    OtlpScope scope;
    scope.name = "gen_ai.openai";
    traces.scopes.push_back(scope);
  }
  void Add(std::string_view key, Value value) { traces.attributes.push_back({key, value}); }
  void AddText(std::string_view key, std::string text) {
    Add(key, Value::String(strings.emplace_back(std::move(text))));
  }
  void EndSpan(uint32_t first) {
    OtlpSpan span;
    span.trace_id.bytes[0] = 1;
    span.span_id.bytes[0] = 1;
    span.name = "chat gpt-4o";
    span.start_unix_nano = 1'795'000'000'000'000'000;
    span.end_unix_nano = span.start_unix_nano + 2'000'000'000;
    span.attributes = {first, static_cast<uint32_t>(traces.attributes.size())};
    traces.spans.push_back(span);
  }
};

std::string Words(size_t bytes, const char* newline) {
  std::string text;
  while (text.size() < bytes)
    text.append("the model read the whole file and said so").append(newline);
  text.resize(bytes);
  return text;
}

constexpr uint32_t kSpans = 512;

void AddCommon(Workload& load) {
  load.Add("gen_ai.system", Value::String("openai"));
  load.Add("gen_ai.request.model", Value::String("gpt-4o"));
  load.Add("gen_ai.operation.name", Value::String("chat"));
  load.Add("gen_ai.usage.input_tokens", Value::Int(812));
  load.Add("gen_ai.usage.output_tokens", Value::Int(211));
  load.Add("session.id", Value::String("1234567890"));
  load.Add("user.id", Value::String("u17"));
  load.Add("http.response.status_code", Value::Int(200));
  load.Add("server.address", Value::String("api.openai.com"));
  load.Add("gen_ai.request.temperature", Value::Double(0.7));
}

Workload GenAi() {
  Workload load;
  load.Begin();
  for (uint32_t i = 0; i < kSpans; ++i) {
    auto first = static_cast<uint32_t>(load.traces.attributes.size());
    AddCommon(load);
    std::string input = R"([{"role":"system","parts":[{"type":"text","content":")" +
                        Words(800, " ") +
                        R"("}]},{"role":"user","parts":[{"type":"text","content":")" +
                        Words(1200, "\\n") + R"("}]}])";
    load.AddText("gen_ai.input.messages", input);
    load.AddText("gen_ai.output.messages",
                 R"([{"role":"assistant","parts":[{"type":"text","content":")" +
                     Words(1500, "\\n") + R"("}],"finish_reason":"stop"}])");
    load.EndSpan(first);
  }
  return load;
}

/// What the measuring kit sends: two halves of one body, neither of them JSON.
Workload CutBodies() {
  Workload load;
  load.Begin();
  for (uint32_t i = 0; i < kSpans; ++i) {
    auto first = static_cast<uint32_t>(load.traces.attributes.size());
    AddCommon(load);
    std::string body =
        R"({"id":"chatcmpl-1","model":"gpt-4o","messages":[{"role":"system","content":")" +
        Words(800, "\\n") + R"("},{"role":"user","content":")" + Words(1200, "\\n") +
        R"("}],"choices":[{"index":0,"message":{"role":"assistant","content":")" +
        Words(1500, "\\n") + R"("},"finish_reason":"stop"}]})";
    size_t half = body.size() * 2 / 3;
    load.AddText("gen_ai.input.messages", body.substr(0, half));
    load.AddText("gen_ai.output.messages", body.substr(half));
    load.EndSpan(first);
  }
  return load;
}

Workload Openinference() {
  Workload load;
  load.Begin();
  for (uint32_t i = 0; i < kSpans; ++i) {
    auto first = static_cast<uint32_t>(load.traces.attributes.size());
    load.Add("openinference.span.kind", Value::String("LLM"));
    load.Add("llm.model_name", Value::String("gpt-4o-2024-08-06"));
    load.Add("llm.token_count.prompt", Value::Int(812));
    load.Add("llm.token_count.completion", Value::Int(211));
    load.Add("llm.input_messages.0.message.role", Value::String("user"));
    load.AddText("llm.input_messages.0.message.content", Words(1000, "\n"));
    load.Add("llm.output_messages.0.message.role", Value::String("assistant"));
    load.AddText("llm.output_messages.0.message.content", Words(700, "\n"));
    load.AddText("input.value", R"({"model":"gpt-4o","messages":[{"role":"user","content":")" +
                                    Words(1000, "\\n") + R"("}]})");
    load.AddText(
        "output.value",
        R"({"id":"chatcmpl-1","model":"gpt-4o-2024-08-06","choices":[{"index":0,"message":{"role":"assistant","content":")" +
            Words(700, "\\n") + R"("},"finish_reason":"stop"}]})");
    load.EndSpan(first);
  }
  return load;
}

Workload Plain() {
  Workload load;
  load.Begin();
  for (uint32_t i = 0; i < kSpans; ++i) {
    auto first = static_cast<uint32_t>(load.traces.attributes.size());
    load.Add("http.request.method", Value::String("GET"));
    load.Add("http.response.status_code", Value::Int(200));
    load.Add("http.route", Value::String("/v1/items"));
    load.Add("server.address", Value::String("shop.example"));
    load.Add("url.path", Value::String("/v1/items"));
    load.Add("thread.name", Value::String("main"));
    load.EndSpan(first);
  }
  return load;
}

void Run(benchmark::State& state, const Workload& load) {
  for (auto _ : state) {
    model::SpanBatch batch;
    Normalizer::AppendTraces(load.traces, batch);
    benchmark::DoNotOptimize(batch.spans.data());
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * kSpans);
}

void BM_GenAi(benchmark::State& state) { Run(state, GenAi()); }
void BM_CutBodies(benchmark::State& state) { Run(state, CutBodies()); }
void BM_Openinference(benchmark::State& state) { Run(state, Openinference()); }
void BM_Plain(benchmark::State& state) { Run(state, Plain()); }

BENCHMARK(BM_GenAi);
BENCHMARK(BM_CutBodies);
BENCHMARK(BM_Openinference);
BENCHMARK(BM_Plain);

}  // namespace
}  // namespace vitrine::codecs

BENCHMARK_MAIN();
