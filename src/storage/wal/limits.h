// Limits of the durable log, each with its reason.
#pragma once

#include <cstdint>

namespace vitrine::wal {

/// A request body is at most 64 MiB after inflation; encoded as a record it does not grow fourfold.
inline constexpr uint64_t kRecordSizeBytesMax = 256ull << 20;

/// One write + fdatasync takes at most this much: beyond it, throughput no longer grows (the disk's
/// own limit is reached near 2 MiB) while the first in the batch waits for the last.
inline constexpr uint64_t kBatchSizeBytesMax = 8ull << 20;

/// Pieces of one write; bounds the writer's scratch memory.
inline constexpr uint64_t kBatchPieceCountMax = 16'384;

/// Sealed batches waiting to be settled: settling works on a few at a time, and all of them must
/// fit into one page of the seals file.
inline constexpr uint64_t kUnsettledSealsMax = 128;

/// One index entry per this many bytes of a segment: what a reader may have to skip over.
inline constexpr uint64_t kIndexStrideBytes = 64ull << 10;

/// Reading is done in windows of at least this size, so that small requests stay few system calls.
inline constexpr uint64_t kReadWindowBytesMin = 256ull << 10;

/// The smallest segment; smaller settings would be mostly headers and directory syncs.
inline constexpr uint64_t kSegmentSizeBytesMin = 8ull << 10;

/// After a failure the next attempt waits this long, doubling up to the maximum: short enough that
/// an application's exporter, which retries for tens of seconds, does not notice.
inline constexpr int64_t kRetryNanosMin = 100'000'000;
inline constexpr int64_t kRetryNanosMax = 5'000'000'000;

}  // namespace vitrine::wal
