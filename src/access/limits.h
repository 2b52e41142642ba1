// Limits of what the room keeps, each with its reason.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vitrine::access {

/// Virtual keys of all projects. All are held in memory, some hundred bytes each, and listed whole.
inline constexpr size_t kVirtualKeysMax = 10'000;
/// A line in a list.
inline constexpr size_t kKeyNameBytesMax = 100;
/// Providers' keys have some hundred bytes; Google's service tokens are the longest, with 2,000.
inline constexpr size_t kProviderKeyBytesMax = 4096;
/// Anything shorter is no key, and would star out words wherever it stands in a text.
inline constexpr size_t kProviderKeyBytesMin = 12;
/// Models that a key may ask. Providers have some hundred.
inline constexpr size_t kKeyModelsMax = 200;
inline constexpr size_t kModelNameBytesMax = 200;
/// A minute's, an hour's, a day's and a month's.
inline constexpr size_t kKeyLimitsMax = 4;
/// The longest window of a limit: a year and a day.
inline constexpr int64_t kLimitWindowSecondsMax = 366ll * 86'400;
/// How long what calls used waits before it is written: a crash loses no more, and one that uses
/// much costs the disk two writes a second.
inline constexpr int64_t kUseWriteMs = 500;
/// After a failed write, which is a full disk more often than not.
inline constexpr int64_t kUseRetryMs = 5'000;
/// Rows of one transaction: some ms, which another one waits for.
inline constexpr size_t kUseRowsPerWrite = 2'000;
/// How often windows that are over are looked for.
inline constexpr int64_t kUseRemoveMs = 60'000;
/// All of the above as JSON.
inline constexpr size_t kKeyBodyBytesMax = 128u << 10;

}  // namespace vitrine::access
