#include "query/internal/cache_compare.h"

#include <algorithm>
#include <numeric>
#include <unordered_set>

#include "query/limits.h"

namespace vitrine::query {
namespace {

/// Estimates err, and providers keep whole blocks: within a tenth, and 256 tokens, it is a hit.
constexpr uint64_t kSlackTokens = 256;

/// The content of a call; the first half of a hash is enough within one session.
using Hashes = std::unordered_set<uint64_t>;

Hashes HashesOf(const CacheCall& call) {
  Hashes hashes;
  for (const CacheItem& item : call.items) hashes.insert(item.hash.Low64());
  return hashes;
}

bool IsInstruction(const CacheItem& item) {
  return item.role == "tool_definition" || item.role == "system" || item.role == "developer";
}

size_t SharedItems(const CacheCall& a, const CacheCall& b) {
  const size_t size = std::min(a.items.size(), b.items.size());
  size_t shared = 0;
  while (shared < size && a.items[shared].hash == b.items[shared].hash) ++shared;
  return shared;
}

bool IsSameModel(const CacheCall& a, const CacheCall& b) {
  return a.provider == b.provider && a.model == b.model;
}

/// The items of `earlier` that were to come again: up to the last one that did, wherever it stands
/// now, and at least the instructions, where both are calls of one name that have some. What stood
/// behind them (another question) was not.
size_t ItemsToReuse(const CacheCall& earlier, const CacheCall& call, const Hashes& hashes) {
  size_t reused = earlier.items.size();
  while (reused > 0 && !hashes.contains(earlier.items[reused - 1].hash.Low64())) --reused;
  if (earlier.name != call.name) return reused;
  size_t instructions = 0;
  while (instructions < std::min(earlier.items.size(), call.items.size()) &&
         IsInstruction(earlier.items[instructions]) && IsInstruction(call.items[instructions])) {
    ++instructions;
  }
  return std::max(reused, instructions);
}

/// The earlier call that has most in common with this one; of several the latest.
std::optional<size_t> FindPrevious(const std::vector<CacheCall>& calls, size_t at,
                                   const Hashes& hashes) {
  const CacheCall& call = calls[at];
  std::optional<size_t> best;
  size_t best_score = 0;
  size_t looked_at = 0;
  for (size_t i = at; i-- > 0 && looked_at < kCachePredecessorsMax;) {
    const CacheCall& earlier = calls[i];
    if (!IsSameModel(earlier, call) || earlier.items.empty()) continue;
    ++looked_at;
    const size_t common = static_cast<size_t>(std::ranges::count_if(
        earlier.items, [&](const CacheItem& item) { return hashes.contains(item.hash.Low64()); }));
    // All of it came again: that is the call before in the same conversation.
    if (common == earlier.items.size() && best_score < 2 * common) return i;
    // What is common counts twice, so that a name alone never wins against content.
    const size_t score = 2 * common + (ItemsToReuse(earlier, call, hashes) > 0 ? 1 : 0);
    if (score > best_score) {
      best_score = score;
      best = i;
    }
  }
  return best;
}

/// Every item's part of the input tokens, by its length.
std::vector<uint64_t> EstimateTokens(const CacheCall& call) {
  const auto is_unknown = [](const CacheItem& item) { return item.has_media || !item.is_kept; };
  if (!call.input_tokens || std::ranges::any_of(call.items, is_unknown)) return {};
  uint64_t size = 0;
  for (const CacheItem& item : call.items) size += item.size_bytes;
  if (size == 0) return {};
  std::vector<uint64_t> tokens;
  uint64_t passed = 0, given = 0;
  // Cut from the sum, so that rounding never loses a token of it.
  for (const CacheItem& item : call.items) {
    passed += item.size_bytes;
    const auto upto =
        static_cast<uint64_t>(static_cast<double>(*call.input_tokens) *
                              static_cast<double>(passed) / static_cast<double>(size));
    tokens.push_back(upto - given);
    given = upto;
  }
  return tokens;
}

uint64_t SumOfFirst(const std::vector<uint64_t>& tokens, size_t count) {
  return std::accumulate(
      tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(std::min(count, tokens.size())),
      uint64_t{0});
}

uint64_t ByRule(const CacheRule& rule, uint64_t tokens) {
  return tokens < rule.minimum_tokens ? 0 : tokens / rule.block_tokens * rule.block_tokens;
}

/// The provider keeps what was marked: what the call before wrote, or had read itself.
std::optional<uint64_t> Marked(const CacheCall& call) {
  if (!call.cached_tokens && !call.written_tokens) return std::nullopt;
  return call.cached_tokens.value_or(0) + call.written_tokens.value_or(0);
}

bool IsExpired(const CacheRule& rule, const CacheCall& previous, int64_t idle_ns) {
  const bool is_long = previous.written_long_tokens.value_or(0) > 0;
  const auto kept = is_long ? rule.kept_long_s : rule.kept_s;
  return kept && idle_ns > *kept * kNanosPerSecond;
}

/// What is to be expected by the rule and what came; without both nothing is judged.
void Judge(const CacheCall& call, const CacheCall& previous, CacheFinding& finding,
           uint64_t reusable_tokens) {
  const CacheRule& rule = *finding.rule;
  uint64_t expected = ByRule(rule, reusable_tokens);
  uint64_t possible = ByRule(rule, *finding.shared_tokens);
  if (!rule.is_automatic) {
    const auto marked = Marked(previous);
    if (!marked || *marked == 0) {
      finding.outcome = marked ? CacheOutcome::kNotAsked : CacheOutcome::kUnknown;
      return;
    }
    expected = std::min(expected, *marked);
    possible = std::min(possible, *marked);
  }
  if (expected == 0) {
    finding.outcome = CacheOutcome::kTooShort;
    finding.expected_tokens = 0;
    return;
  }
  finding.expected_tokens = expected;
  if (!call.cached_tokens) {
    finding.outcome = CacheOutcome::kUnknown;
    return;
  }
  const uint64_t reported = *call.cached_tokens;
  const auto is_enough = [&](uint64_t wanted) {
    return reported + std::max(kSlackTokens, wanted / 10) >= wanted;
  };
  if (is_enough(expected)) {
    finding.outcome = CacheOutcome::kHit;
    finding.lost_tokens = 0;
    return;
  }
  finding.lost_tokens = expected - reported;
  // Where the content alone explains it, age does not matter.
  if (finding.broken_item && is_enough(possible) && possible < expected) {
    finding.outcome = CacheOutcome::kChanged;
  } else if (IsExpired(rule, previous, *finding.idle_ns)) {
    finding.outcome = CacheOutcome::kExpired;
  } else {
    finding.outcome = finding.broken_item ? CacheOutcome::kChanged : CacheOutcome::kMissed;
  }
}

/// What both begin with. Where the previous call is the beginning of this one as a whole, its own
/// input says so exactly; else it is estimated.
std::optional<uint64_t> SharedTokens(const CacheCall& call, const CacheCall& previous,
                                     const CacheFinding& finding) {
  const bool is_whole = finding.shared_items == previous.items.size();
  if (is_whole && previous.input_tokens && call.input_tokens &&
      *previous.input_tokens <= *call.input_tokens) {
    return previous.input_tokens;
  }
  if (finding.item_tokens.empty()) return std::nullopt;
  return SumOfFirst(finding.item_tokens, finding.shared_items);
}

CacheFinding Compare(const std::vector<CacheCall>& calls, size_t at) {
  const CacheCall& call = calls[at];
  CacheFinding finding;
  finding.rule = FindCacheRule(call.provider, call.model);
  finding.item_tokens = EstimateTokens(call);
  const Hashes hashes = HashesOf(call);
  finding.previous = FindPrevious(calls, at, hashes);
  if (!finding.previous) return finding;
  const CacheCall& previous = calls[*finding.previous];
  finding.shared_items = SharedItems(previous, call);
  const size_t reusable = ItemsToReuse(previous, call, hashes);
  if (finding.shared_items < reusable) {
    finding.previous_item = finding.shared_items;
    if (finding.shared_items < call.items.size()) finding.broken_item = finding.shared_items;
  }
  finding.idle_ns = call.start - previous.end;
  finding.shared_tokens = SharedTokens(call, previous, finding);
  finding.outcome = CacheOutcome::kUnknown;
  if (!finding.rule || !finding.shared_tokens) return finding;
  uint64_t reusable_tokens = *finding.shared_tokens;
  if (reusable > finding.shared_items) {
    // What was there is known best from the call that had it whole.
    const std::vector<uint64_t> before = EstimateTokens(previous);
    if (before.empty()) return finding;
    reusable_tokens = SumOfFirst(before, reusable);
  }
  Judge(call, previous, finding, reusable_tokens);
  return finding;
}

}  // namespace

std::string_view Name(CacheOutcome outcome) {
  switch (outcome) {
    case CacheOutcome::kFirst: return "first";
    case CacheOutcome::kHit: return "hit";
    case CacheOutcome::kChanged: return "changed";
    case CacheOutcome::kExpired: return "expired";
    case CacheOutcome::kMissed: return "missed";
    case CacheOutcome::kTooShort: return "too_short";
    case CacheOutcome::kNotAsked: return "not_asked";
    case CacheOutcome::kUnknown: return "unknown";
  }
  return "unknown";
}

std::vector<CacheFinding> CompareForCache(const std::vector<CacheCall>& calls) {
  std::vector<CacheFinding> findings;
  for (size_t i = 0; i < calls.size(); ++i) findings.push_back(Compare(calls, i));
  return findings;
}

}  // namespace vitrine::query
