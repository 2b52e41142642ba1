#include "query/internal/step_alignment.h"

#include <algorithm>

namespace vitrine::query {
namespace {

enum class Move : uint8_t { kPair, kOnlyA, kOnlyB };

// Points of a pair. Two gaps are worth nothing, so any pair of one kind beats them; the same name
// outweighs any number of renamed ones around it only where it must.
constexpr int32_t kSameContent = 8, kSameName = 5, kSameKind = 1, kNoPair = -1;

int32_t PointsOf(const StepKey& a, const StepKey& b) {
  if (a.kind != b.kind) return kNoPair;
  if (a.name != b.name) return kSameKind;
  return a.content == b.content ? kSameContent : kSameName;
}

/// The best way through the table, from its end backwards, one row of points at a time.
std::vector<Move> BestMoves(std::span<const StepKey> a, std::span<const StepKey> b) {
  const size_t width = b.size() + 1;
  std::vector<Move> moves((a.size() + 1) * width, Move::kOnlyB);
  std::vector<int32_t> below(width, 0), row(width, 0);
  for (size_t i = a.size(); i-- > 0;) {
    moves[i * width + b.size()] = Move::kOnlyA;
    row[b.size()] = 0;
    for (size_t j = b.size(); j-- > 0;) {
      const int32_t points = PointsOf(a[i], b[j]);
      const int32_t pair = points == kNoPair ? -1 : below[j + 1] + points;
      Move& move = moves[i * width + j];
      move = pair >= std::max(below[j], row[j + 1]) ? Move::kPair
             : below[j] >= row[j + 1]               ? Move::kOnlyA
                                                    : Move::kOnlyB;
      row[j] = std::max({pair, below[j], row[j + 1]});
    }
    std::swap(below, row);
  }
  return moves;
}

}  // namespace

std::vector<AlignedPair> AlignSteps(std::span<const StepKey> a, std::span<const StepKey> b) {
  const std::vector<Move> moves = BestMoves(a, b);
  std::vector<AlignedPair> pairs;
  size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    const Move move = moves[i * (b.size() + 1) + j];
    if (move == Move::kPair) {
      pairs.push_back({i++, j++});
    } else if (move == Move::kOnlyA) {
      pairs.push_back({i++, std::nullopt});
    } else {
      pairs.push_back({std::nullopt, j++});
    }
  }
  return pairs;
}

}  // namespace vitrine::query
