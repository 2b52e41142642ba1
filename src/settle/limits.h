// Limits of settling, each with its reason.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace vitrine::settle {

/// A batch is sealed when what it keeps in memory (rows and new texts) is this much: some 4,000
/// calls of 3.9 KB. Two batches are in memory at once, and a server is to stay under 200 MB; larger
/// ones would spare merges.
inline constexpr size_t kBatchKeptBytesMax = 24ull << 20;
/// Or when it has read this much of the log: calls that send a long history again keep little of
/// it, and an insert of few rows costs as much as one of many. After a crash it is read at once.
inline constexpr uint64_t kBatchLoggedBytesMax = 64ull << 20;
/// Or when it holds this many spans.
inline constexpr size_t kBatchSpansMax = 16'384;
/// The log is read in parts of this size: what is not kept is gone before the next part is read.
inline constexpr uint64_t kReadSizeBytes = 2ull << 20;
/// Rows in one block of an insert: as columns and as bytes, only these are in memory. Of 4 KB each
/// they are 2 MB; smaller blocks cost the engine more for their heads than they spare here.
inline constexpr size_t kRowsPerBlock = 512;
/// How long the first record of a batch waits for company. A quarter of the second within which
/// spans must be queryable.
inline constexpr std::chrono::milliseconds kBatchWaitMax{200};
/// With fewer spans it waits as long once more: where few come, a batch every fifth of a second
/// keeps nearly half a processor busy, and one every two fifths a quarter.
inline constexpr size_t kFewSpans = 256;
/// Facts and texts of recent traces: half a minute of 3,500 traces a second, and hours at ordinary
/// rates; older ones are read back when something late comes. A server is to stay under 200 MB,
/// and with 32 MiB it took 219 after five minutes of that, with 12 it takes 176.
inline constexpr size_t kLedgerSizeBytesMax = 12ull << 20;
/// Content hashes known to be stored: about 20 bytes each. Beyond it the older half is forgotten;
/// forgetting only means that a message is inserted once more; readers take one of them.
inline constexpr size_t kStoredHashesMax = 400'000;
/// Trace ids that may be stored, as bits of an approximate set: 8 MiB hold 5 million traces at
/// about 1% false alarms.
inline constexpr size_t kStoredTraceBitsCount = 64ull << 20;
/// Reports of calls that are remembered to find the same call in another trace: 24 bytes each, in
/// two generations. Senders export a finished span within some 5 s; this holds the latest 10 s at
/// 20,000 calls a second, and minutes at ordinary rates.
inline constexpr size_t kRecentCallsMax = 390'000;
/// After a start as many of the latest hour are read back. Fewer, so that starting stays quick.
inline constexpr size_t kRecentCallsReadMax = 100'000;
/// Traces that may report one response. A call has a few layers of instrumentation; an id in more
/// traces than these is a constant of a local server, or a cache's.
inline constexpr size_t kTracesPerResponseMax = 8;
/// Traces read back in one query. It names every id, and stays well below the engine's limit of
/// 256 KiB.
inline constexpr size_t kReadBackTracesMax = 1'000;
/// Rows read back in one query when a trace's late values change stored spans: with the ids of as
/// many traces its text is 240 of the engine's 256 KiB.
inline constexpr size_t kReadBackRowsMax = 4096;
/// Scores whose earlier places are read in one query: their ids are 35 KiB of text.
inline constexpr size_t kReadBackScoresMax = 1'000;
/// An engine that is away is asked again after this long, doubling up to the maximum.
inline constexpr std::chrono::milliseconds kRetryWaitMin{20};
inline constexpr std::chrono::milliseconds kRetryWaitMax{1000};
/// One statement of an upgrade: it may copy the whole table of spans.
inline constexpr std::chrono::hours kUpgradeTimeMax{24};
/// Partitions (days) in one insert. ClickHouse refuses an insert into more than 100, for ever.
inline constexpr size_t kDaysPerInsertMax = 50;

}  // namespace vitrine::settle
