// Limits of keeping prices, each with its reason.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pipeline/prices/limits.h"

namespace vitrine::prices {

/// price_ids that are asked for at once. A statement of them is some 50 KB, and 0.7 MB where every
/// model has the longest name.
inline constexpr size_t kIdsAskedMax = 1'000;
/// The engine's own bound of a statement is 256 KiB.
inline constexpr const char* kStatementBytesMax = "4194304";

/// Rows that are no longer in use and not stored yet: two whole tables of overrides, replaced while
/// the engine is away. Some 15 MB.
inline constexpr size_t kReplacedRowsMax = 2 * pipeline::kOverrideRowsMax;

/// How often it is looked whether the tables are there, at start.
inline constexpr int64_t kReadyLookMs = 100;

/// The first wait after a failure, doubled each time up to the last.
inline constexpr int64_t kRetryMsMin = 250;
inline constexpr int64_t kRetryMsMax = 30'000;

}  // namespace vitrine::prices
