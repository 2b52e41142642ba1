// Log: the durable log between the doors and settling. What Append acknowledged survives kill -9,
// power loss and a full disk until it is settled and truncated.
//
// Owner: the app; the log outlives everyone who holds a reference. It locks its directory.
// Threads: every function may be called from any thread. One writer thread of its own batches
// waiting appends into one write + fdatasync; sealing is for one thread (settle).
// Append, health, counters, disk_size_bytes, durable_lsn and settled_lsn never wait for the disk.
// Format: docs/formats/log.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "platform/clock.h"
#include "platform/file.h"
#include "platform/random.h"
#include "storage/wal/counters.h"

namespace vitrine::wal {

/// Log sequence number: 1, 2, 3, … with gaps after crashes and errors; never reused. 0 is none.
using Lsn = uint64_t;
/// Drawn at random when the log is created; names it where batches of several logs meet.
using LogId = FixedId<16, struct LogIdTag>;

/// What a record's payload holds. Stored: never renumber.
enum class RecordType : uint8_t { kSpanBatch = 1 };

struct LogOptions {
  uint64_t segment_size_bytes = 64ull << 20;
  /// All segments together; appends answer kUnavailable beyond it, until Truncate.
  uint64_t log_size_bytes_max = 8ull << 30;
  /// Appends answer kUnavailable when the file system has less than this left, so that the engine
  /// still has room to settle what is in the log.
  uint64_t free_space_bytes_min = 256ull << 20;
  /// Kept allocated beside the log and given up when removing a segment needs space.
  uint64_t reserve_size_bytes = 4ull << 20;
  /// Appends waiting for the writer; beyond it they answer kUnavailable.
  uint64_t pending_size_bytes_max = 128ull << 20;
  /// Records from here on stay until KeepFrom says otherwise, settled or not: somebody beside
  /// settling reads them. None by default.
  uint64_t keep_from_lsn = UINT64_MAX;
  /// False: no writer thread; nothing is written until RunWriterOnce (deterministic tests).
  bool writer_thread = true;
};

enum class LogState : uint8_t {
  kOk,
  kFull,     ///< The limit or the disk is full; goes on by itself when space returns.
  kFailing,  ///< The disk answered with an error; goes on by itself in a new segment.
};
struct LogHealth {
  LogState state = LogState::kOk;
  std::string reason;                ///< Empty when ok.
  uint32_t retry_after_seconds = 0;  ///< For Retry-After; 0 when ok.
};

struct Record {
  Lsn lsn = 0;
  RecordType type = RecordType::kSpanBatch;
  std::string_view payload;                   ///< Borrows from `buffer`.
  std::shared_ptr<const std::string> buffer;  ///< Shared by the records read together.
};

struct ReadResult {
  std::vector<Record> records;     ///< Ascending, every checksum right.
  Lsn next_lsn = 0;                ///< Where to read on. Everything before it was seen.
  uint64_t quarantined_count = 0;  ///< Records in [lsn, next_lsn) that are lost to corruption.
};

/// A sealed batch: the LSN range [first_lsn, last_lsn], fixed for ever. Not every LSN in it has a
/// record.
struct Seal {
  uint64_t number = 0;  ///< 1, 2, 3, … without gaps; never reused.
  Lsn first_lsn = 0;
  Lsn last_lsn = 0;
  bool operator==(const Seal&) const = default;
};

/// What Open found and did.
struct RecoveryReport {
  uint64_t segment_count = 0;
  uint64_t tail_record_count = 0;  ///< Whole records in the last segment, which is scanned.
  uint64_t torn_tail_count = 0;
  uint64_t torn_byte_count = 0;
  uint64_t removed_segment_count = 0;  ///< Half-made or already settled segments.
  bool seal_state_lost = false;        ///< Every copy of the seals was unreadable: counted, shown.
  std::vector<std::string> notes;      ///< One sentence per unusual thing, for the log file.
};

class Log {
 public:
  /// Called exactly once: with the record's LSN when it is durable, or with the reason it is not
  /// (kUnavailable: nothing is promised, send it again). Runs on the writer thread, or on the
  /// caller's for an immediate refusal; must be quick and must not call Append-and-wait.
  using AppendCallback = std::move_only_function<void(Result<Lsn>)>;

