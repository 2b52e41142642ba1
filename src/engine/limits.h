// Every limit of the engine program, with its reason.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vitrine::engine {

// HTTP.

/// The request line: queries may come in the URL, as ClickHouse allows (its default is 1 MiB too).
inline constexpr size_t kRequestLineBytesMax = 1024 * 1024;
/// All header lines. ClickHouse clients send fewer than 20 short ones.
inline constexpr size_t kHeaderBytesMax = 64 * 1024;
inline constexpr size_t kHeaderCountMax = 100;
/// A chunk size line with its extensions.
inline constexpr size_t kChunkLineBytesMax = 1024;
/// One read from a socket, a pipe or an inflater. 128 KiB: beyond it the copy dominates.
inline constexpr size_t kIoBufferBytes = 128 * 1024;
/// Result bytes held back before the head of the answer goes out, so that an early failure still
/// has its right status and most answers carry final numbers and a Content-Length.
inline constexpr size_t kHoldBackBytes = 256 * 1024;
/// With wait_end_of_query the whole answer is held; larger ones must be streamed.
inline constexpr size_t kWholeAnswerBytesMax = 64 * 1024 * 1024;
/// Statement text that is not insert data. ClickHouse's parser stops at 256 KiB by default; a
/// caller that raises max_query_size gets this much.
inline constexpr size_t kStatementBytesMax = 4 * 1024 * 1024;
/// Connections: the server's pool, a few tools and room for stuck ones. Each is one thread.
inline constexpr size_t kConnectionsMax = 256;
/// Longer than the server's own idle time and ClickHouse clients' socket pools (2.5 to 30 s).
inline constexpr int64_t kIdleTimeoutMs = 60'000;
/// Without one byte of an announced request or body.
inline constexpr int64_t kReadTimeoutMs = 60'000;
/// A client that takes no byte this long holds a query, its memory and a thread: it is dropped.
inline constexpr int64_t kWriteTimeoutMs = 120'000;

// Statements.

/// Statements inside the engine at once. Each may use --threads threads; more only thrash.
inline constexpr size_t kRunningMax = 32;
/// How long a statement waits for one of those places before it is refused.
inline constexpr int64_t kRunningWaitMs = 10'000;
/// Idle engine connections kept warm. Connecting and applying settings takes 2 to 4 ms, more than a
/// small statement; the server's kinds of statements have some six different settings.
inline constexpr size_t kIdleEngineConnectionsMax = 16;
/// A connection whose settings take more text than this is not kept: the server's take 500 bytes.
inline constexpr size_t kProfileBytesMax = 4096;
/// ClickHouse's own default and bound for session_timeout.
inline constexpr int64_t kSessionTimeoutDefaultS = 60;
inline constexpr int64_t kSessionTimeoutMaxS = 3600;
inline constexpr size_t kSessionsMax = 64;
/// KILL QUERY may come before the query is registered, so it is repeated until the query ends.
inline constexpr int64_t kKillRepeatMs = 100;
/// SIGTERM: how long inserts may finish before the process leaves. Everything acknowledged is on
/// disk already.
inline constexpr int64_t kStopDeadlineMs = 2'000;
/// Closing the engine (stopping merges); the process leaves without it after this long.
inline constexpr int64_t kCloseDeadlineMs = 1'500;

// Memory. The engine's tracker counts resident memory, so the sum below stays under --memory-bytes;
// the program itself (code pages, thread stacks) is part of it.

/// Measured in docs/benchmarks/engine.md: resident memory under insert load stays below 1.3 GB.
inline constexpr uint64_t kMemoryBytesDefault = 1'150'000'000;
/// At rest the engine takes 200 MB; with less than this it refuses ordinary inserts.
inline constexpr uint64_t kMemoryBytesMin = 400'000'000;

/// One statement may take this part of the memory, so that two can run beside merges.
inline constexpr uint64_t QueryMemoryBytes(uint64_t memory_bytes) { return memory_bytes / 2; }
/// Aggregation and sorting spill to disk beyond this.
inline constexpr uint64_t SpillBytes(uint64_t memory_bytes) { return memory_bytes / 5; }
/// New merges wait while running ones hold more.
inline constexpr uint64_t MergeMemoryBytes(uint64_t memory_bytes) { return memory_bytes / 3; }
/// Marks of the columns that lists and look-ups read; a hundredth of the stored bytes.
inline constexpr uint64_t MarkCacheBytes(uint64_t memory_bytes) { return memory_bytes / 16; }
/// Primary keys, loaded when a part is first read.
inline constexpr uint64_t PrimaryIndexCacheBytes(uint64_t memory_bytes) {
  return memory_bytes / 16;
}
/// Text index: dictionaries, headers and postings of frequent words.
inline constexpr uint64_t TextIndexCacheBytes(uint64_t memory_bytes) { return memory_bytes / 32; }
/// Everything small (index marks, query conditions).
inline constexpr uint64_t SmallCacheBytes(uint64_t memory_bytes) { return memory_bytes / 64; }

/// Merges at once. Two: a long one must not keep the short ones waiting, and merging costs a core.
inline constexpr unsigned kMergeThreads = 2;
/// How many times larger than its largest part a merge is to be, about: rows are written again
/// log(parts) / log(this) times. ClickHouse's own 5 suits narrower rows.
inline constexpr unsigned kMergeSelectorBase = 10;
/// A partition (a day) whose parts are all this old becomes one part: of a day in seven parts,
/// sums over rows and FINAL took four times as long. Merging costs about 9 us a span, once; spans
/// that come late make it be done again, so not sooner than after an hour.
inline constexpr unsigned kMergeAtRestSeconds = 3600;
/// Threads of the engine altogether; ClickHouse's default of 10,000 only hides leaks.
inline constexpr unsigned kThreadPoolMax = 400;

static_assert(MarkCacheBytes(16) + PrimaryIndexCacheBytes(16) + 3 * TextIndexCacheBytes(32) <= 16,
              "caches leave memory for statements and merges");
static_assert(kHoldBackBytes < kWholeAnswerBytesMax);

}  // namespace vitrine::engine
