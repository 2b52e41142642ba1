// Decoding export requests of 512 spans to columns, beside libprotobuf on an arena and on the heap,
// in one run. The last lines are the ratios; see docs/benchmarks/otlp_decode.md.
#include <benchmark/benchmark.h>
#include <google/protobuf/arena.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "codecs/otlp/otlp_decode.h"
#include "codecs/otlp/otlp_encode.h"
#include "otlp_oracle.pb.h"

namespace vitrine::codecs {
namespace {

namespace oracle = vitrine::otlp_oracle;
using Request = oracle::ExportTraceServiceRequest;

constexpr int kSpansPerRequest = 512;
// 16 requests of 2 MB are more than any cache near the core: as requests come, each is cold.
constexpr int kRequests = 16;

/// Chat text as it stands in an attribute: a JSON array of messages.
std::string ChatText(std::mt19937_64& random, size_t size, bool ascii) {
  static constexpr std::string_view kWords[] = {
      "the",   "customer", "asks",  "for a",    "refund", "of order",
      "since", "it came",  "late;", "please",   "check",  "the policy",
      "and",   "answer",   "in a",  "friendly", "tone",   "thanks."};
  std::string text = R"([{"role":"user","content":")";
  while (text.size() + 3 < size) {
    text.append(kWords[random() % std::size(kWords)]).append(random() % 12 == 0 ? "\\n" : " ");
    if (!ascii && random() % 8 == 0) text.append("größer 日本 ");
  }
  return text + "\"}]";
}

void AddText(oracle::Span& span, const char* key, std::string text) {
  auto* attribute = span.add_attributes();
  attribute->set_key(key);
  attribute->mutable_value()->set_string_value(std::move(text));
}

void AddInt(oracle::Span& span, const char* key, uint64_t number) {
  auto* attribute = span.add_attributes();
  attribute->set_key(key);
  attribute->mutable_value()->set_int_value(static_cast<int64_t>(number));
}

enum class Kind { kPlain, kLlm, kLlmUnicode };

void FillSpan(oracle::Span& span, std::mt19937_64& random, Kind kind) {
  std::string id(16, '\0');
  for (char& c : id) c = static_cast<char>(random());
  span.set_trace_id(id);
  span.set_span_id(id.substr(0, 8));
  span.set_parent_span_id(id.substr(8));
  span.set_name(kind == Kind::kPlain ? "GET /v1/items" : "chat gpt-4o");
  span.set_kind(oracle::SPAN_KIND_CLIENT);
  uint64_t start = 1'735'689'600'000'000'000 + random() % 1'000'000'000'000;
  span.set_start_time_unix_nano(start);
  span.set_end_time_unix_nano(start + random() % 5'000'000'000);
  span.mutable_status()->set_code(oracle::STATUS_CODE_OK);
  AddText(span, "gen_ai.system", "openai");
  AddText(span, "gen_ai.request.model", "gpt-4o");
  AddText(span, "gen_ai.operation.name", "chat");
  AddInt(span, "gen_ai.usage.input_tokens", random() % 4000);
  AddInt(span, "gen_ai.usage.output_tokens", random() % 900);
  AddText(span, "session.id", std::to_string(random()));
  AddText(span, "user.id", "u" + std::to_string(random() % 5000));
  AddInt(span, "http.response.status_code", 200);
  AddText(span, "server.address", "api.openai.com");
  auto* temperature = span.add_attributes();
  temperature->set_key("gen_ai.request.temperature");
  temperature->mutable_value()->set_double_value(0.7);
  if (kind == Kind::kPlain) return;
  bool ascii = kind == Kind::kLlm;
  AddText(span, "gen_ai.input.messages", ChatText(random, 1500 + random() % 1700, ascii));
  AddText(span, "gen_ai.output.messages", ChatText(random, 700 + random() % 900, ascii));
}

std::vector<std::string> MakeBodies(Kind kind) {
  std::mt19937_64 random(5);
  std::vector<std::string> bodies;
  for (int i = 0; i < kRequests; ++i) {
    Request request;
    auto* resource = request.add_resource_spans();
    for (auto [key, text] :
         {std::pair("service.name", "chat-api"), std::pair("telemetry.sdk.language", "cpp"),
          std::pair("host.name", "node-17")}) {
      auto* attribute = resource->mutable_resource()->add_attributes();
      attribute->set_key(key);
      attribute->mutable_value()->set_string_value(text);
    }
    auto* scope = resource->add_scope_spans();
    scope->mutable_scope()->set_name("gen_ai.openai");
    for (int span = 0; span < kSpansPerRequest; ++span) FillSpan(*scope->add_spans(), random, kind);
    bodies.push_back(request.SerializeAsString());
  }
  return bodies;
}

const std::vector<std::string>& Bodies(Kind kind) {
  static std::map<Kind, std::vector<std::string>> bodies;
  auto& entry = bodies[kind];
  if (entry.empty()) entry = MakeBodies(kind);
  return entry;
}

void Report(benchmark::State& state, size_t bytes) {
  state.SetBytesProcessed(static_cast<int64_t>(bytes));
  state.SetItemsProcessed(state.iterations() * kSpansPerRequest);
}

void Ours(benchmark::State& state, Kind kind) {
  const auto& bodies = Bodies(kind);
  OtlpTraces traces;
  size_t bytes = 0, i = 0;
  for (auto _ : state) {
    const std::string& body = bodies[i++ % bodies.size()];
    auto result = DecodeTracesProtobuf(body, traces);
    if (!result || traces.spans.size() != kSpansPerRequest) state.SkipWithError("refused");
    bytes += body.size();
  }
  Report(state, bytes);
}

void Arena(benchmark::State& state, Kind kind) {
  const auto& bodies = Bodies(kind);
  // One block, given once and used again: the best case of an arena.
  std::vector<char> block(64 << 20);
  size_t bytes = 0, i = 0;
  for (auto _ : state) {
    const std::string& body = bodies[i++ % bodies.size()];
    google::protobuf::ArenaOptions options;
    options.initial_block = block.data();
    options.initial_block_size = block.size();
    google::protobuf::Arena arena(options);
    auto* request = google::protobuf::Arena::CreateMessage<Request>(&arena);
    if (!request->ParseFromString(body)) state.SkipWithError("refused");
    benchmark::DoNotOptimize(request->resource_spans_size());
    bytes += body.size();
  }
  Report(state, bytes);
}

void Heap(benchmark::State& state, Kind kind) {
  const auto& bodies = Bodies(kind);
  size_t bytes = 0, i = 0;
  for (auto _ : state) {
    const std::string& body = bodies[i++ % bodies.size()];
    Request request;
    if (!request.ParseFromString(body)) state.SkipWithError("refused");
    benchmark::DoNotOptimize(request.resource_spans_size());
    bytes += body.size();
  }
  Report(state, bytes);
}

void OursJson(benchmark::State& state, Kind kind) {
  std::vector<std::string> bodies;
  OtlpTraces traces;
  for (const std::string& body : Bodies(kind)) {
    if (DecodeTracesProtobuf(body, traces)) bodies.push_back(EncodeTracesJson(traces));
  }
  size_t bytes = 0, i = 0;
  for (auto _ : state) {
    const std::string& body = bodies[i++ % bodies.size()];
    auto result = DecodeTracesJson(body, traces);
    if (!result || traces.spans.size() != kSpansPerRequest) state.SkipWithError("refused");
    bytes += body.size();
  }
  Report(state, bytes);
}

void Encode(benchmark::State& state, Kind kind) {
  OtlpTraces traces;
  const std::string& body = Bodies(kind).front();
  if (!DecodeTracesProtobuf(body, traces)) state.SkipWithError("refused");
  size_t bytes = 0;
  for (auto _ : state) bytes += EncodeTracesProtobuf(traces).size();
  Report(state, bytes);
}

/// Prints the table as usual and keeps the rates of each benchmark for the ratios of their medians.
class RatioReporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      if (run.run_type != Run::RT_Iteration) continue;
      rates_[run.run_name.function_name].push_back(run.counters.at("items_per_second").value);
    }
  }
  void PrintRatios() const {
    for (const char* kind : {"llm", "llm_unicode", "plain"}) {
      std::string name(kind);
      auto rate = [&](const char* what) {
        auto found = rates_.find(std::string(what) + "/" + name);
        if (found == rates_.end()) return 0.0;
        std::vector<double> sorted = found->second;
        std::sort(sorted.begin(), sorted.end());
        return sorted[sorted.size() / 2];
      };
      double ours = rate("ours");
      if (ours == 0 || rate("arena") == 0 || rate("heap") == 0) continue;
      std::printf("%-12s %9.0f spans/s, %.2fx libprotobuf arena, %.2fx heap\n", kind, ours,
                  ours / rate("arena"), ours / rate("heap"));
    }
  }

 private:
  std::map<std::string, std::vector<double>> rates_;
};

}  // namespace
}  // namespace vitrine::codecs

int main(int argc, char** argv) {
  using namespace vitrine::codecs;
  for (auto [name, kind] :
       {std::pair("llm", Kind::kLlm), std::pair("llm_unicode", Kind::kLlmUnicode),
        std::pair("plain", Kind::kPlain)}) {
    auto add = [&](const char* what, void (*function)(benchmark::State&, Kind)) {
      benchmark::RegisterBenchmark((std::string(what) + "/" + name).c_str(), function, kind);
    };
    add("ours", Ours);
    add("arena", Arena);
    add("heap", Heap);
    add("json", OursJson);
    add("encode", Encode);
  }
  benchmark::Initialize(&argc, argv);
  RatioReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  reporter.PrintRatios();
  return 0;
}
