#include "settle/counting.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>
#include <unordered_map>

namespace vitrine::settle {

namespace {

constexpr uint32_t kNone = UINT32_MAX;
// Instrumentations wrap one another a few levels deep; beyond this a span above is not the same
// call.
constexpr uint32_t kNestingMax = 64;
// Servers with a constant response id make every call a candidate; the latest this many are
// compared.
constexpr size_t kSameResponseMax = 256;

/// Parents as indexes, and depth below the trace's root.
struct Tree {
  std::vector<uint32_t> parent;
  std::vector<uint32_t> depth;
};

Tree BuildTree(std::span<const SpanFacts> spans) {
  std::unordered_map<SpanId, uint32_t> index;
  index.reserve(spans.size());
  for (uint32_t i = 0; i < spans.size(); ++i) index.emplace(spans[i].id, i);
  Tree tree{std::vector<uint32_t>(spans.size(), kNone), std::vector<uint32_t>(spans.size(), kNone)};
  for (uint32_t i = 0; i < spans.size(); ++i) {
    auto found = index.find(spans[i].parent);
    if (spans[i].parent && found != index.end() && found->second != i)
      tree.parent[i] = found->second;
  }
  std::vector<uint32_t> path;
  for (uint32_t i = 0; i < spans.size(); ++i) {
    path.clear();
    uint32_t at = i;
    // A walk longer than the trace is a cycle of parents; it is cut where it is noticed.
    while (at != kNone && tree.depth[at] == kNone && path.size() <= spans.size()) {
      path.push_back(at);
      at = tree.parent[at];
    }
    if (path.size() > spans.size()) {
      tree.parent[i] = kNone;
      at = kNone;
      path.assign(1, i);
    }
    uint32_t depth = at == kNone ? 0 : tree.depth[at] + 1;
    for (size_t k = path.size(); k-- > 0;) tree.depth[path[k]] = depth++;
  }
  return tree;
}

bool IsAncestor(const Tree& tree, uint32_t ancestor, uint32_t of) {
  if (tree.depth[of] - tree.depth[ancestor] > kNestingMax) return false;
  while (of != kNone && tree.depth[of] > tree.depth[ancestor]) of = tree.parent[of];
  return of == ancestor;
}

bool Agree(const model::Count& a, const model::Count& b) { return !a || !b || *a == *b; }

bool ModelsAgree(const SpanFacts& a, const SpanFacts& b) {
  if (a.model_hash == 0 || b.model_hash == 0) return true;
  return a.model_hash == b.model_hash || a.request_model_hash == b.request_model_hash;
}

bool Overlap(const SpanFacts& a, const SpanFacts& b) {
  return a.start <= std::max(b.start, b.end) && b.start <= std::max(a.start, a.end);
}

/// Kind, model, tokens and time let both be reports of one call.
bool MayBeOneCall(const SpanFacts& a, const SpanFacts& b) {
  return a.kind == b.kind && ModelsAgree(a, b) && Overlap(a, b) &&
         Agree(a.input_tokens, b.input_tokens) && Agree(a.output_tokens, b.output_tokens);
}

/// Two spans of a trace that report one paid call.
bool SameCall(const Tree& tree, std::span<const SpanFacts> spans, uint32_t a, uint32_t b) {
  const SpanFacts& first = spans[a];
  const SpanFacts& second = spans[b];
  if (!MayBeOneCall(first, second)) return false;
  bool nested = IsAncestor(tree, a, b) || IsAncestor(tree, b, a);
  bool ids_equal = first.response_hash != 0 && first.response_hash == second.response_hash;
  if (ids_equal) {
    return nested || first.capture != second.capture || first.scope_hash != second.scope_hash;
  }
  // Without an id on one side only nesting shows that both mean the same call.
  bool id_missing = first.response_hash == 0 || second.response_hash == 0;
  return nested && id_missing && first.scope_hash != second.scope_hash;
}

/// A span that names no usage and no response stands around calls of its own scope: AI SDK 7 wraps
/// each embedding in a second span of the same name and operation.
bool IsWrapper(const Tree& tree, std::span<const SpanFacts> spans, uint32_t outer, uint32_t call) {
  const SpanFacts& around = spans[outer];
  return !around.has_usage() && around.response_hash == 0 && IsAncestor(tree, outer, call) &&
         around.scope_hash == spans[call].scope_hash && MayBeOneCall(around, spans[call]);
}

/// The gateway's span of the agent's call that a step of it is in, and whoever made that call.
struct AgentCall {
  uint32_t call = kNone, caller = kNone;
};

AgentCall AgentCallOf(const Tree& tree, std::span<const SpanFacts> spans, uint32_t step) {
  AgentCall found;
  if (spans[step].capture != model::Capture::kGateway) return found;
  uint32_t at = tree.parent[step];
  for (uint32_t level = 0; at != kNone && level < kNestingMax; ++level, at = tree.parent[at]) {
    const SpanFacts& span = spans[at];
    if (span.capture != model::Capture::kGateway || span.kind != model::SpanKind::kAgent) break;
    found = {at, tree.parent[at]};
  }
  return found;
}

/// Two readings of what an agent told of one model call: the gateway's, and one beside it. Clocks
/// differ, so the time is that of the agent's call.
bool SameStep(std::span<const SpanFacts> spans, const AgentCall& agent, uint32_t step,
              uint32_t other) {
  const SpanFacts& first = spans[step];
  const SpanFacts& second = spans[other];
  return first.response_hash == 0 && first.kind == second.kind && ModelsAgree(first, second) &&
         first.input_tokens == second.input_tokens && first.output_tokens == second.output_tokens &&
         Overlap(spans[agent.call], second);
}

/// Greater wins: the gateway, then a span that has usage, then the innermost, then the larger id.
bool Wins(const Tree& tree, std::span<const SpanFacts> spans, uint32_t a, uint32_t b) {
  auto rank = [&](uint32_t i) {
    return std::tuple(spans[i].capture == model::Capture::kGateway, spans[i].has_usage(),
                      tree.depth[i], spans[i].id);
  };
  return rank(a) > rank(b);
}

/// The layer that reports: a call has at most one span in each.
struct Layer {
  model::Capture capture;
  uint64_t scope;
  bool operator==(const Layer&) const = default;
};

/// Takes model calls in order of rank and either joins each to the call it repeats, or counts it.
class CallMatcher {
 public:
  CallMatcher(const Tree& tree, std::span<const SpanFacts> spans, std::vector<bool>& counted)
      : tree_(tree), spans_(spans), counted_(counted) {}

