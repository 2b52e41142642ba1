// Segment: one file of the log, its place in the LSN order, and how it is made and read.
// Owner: shared by the log's list and by readers, so that a removed segment stays readable to
// whoever is reading it. Threads: `file` is safe for one writer beside readers; everything after it
// is guarded by the log's mutex.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "platform/file.h"
#include "storage/wal/internal/format.h"
#include "storage/wal/log.h"

namespace vitrine::wal {

/// Where the record with `lsn`, or the first one after it, begins.
struct IndexEntry {
  Lsn lsn = 0;
  uint64_t offset = 0;
};

struct Segment {
  uint64_t number = 0;
  std::string path;
  uint64_t salt = 0;
  Lsn first_lsn = 0;
  std::unique_ptr<platform::File> file;

  Lsn last_lsn = 0;  ///< Last acknowledged record; first_lsn - 1 while there is none.
  /// Records in (confirmed_lsn, unconfirmed_lsn] were found after a crash: LSNs missing among them
  /// were never acknowledged, or were torn with the rest of the last batch.
  Lsn confirmed_lsn = UINT64_MAX;
  Lsn unconfirmed_lsn = UINT64_MAX;
  uint64_t end_offset = kSegmentHeaderSize;  ///< Readers stop here.
  uint64_t disk_size = 0;
  std::vector<IndexEntry> index;  ///< Ascending; never empty.

  /// Whether a missing record with `lsn` was lost, rather than never promised.
  bool WasPromised(Lsn lsn) const { return lsn <= confirmed_lsn || lsn > unconfirmed_lsn; }
  /// Offset at which a search for `lsn` begins.
  uint64_t Locate(Lsn lsn) const;
  /// Adds an entry if it lies at least kIndexStrideBytes after its predecessor.
  void AddToIndex(IndexEntry entry);
};

/// Creates a segment file of `size` bytes with its header, durably.
/// Errors: kLimitExceeded (disk full), kIo; the file is removed again if possible.
Result<std::shared_ptr<Segment>> CreateSegment(platform::FileSystem& file_system,
                                               const std::string& directory,
                                               const SegmentHeader& header, uint64_t size);

/// The last batch of a log that was not closed: it was read, but may stand in the kernel's memory
/// only, marked clean after a sync that failed. Writing the same bytes again makes them go to disk.
struct UnconfirmedTail {
  std::shared_ptr<Segment> segment;
  uint64_t offset = 0;
  std::string bytes;
  uint64_t file_size = 0;  ///< What is left of the file; the rest was preallocated.
  Lsn last_lsn = 0;

  /// Errors: kIo, kLimitExceeded; try again.
  Result<void> Confirm();
};

/// A part of a segment to read.
struct ReadRange {
  std::shared_ptr<Segment> segment;
  Lsn from_lsn = 0;         ///< Records before it are skipped.
  Lsn to_lsn = 0;           ///< The last one wanted.
  uint64_t offset = 0;      ///< From Segment::Locate(from_lsn).
  uint64_t end_offset = 0;  ///< Segment::end_offset.
  uint64_t size_bytes_max = 0;
};

struct RangeResult {
  std::vector<Record> records;
  Lsn next_lsn = 0;                 ///< Everything in [from_lsn, next_lsn) was seen.
  std::vector<IndexEntry> entries;  ///< Places passed on the way, for Segment::AddToIndex.
};

/// Reads records; stops after size_bytes_max of payload, but not before the first record.
/// Errors: kIo.
Result<RangeResult> ReadSegment(const ReadRange& range);

}  // namespace vitrine::wal
