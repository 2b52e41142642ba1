// Random: the seam to randomness. Real side: SystemRandom() (the kernel's); simulated side:
// SeededRandom, the same numbers for the same seed everywhere.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vitrine::platform {

class Random {
 public:
  virtual ~Random() = default;
  virtual void Fill(void* to, size_t size) = 0;
  uint64_t Next64() {
    uint64_t value = 0;
    Fill(&value, sizeof(value));
    return value;
  }
};

/// The kernel's generator; lives for ever, thread-safe.
Random& SystemRandom();

/// SplitMix64. Not thread-safe, not secret.
class SeededRandom : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}
  void Fill(void* to, size_t size) override;
  uint64_t Next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }
  /// A number in [0, bound); bound must not be 0. The bias is below 2^-32 for bounds below 2^32.
  uint64_t Below(uint64_t bound) { return Next() % bound; }
  /// True once in `n` times.
  bool OneIn(uint64_t n) { return Below(n) == 0; }

 private:
  uint64_t state_;
};

}  // namespace vitrine::platform