  void Take(uint32_t call) {
    if (!JoinByResponse(call) && !JoinBelow(call) && !JoinAbove(call) && !JoinBeside(call))
      Count(call);
  }

 private:
  bool TryJoin(uint32_t winner, uint32_t call) {
    if (IsWrapper(tree_, spans_, call, winner)) return true;
    return SameCall(tree_, spans_, winner, call) && TakeLayer(winner, call);
  }

  /// False where the winner has a span of that layer.
  bool TakeLayer(uint32_t winner, uint32_t call) {
    Layer layer{spans_[call].capture, spans_[call].scope_hash};
    auto& layers = layers_of_[winner];
    if (std::find(layers.begin(), layers.end(), layer) != layers.end()) return false;
    layers.push_back(layer);
    return true;
  }

  bool JoinByResponse(uint32_t call) {
    if (spans_[call].response_hash == 0) return false;
    const auto& winners = by_response_[spans_[call].response_hash];
    size_t compared = std::min(winners.size(), kSameResponseMax);
    return std::any_of(winners.end() - static_cast<ptrdiff_t>(compared), winners.end(),
                       [&](uint32_t winner) { return TryJoin(winner, call); });
  }

  /// Winners are mostly the innermost, so each is registered at the model calls above it.
  bool JoinBelow(uint32_t call) {
    auto below = winners_below_.find(call);
    if (below == winners_below_.end()) return false;
    return std::any_of(below->second.begin(), below->second.end(),
                       [&](uint32_t winner) { return TryJoin(winner, call); });
  }

  bool JoinAbove(uint32_t call) {
    uint32_t at = tree_.parent[call];
    for (uint32_t level = 0; at != kNone && level < kNestingMax; ++level, at = tree_.parent[at]) {
      if (layers_of_.contains(at) && TryJoin(at, call)) return true;
    }
    return false;
  }

  /// A library that reads an agent's events makes spans of its own of them, which stand beside the
  /// gateway's: only whoever made the agent's call is above both.
  bool JoinBeside(uint32_t call) {
    const SpanFacts& facts = spans_[call];
    const bool may_be = facts.capture != model::Capture::kGateway && facts.input_tokens &&
                        facts.output_tokens && !steps_.empty();
    if (!may_be) return false;
    uint32_t at = tree_.parent[call];
    for (uint32_t level = 0; at != kNone && level < kNestingMax; ++level, at = tree_.parent[at]) {
      const auto beside = steps_.find({at, *facts.input_tokens, *facts.output_tokens});
      if (beside == steps_.end()) continue;
      const auto same = [&](uint32_t step) {
        return SameStep(spans_, AgentCallOf(tree_, spans_, step), step, call) &&
               TakeLayer(step, call);
      };
      if (std::ranges::any_of(beside->second, same)) return true;
    }
    return false;
  }

