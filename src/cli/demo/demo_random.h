// DemoRandom: randomness from a seed alone, the same on every machine.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace vitrine::cli {

class DemoRandom {
 public:
  explicit DemoRandom(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ull + 1) {}

  uint64_t Next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }
  /// In [low, high].
  int64_t Between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(Next() % static_cast<uint64_t>(high - low + 1));
  }
  bool Chance(int percent) { return Between(1, 100) <= percent; }
  /// In [0, 1).
  double Unit() { return static_cast<double>(Next() >> 11) * 0x1p-53; }
  /// Mostly near `middle`, at times several times as much: the shape of latencies.
  int64_t LongTailed(int64_t middle) {
    double u = Unit();
    double factor = 0.5 + u + (u > 0.9 ? (u - 0.9) * 25 : 0);
    return static_cast<int64_t>(static_cast<double>(middle) * factor);
  }
  std::string_view Pick(std::span<const std::string_view> list) {
    return list[Next() % list.size()];
  }

 private:
  uint64_t state_;
};

}  // namespace vitrine::cli
