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

/// What S3 keeps as one object. A period of more is told to be cut in shorter ones.
inline constexpr uint64_t kObjectBytesMax = 5ull << 40;
/// A file up to this long is one PUT, a longer one goes in parts of this size: what a part that
/// fails costs to send again, and below what any storage takes at once.
inline constexpr uint64_t kPartBytesDefault = 64ull << 20;
/// S3's bounds of a part (but for the last), and of their number.
inline constexpr uint64_t kPartBytesMin = 5ull << 20;
inline constexpr uint64_t kPartBytesMax = 5ull << 30;
inline constexpr uint64_t kPartsMax = 10'000;
static_assert(kPartBytesMax * kPartsMax >= kObjectBytesMax);
/// Times that a part is sent before the whole file is given up, to be made again later.
inline constexpr int kPartAttemptsMax = 3;
/// The request that takes parts away again; it may be the last thing before the server ends.
inline constexpr int64_t kAbortMs = 2'000;
/// A storage that takes no byte for this long, or does not answer, is asked again.
inline constexpr int64_t kStorageIoMs = 60'000;
inline constexpr int64_t kStorageConnectMs = 10'000;
/// Of an error's text.
inline constexpr size_t kErrorBytesShown = 300;
inline constexpr size_t kAnswerBytesMax = 64 * 1024;

}  // namespace vitrine::exports