  void Count(uint32_t call) {
    counted_[call] = true;
    const SpanFacts& facts = spans_[call];
    const uint32_t caller = AgentCallOf(tree_, spans_, call).caller;
    if (caller != kNone && facts.input_tokens && facts.output_tokens)
      steps_[{caller, *facts.input_tokens, *facts.output_tokens}].push_back(call);
    layers_of_[call].push_back({spans_[call].capture, spans_[call].scope_hash});
    if (spans_[call].response_hash != 0) by_response_[spans_[call].response_hash].push_back(call);
    uint32_t at = tree_.parent[call];
    for (uint32_t level = 0; at != kNone && level < kNestingMax; ++level, at = tree_.parent[at]) {
      if (model::IsModelCall(spans_[at].kind)) winners_below_[at].push_back(call);
    }
  }

  const Tree& tree_;
  std::span<const SpanFacts> spans_;
  std::vector<bool>& counted_;
  std::unordered_map<uint64_t, std::vector<uint32_t>> by_response_;
  std::unordered_map<uint32_t, std::vector<Layer>> layers_of_;  ///< Of each counted call.
  std::unordered_map<uint32_t, std::vector<uint32_t>> winners_below_;
  /// Counted steps of agents, by whoever made the agent's call, and tokens.
  std::map<std::tuple<uint32_t, uint64_t, uint64_t>, std::vector<uint32_t>> steps_;
};

void CountModelCalls(const Tree& tree, std::span<const SpanFacts> spans,
                     std::vector<bool>& counted) {
  std::vector<uint32_t> calls;
  for (uint32_t i = 0; i < spans.size(); ++i) {
    bool is_call = model::IsModelCall(spans[i].kind) && !spans[i].usage_is_aggregate;
    if (is_call && !spans[i].is_fragment) calls.push_back(i);
  }
  std::sort(calls.begin(), calls.end(),
            [&](uint32_t a, uint32_t b) { return Wins(tree, spans, a, b); });
  CallMatcher matcher(tree, spans, counted);
  for (uint32_t call : calls) matcher.Take(call);
}

/// An agent or step that carries usage counts only where nothing below it does.
void CountAggregates(const Tree& tree, std::span<const SpanFacts> spans,
                     std::vector<bool>& counted) {
  std::vector<uint32_t> order(spans.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return tree.depth[a] > tree.depth[b]; });
  std::vector<bool> usage_below(spans.size(), false);
  for (uint32_t i : order) {
    bool is_call = model::IsModelCall(spans[i].kind) && !spans[i].usage_is_aggregate;
    bool reports = spans[i].has_usage() && !spans[i].is_fragment;
    if (!is_call && reports && !usage_below[i]) counted[i] = true;
    uint32_t parent = tree.parent[i];
    if (parent != kNone && (usage_below[i] || reports)) usage_below[parent] = true;
  }
}

}  // namespace

std::vector<bool> CountTrace(std::span<const SpanFacts> spans) {
  std::vector<bool> counted(spans.size(), false);
  if (spans.size() == 1) {
    const SpanFacts& only = spans[0];
    counted[0] = !only.is_fragment && (model::IsModelCall(only.kind) || only.has_usage());
    return counted;
  }
  Tree tree = BuildTree(spans);
  CountModelCalls(tree, spans, counted);
  CountAggregates(tree, spans, counted);
  return counted;
}

std::vector<size_t> MatchAcrossTraces(std::span<const CallReport> reports) {
  std::vector<size_t> order(reports.size());
  std::iota(order.begin(), order.end(), 0);
  // Depth says nothing between traces; a span that knows its user is worth more to who asks.
  auto rank = [&](size_t i) {
    const SpanFacts& facts = reports[i].facts;
    return std::tuple(facts.capture == model::Capture::kGateway, facts.has_usage(),
                      reports[i].has_owner, facts.id, reports[i].trace);
  };
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return rank(a) > rank(b); });
  std::vector<size_t> stands_for_it(reports.size());
  std::vector<std::vector<size_t>> calls;  // The winner first, then its repetitions.
  for (size_t i : order) {
    const CallReport& report = reports[i];
    auto repeats = [&](const std::vector<size_t>& call) {
      return MayBeOneCall(reports[call[0]].facts, report.facts) &&
             std::none_of(call.begin(), call.end(), [&](size_t other) {
               const CallReport& known = reports[other];
               return known.trace == report.trace ||
                      (known.facts.capture == report.facts.capture &&
                       known.facts.scope_hash == report.facts.scope_hash);
             });
    };
    auto found = std::find_if(calls.begin(), calls.end(), repeats);
    std::vector<size_t>& call = found == calls.end() ? calls.emplace_back() : *found;
    call.push_back(i);
    stands_for_it[i] = call.front();
  }
  return stands_for_it;
}

}  // namespace vitrine::settle
