// Parsing message arrays of about 4 KB into nodes, beside simdjson's DOM (which copies all
// strings).
#include <benchmark/benchmark.h>
#include <simdjson.h>

#include <random>
#include <string>
#include <vector>

#include "syntax/json/json_document.h"
#include "syntax/json/json_writer.h"

namespace vitrine::syntax {
namespace {

/// A conversation of about `size` bytes as senders put it into an attribute, line breaks and quotes
/// included.
std::string Messages(size_t size, uint64_t seed) {
  static constexpr std::string_view kWords[] = {
      "the",      "model", "answers", "a question", "about",   "shipping,", "\n",     "with",
      "\"care\"", "and",   "tools.",  "returns",    "invoice", "2024",      "please", "summarise"};
  std::mt19937_64 random(seed);
  std::string out;
  JsonWriter writer(out);
  writer.BeginArray();
  for (int i = 0; out.size() < size; ++i) {
    std::string text;
    for (uint64_t words = 30 + random() % 90; words > 0; --words) {
      text.append(kWords[random() % std::size(kWords)]).append(" ");
    }
    writer.BeginObject()
        .Member("role", i % 2 == 0 ? "user" : "assistant")
        .Key("parts")
        .BeginArray();
    writer.BeginObject().Member("type", "text").Member("content", text).EndObject();
    writer.EndArray().EndObject();
  }
  writer.EndArray();
  return out;
}

std::vector<std::string> Corpus() {
  std::vector<std::string> texts;
  for (uint64_t seed = 0; seed < 256; ++seed) texts.push_back(Messages(4000, seed));
  return texts;
}

void Report(benchmark::State& state, size_t bytes) {
  state.SetBytesProcessed(static_cast<int64_t>(bytes));
  state.SetItemsProcessed(state.iterations());
}

void ParseMessages(benchmark::State& state) {
  auto texts = Corpus();
  JsonDocument document;
  size_t bytes = 0, i = 0;
  for (auto _ : state) {
    Arena arena;
    const std::string& text = texts[i++ % texts.size()];
    if (document.Parse(text, arena) != JsonStatus::kOk) state.SkipWithError("refused");
    bytes += text.size();
    benchmark::DoNotOptimize(document.root().size());
  }
  Report(state, bytes);
}
BENCHMARK(ParseMessages);

void ParseMessagesSimdjson(benchmark::State& state) {
  std::vector<simdjson::padded_string> texts;
  for (const std::string& text : Corpus()) texts.emplace_back(text);
  simdjson::dom::parser parser;
  size_t bytes = 0, i = 0;
  for (auto _ : state) {
    const auto& text = texts[i++ % texts.size()];
    simdjson::dom::element element;
    if (parser.parse(text).get(element) != simdjson::SUCCESS) state.SkipWithError("refused");
    bytes += text.size();
    benchmark::DoNotOptimize(element);
  }
  Report(state, bytes);
}
BENCHMARK(ParseMessagesSimdjson);

void RefuseProse(benchmark::State& state) {
  std::string text = "The answer is plain text, as most attributes are.";
  JsonDocument document;
  Arena arena;
  for (auto _ : state) benchmark::DoNotOptimize(document.Parse(text, arena));
}
BENCHMARK(RefuseProse);

void WriteStrings(benchmark::State& state) {
  auto texts = Corpus();
  std::string out;
  size_t bytes = 0, i = 0;
  for (auto _ : state) {
    out.clear();
    const std::string& text = texts[i++ % texts.size()];
    AppendJsonString(out, text);
    bytes += text.size();
    benchmark::DoNotOptimize(out.data());
  }
  Report(state, bytes);
}
BENCHMARK(WriteStrings);

}  // namespace
}  // namespace vitrine::syntax

BENCHMARK_MAIN();
