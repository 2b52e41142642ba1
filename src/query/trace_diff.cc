#include "query/trace_diff.h"

#include <algorithm>

#include "base/beside.h"
#include "query/internal/trace_steps.h"
#include "syntax/json/json_writer.h"

namespace vitrine::query {
namespace {

struct Difference {
  const char* name;
  bool parts;  ///< A run that differs in this goes another way from there.
};

/// What differs in a pair. Another input alone is not yet another way: a date in it changes with
/// every run.
std::vector<Difference> Differences(const TraceStep& a, const TraceStep& b) {
  std::vector<Difference> all;
  if (a.key.name != b.key.name) all.push_back({a.key.kind == "tool" ? "tool" : "name", true});
  if (a.model != b.model) all.push_back({"model", false});
  const bool is_call = a.key.kind == "llm";
  if (a.input != b.input) all.push_back({is_call ? "input" : "arguments", !is_call});
  if (a.tools != b.tools) all.push_back({"tool", true});
  if (a.tools == b.tools && a.arguments != b.arguments) all.push_back({"arguments", true});
  if (a.output != b.output) all.push_back({"content", true});
  if (a.status != b.status) all.push_back({"status", true});
  if (a.finish_reason != b.finish_reason) all.push_back({"finish_reason", true});
  return all;
}

std::string PairJson(const TraceStep* a, const TraceStep* b,
                     const std::vector<Difference>& differences) {
  std::string text;
  syntax::JsonWriter json(text);
  json.BeginObject().Key("a").Raw(a ? std::string_view(a->json) : "null");
  json.Key("b").Raw(b ? std::string_view(b->json) : "null");
  json.Member("same", !b ? "only_a" : !a ? "only_b" : differences.empty() ? "same" : "changed");
  json.Key("what").BeginArray();
  for (const Difference& difference : differences) json.String(difference.name);
  json.EndArray().EndObject();
  return text;
}

std::vector<StepKey> KeysOf(const std::vector<TraceStep>& steps) {
  std::vector<StepKey> keys;
  for (const TraceStep& step : steps) keys.push_back(step.key);
  return keys;
}

}  // namespace

Result<TraceDiff> DiffTraces(clickhouse::Client& client, std::string_view project, TraceId a,
                             TraceId b) {
  auto other = RunBeside([&] { return ReadSteps(client, project, b); });
  TRY_ASSIGN(const auto left, ReadSteps(client, project, a));
  TRY_ASSIGN(const auto right, other.get());
  TraceDiff diff;
  for (const AlignedPair& pair : AlignSteps(KeysOf(left), KeysOf(right))) {
    const TraceStep* const x = pair.a ? &left[*pair.a] : nullptr;
    const TraceStep* const y = pair.b ? &right[*pair.b] : nullptr;
    const auto differences = x && y ? Differences(*x, *y) : std::vector<Difference>();
    const bool parts = !x || !y || std::ranges::any_of(differences, &Difference::parts);
    if (parts && !diff.first_divergence) diff.first_divergence = diff.steps.size();
    diff.steps.push_back(PairJson(x, y, differences));
  }
  return diff;
}

}  // namespace vitrine::query
