#include "base/arena.h"

#include <algorithm>

namespace vitrine {

namespace {
constexpr size_t kBlockSizeMin = 16 * 1024;
// Doubling stops here, so that a batch wastes at most this much.
constexpr size_t kBlockSizeMax = 1024 * 1024;
}  // namespace

void Arena::Grow(size_t at_least) {
  size_t size = std::clamp(capacity_ * 2, kBlockSizeMin, kBlockSizeMax);
  size = std::max(size, at_least);
  blocks_.push_back(std::make_unique_for_overwrite<char[]>(size));
  current_ = blocks_.back().get();
  capacity_ = size;
  used_ = 0;
  reserved_ += size;
}

void Arena::Clear() {
  used_ = 0;
  if (blocks_.size() < 2) return;
  // The newest block is the largest, unless one allocation was larger than the doubling.
  blocks_.erase(blocks_.begin(), blocks_.end() - 1);
  reserved_ = capacity_;
}

}  // namespace vitrine
