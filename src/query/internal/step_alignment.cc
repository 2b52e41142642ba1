#include "query/internal/step_alignment.h"

#include <algorithm>
#include <array>

namespace vitrine::query {
namespace {

// Points of a pair. What stands alone costs something only where it begins: steps that one run has
// more are then one stretch of it, not scattered over it, and the runs part where they do.
constexpr int32_t kSameContent = 8, kSameName = 5, kSameKind = 1, kGap = -4;
constexpr int32_t kNever = -1'000'000'000;

/// What the next step of the way is: a pair, or one run's step alone.
enum Move : uint8_t { kPair, kOnlyA, kOnlyB };
constexpr size_t kMoves = 3;

int32_t PointsOf(const StepKey& a, const StepKey& b) {
  if (a.kind != b.kind) return kNever;
  if (a.name != b.name) return kSameKind;
  return a.content == b.content ? kSameContent : kSameName;
}

/// The best points from a place of the table to its end, by the move that led to the place.
using Points = std::array<int32_t, kMoves>;

/// The best next move from every place, for each move before it, two bits each.
class Directions {
 public:
  Directions(size_t rows, size_t width) : width_(width), cells_(rows * width) {}
  void Set(size_t i, size_t j, size_t before, Move move) {
    cells_[i * width_ + j] |= static_cast<uint8_t>(move << (2 * before));
  }
  Move Get(size_t i, size_t j, size_t before) const {
    return static_cast<Move>(cells_[i * width_ + j] >> (2 * before) & 3);
  }

 private:
  size_t width_;
  std::vector<uint8_t> cells_;
};

/// From the end of both runs backwards, one row of points at a time.
Directions BestMoves(std::span<const StepKey> a, std::span<const StepKey> b) {
  const size_t width = b.size() + 1;
  Directions directions(a.size() + 1, width);
  std::vector<Points> below(width), row(width);
  for (size_t i = a.size() + 1; i-- > 0;) {
    for (size_t j = width; j-- > 0;) {
      if (i == a.size() && j == b.size()) {
        row[j] = {0, 0, 0};
        continue;
      }
      const int32_t points = i < a.size() && j < b.size() ? PointsOf(a[i], b[j]) : kNever;
      for (size_t before = 0; before < kMoves; ++before) {
        // Of equal ways the pair, so that runs are aligned from their beginning.
        Points moves = {kNever, kNever, kNever};
        if (points != kNever) moves[kPair] = below[j + 1][kPair] + points;
        if (i < a.size()) moves[kOnlyA] = below[j][kOnlyA] + (before == kOnlyA ? 0 : kGap);
        if (j < b.size()) moves[kOnlyB] = row[j + 1][kOnlyB] + (before == kOnlyB ? 0 : kGap);
        const auto best = std::ranges::max_element(moves);
        row[j][before] = *best;
        directions.Set(i, j, before, static_cast<Move>(best - moves.begin()));
      }
    }
    std::swap(below, row);
  }
  return directions;
}

}  // namespace

std::vector<AlignedPair> AlignSteps(std::span<const StepKey> a, std::span<const StepKey> b) {
  const Directions directions = BestMoves(a, b);
  std::vector<AlignedPair> pairs;
  Move before = kPair;
  for (size_t i = 0, j = 0; i < a.size() || j < b.size();) {
    before = directions.Get(i, j, before);
    if (before == kPair) {
      pairs.push_back({i++, j++});
    } else if (before == kOnlyA) {
      pairs.push_back({i++, std::nullopt});
    } else {
      pairs.push_back({std::nullopt, j++});
    }
  }
  return pairs;
}

}  // namespace vitrine::query
