// Limits of the price table, with their reasons.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vitrine::pipeline {

/// A user's own price file: the built-in table is 0.9 MB for 4,500 rows.
inline constexpr size_t kOverrideBytesMax = size_t{4} << 20;
inline constexpr size_t kOverrideRowsMax = 10'000;

/// 1,000 USD per unit. With kCountMax it keeps every sum below 2^127.
inline constexpr int64_t kRateMax = 1'000'000'000'000'000;
/// A thousand billion tokens in one call is not a count.
inline constexpr uint64_t kCountMax = 1'000'000'000'000;
/// Surcharges are between a thousandth and a thousandfold.
inline constexpr int64_t kPartsPerMillionMin = 1'000;
inline constexpr int64_t kPartsPerMillionMax = 1'000'000'000;

/// Longer model or deployment names are not looked up; ARNs have at most 2,048 bytes by AWS's rules
/// but no priced name is longer than 100.
inline constexpr size_t kModelNameBytesMax = 512;

/// Remembered look-ups. A deployment sees tens of different models; a sender of random names fills
/// this once (about 1 MB) and then pays the slow look-up of two microseconds.
inline constexpr size_t kMemoSlots = 4096;
inline constexpr size_t kMemoProbesMax = 8;
/// All names of one call together; longer ones are looked up each time.
inline constexpr size_t kMemoNameBytesMax = 512;

}  // namespace vitrine::pipeline
