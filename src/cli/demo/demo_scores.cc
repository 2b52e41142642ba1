#include "cli/demo/demo_scores.h"

#include <algorithm>
#include <cstring>

#include "base/time.h"
#include "cli/demo/demo_random.h"
#include "syntax/json/json_writer.h"

namespace vitrine::cli {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

uint64_t SeedOf(const TraceId& id) {
  uint64_t seed = 0;
  const auto bytes = id.AsBytes();
  std::memcpy(&seed, bytes.data(), sizeof seed);
  return seed;
}

/// One score, begun: the caller writes its value and closes the object.
void Begin(syntax::JsonWriter& json, const DemoTrace& trace, std::string_view name,
           std::string_view source, int64_t time_ns) {
  json.BeginObject()
      .Member("score_id", "demo-" + trace.id().ToHex() + "-" + std::string(name))
      .Member("trace_id", trace.id().ToHex())
      .Member("name", name)
      .Member("source", source)
      .Member("time", FormatRfc3339(Nanos{time_ns}));
}

}  // namespace

std::vector<std::string> ScoresOf(const DemoTrace& trace) {
  int64_t end = 0;
  bool has_failed = false;
  for (const DemoSpan& span : trace.spans()) {
    end = std::max(end, span.end_ns);
    has_failed = has_failed || span.status == 2;
  }
  DemoRandom random(SeedOf(trace.id()));
  std::vector<std::string> scores;
  if (random.Chance(40)) {
    // The new release's longer prompt made answers no better.
    const double middle = (trace.release() == "v48" ? 0.71 : 0.82) - (has_failed ? 0.2 : 0);
    const double value = std::clamp(middle + (random.Unit() - 0.5) * 0.4, 0.0, 1.0);
    syntax::JsonWriter json(scores.emplace_back());
    Begin(json, trace, "faithfulness", "judge", end + 2 * kSecond);
    json.Member("value", static_cast<double>(static_cast<int>(value * 1000)) / 1000).EndObject();
  }
  if (random.Chance(15)) {
    const bool helpful = random.Chance(has_failed ? 30 : 85);
    syntax::JsonWriter json(scores.emplace_back());
    Begin(json, trace, "helpful", "user", end + random.Between(5, 90) * kSecond);
    json.Member("value", helpful);
    if (!helpful) json.Member("comment", "That is not what I asked.");
    json.EndObject();
  }
  if (random.Chance(10)) {
    constexpr std::string_view kLabels[] = {"solved", "solved", "solved", "partly", "unsolved"};
    syntax::JsonWriter json(scores.emplace_back());
    Begin(json, trace, "resolution", "human", end + random.Between(60, 600) * kSecond);
    json.Member("label", random.Pick(kLabels)).Member("author", "quality team").EndObject();
  }
  return scores;
}

}  // namespace vitrine::cli
