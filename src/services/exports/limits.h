// Limits of scheduled exports, each with its reason.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vitrine::exports {

/// Exports at once. Each has a thread, and a period's rows are asked for by one query.
inline constexpr size_t kExportsMax = 16;

/// How often an export looks whether a period is over.
inline constexpr int64_t kLookMs = 500;

/// The first wait after a failure, doubled each time up to the last.
inline constexpr int64_t kBackoffMsMin = 1'000;
inline constexpr int64_t kBackoffMsMax = 300'000;

/// What S3 takes in one PUT. A period of more is told to be cut in shorter ones.
inline constexpr uint64_t kObjectBytesMax = 5ull << 30;
/// A storage that takes no byte for this long, or does not answer, is asked again.
inline constexpr int64_t kStorageIoMs = 60'000;
inline constexpr int64_t kStorageConnectMs = 10'000;
/// Of an error's text.
inline constexpr size_t kErrorBytesShown = 300;
inline constexpr size_t kAnswerBytesMax = 64 * 1024;

}  // namespace vitrine::exports
