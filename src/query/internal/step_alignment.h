// Aligns the steps of two runs: which step of one is the same step of the other. Pure. Private to
// query. Threads: free functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace vitrine::query {

/// What a step is compared by. Equal kinds and names are the same step done again; equal content is
/// the same step with the same outcome.
struct StepKey {
  std::string kind, name;
  uint64_t content = 0;  ///< A digest of what it was asked and what came of it.
};

struct AlignedPair {
  std::optional<size_t> a, b;  ///< At least one of them.
  bool operator==(const AlignedPair&) const = default;
};

/// Every step of both, in order, each once: the pairs of one kind that agree best in name and
/// content, with as few stretches of steps that stand alone as that allows. A tool that stands where
/// another tool stood is paired with it: that is a choice, not one step less and one more.
/// Time and memory grow with a.size() * b.size(); the caller bounds them (kDiffStepsMax).
std::vector<AlignedPair> AlignSteps(std::span<const StepKey> a, std::span<const StepKey> b);

}  // namespace vitrine::query