  /// Opens the log in `directory`, created if missing, and recovers it. A full disk is no error
  /// for a log that exists: what is there can be read, and health() says why appends are refused.
  /// Errors: kConflict (another process has it), kIo (cannot be read), kUnavailable (a new log, and
  ///         the disk is full), kUnsupported (written by a newer version), kInvalidInput (options),
  ///         kCorrupt (segments of several logs, or of none that can be identified).
  /// Lifetime: the file system, clock and random outlive the log.
  static Result<std::unique_ptr<Log>> Open(const std::string& directory, const LogOptions& options,
                                           platform::FileSystem& file_system,
                                           platform::Clock& clock, platform::Random& random);
  /// Commits what waits, then closes. Callbacks have all run when it returns.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  LogId id() const;
  const RecoveryReport& recovery() const;

  /// Appends one record made of `pieces`, one after the other.
  /// Errors: (to the callback) kUnavailable (full, failing or overloaded: health().reason),
  ///         kLimitExceeded (record over kRecordSizeBytesMax), kCancelled (closing).
  /// Lifetime: the bytes of `pieces` must live until the callback has run (move their owner into
  ///           it); the span itself need not.
  void Append(std::span<const std::string_view> pieces, AppendCallback done,
              RecordType type = RecordType::kSpanBatch);
  /// Append, and wait for the answer. Not from a callback.
  Result<Lsn> AppendSync(std::string_view payload, RecordType type = RecordType::kSpanBatch);

  /// The last LSN that is durable and may be read.
  Lsn durable_lsn() const;
  /// Reads durable records from `lsn` on, at most `size_bytes_max` of payload (but at least one
  /// record, if there is one). No records means that there is nothing new: WaitFor(next_lsn).
  /// Corrupt records are skipped and counted.
  /// Errors: kIo (try again; nothing is skipped).
  Result<ReadResult> ReadFrom(Lsn lsn, uint64_t size_bytes_max) const;
  /// Reads the records of one seal, all of them.
  Result<ReadResult> ReadSeal(const Seal& seal) const;
  /// Waits until durable_lsn() >= lsn, Interrupt or the timeout. True if there is something.
  bool WaitFor(Lsn lsn, std::chrono::milliseconds timeout) const;
  /// Ends every WaitFor, now and later (for stopping the settle thread).
  void Interrupt();

  /// The first LSN that no seal covers: ReadFrom here, then SealNext(here, last record read).
  Lsn unsealed_lsn() const;
  /// Number of the newest seal, 0 when there is none.
  uint64_t last_seal_number() const;
  /// Seals of the past that are not settled, oldest first. Settle these before sealing anew.
  /// Errors: kUnavailable (after opening on a failing disk; try again).
  Result<std::vector<Seal>> UnsettledSeals();
  /// Makes the boundaries of the next batch durable; from now on they never change.
  /// Errors: kInvalidInput (first_lsn is not unsealed_lsn(), last_lsn beyond durable_lsn()),
  ///         kLimitExceeded (kUnsettledSealsMax), kUnavailable (disk; nothing is sealed, retry).
  Result<Seal> SealNext(Lsn first_lsn, Lsn last_lsn);
  /// Says durably that the oldest unsettled seal is settled. Its records may be truncated.
  /// Errors: kInvalidInput (not the oldest), kUnavailable (retry; settling twice is harmless).
  Result<void> MarkSettled(const Seal& seal);
  /// The last LSN that is settled.
  Lsn settled_lsn() const;
  /// Removes segments whose records are all at or below `up_to_lsn`, which must be settled, but
  /// none with a record that KeepFrom keeps.
  /// Errors: kInvalidInput (beyond settled_lsn()), kIo (some may be gone; harmless, call again).
  Result<void> Truncate(Lsn up_to_lsn);

  /// Keeps the records from `lsn` on from being removed; UINT64_MAX keeps none. It may go back, but
  /// what was removed is gone.
  void KeepFrom(Lsn lsn);
  /// Bytes of the records from `lsn` on, or a little more: up to one stride of the index, and up to
  /// one segment where this process has not read there yet.
  uint64_t SizeBytesFrom(Lsn lsn) const;

  LogHealth health() const;
  LogCounters counters() const;
  /// Bytes the segments take on disk, preallocation included.
  uint64_t disk_size_bytes() const;

  /// One turn of the writer, for logs opened without a writer thread. True if it did something.
  bool RunWriterOnce();

 private:
  class Impl;
  explicit Log(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace vitrine::wal
