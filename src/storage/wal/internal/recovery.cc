#include "storage/wal/internal/recovery.h"

#include <algorithm>
#include <optional>

#include "storage/wal/internal/scan.h"
#include "storage/wal/limits.h"

namespace vitrine::wal {

namespace {

using platform::FileSystem;
using platform::OpenMode;

/// A segment file as it was found.
struct FoundSegment {
  std::shared_ptr<Segment> segment;
  std::optional<SegmentHeader> header;  ///< Nothing when both copies are unreadable.
  uint64_t file_size = 0;
};

Result<std::string> ReadAll(platform::File& file, uint64_t offset, uint64_t size) {
  std::string bytes;
  Result<size_t> got = size_t{0};
  bytes.resize_and_overwrite(size, [&](char* to, size_t capacity) {
    got = file.ReadAt(offset, to, capacity);
    return got ? *got : 0;
  });
  if (!got) return std::unexpected(std::move(got).error());
  return bytes;
}

class Recovery {
 public:
  Recovery(FileSystem& file_system, const std::string& directory, platform::Random& random)
      : file_system_(file_system), directory_(directory), random_(random) {}

  Result<Recovered> Run() {
    TRY(FindSegments());
    TRY_ASSIGN(SealStore::Found seals,
               SealStore::Open(file_system_, directory_ + "/" + std::string(kSealsName)));
    TRY(Identify(seals));
    for (FoundSegment& found : found_) {
      found.segment->salt = SegmentSalt(out_.log_id, found.segment->number);
    }
    TRY(DropHeaderless());
    TRY(SetLastLsns());
    out_.seals = std::move(seals.store);
    if (!seals.readable) TRY(RestoreSeals(seals.existed));
    TRY(file_system_.SyncDirectory(directory_));
    SetNextLsn();
    for (FoundSegment& found : found_) out_.segments.push_back(std::move(found.segment));
    out_.report.segment_count = out_.segments.size();
    return std::move(out_);
  }

 private:
  Result<void> FindSegments();
  Result<void> Identify(const SealStore::Found& seals);
  Result<void> DropHeaderless();
  Result<void> SetLastLsns();
  Result<void> ScanTail(FoundSegment& found);
  void SettleTail(FoundSegment& found, const std::string& bytes, Lsn durable_lsn,
                  uint64_t confirmed_end);
  Result<void> RestoreSeals(bool existed);
  void SetNextLsn();
  void Note(std::string note) { out_.report.notes.push_back(std::move(note)); }

  FileSystem& file_system_;
  const std::string& directory_;
  platform::Random& random_;
  std::vector<FoundSegment> found_;
  uint64_t lsn_gap_ = 0;  ///< LSNs the torn tail may have used up.
  Recovered out_;
};

Result<void> Recovery::FindSegments() {
  TRY_ASSIGN(std::vector<std::string> names, file_system_.List(directory_));
  for (const std::string& name : names) {
    std::optional<uint64_t> number = ParseSegmentName(name);
    if (!number) continue;
    out_.next_segment_number = std::max(out_.next_segment_number, *number + 1);
    FoundSegment found;
    found.segment = std::make_shared<Segment>();
    Segment& segment = *found.segment;
    segment.number = *number;
    segment.path = directory_ + "/" + name;
    TRY_ASSIGN(segment.file, file_system_.Open(segment.path, OpenMode::kReadWrite));
    TRY_ASSIGN(found.file_size, segment.file->Size());
    segment.disk_size = found.file_size;
    TRY_ASSIGN(std::string page, ReadAll(*segment.file, 0, kSegmentHeaderSize));
    auto header = DecodeSegmentHeader(page);
    if (header) {
      if (header->number != *number) {
        return Fail(ErrorCode::kCorrupt,
                    segment.path + " holds segment " + std::to_string(header->number));
      }
      found.header = *header;
      segment.first_lsn = header->first_lsn;
    } else if (header.error().code != ErrorCode::kCorrupt) {
      return std::unexpected(std::move(header).error());
    }
    found_.push_back(std::move(found));
  }
  return {};
}

/// Finds the log's id in the seals or in any segment, or draws one for a new log.
Result<void> Recovery::Identify(const SealStore::Found& seals) {
  std::optional<LogId> id;
  if (seals.readable) id = seals.store->state().log_id;
  bool any_bytes = false;
  for (const FoundSegment& found : found_) {
    any_bytes |= found.file_size > kSegmentHeaderSize;
    if (!found.header) continue;
    if (id && *id != found.header->log_id) {
      return Fail(ErrorCode::kCorrupt, found.segment->path + " belongs to log " +
                                           found.header->log_id.ToHex() + ", not " + id->ToHex());
    }
    id = found.header->log_id;
  }
  if (id) {
    out_.log_id = *id;
    return {};
  }
  // A crash while the first segment was made leaves zeros; but then the seals were durable before.
  if (any_bytes) {
    return Fail(ErrorCode::kCorrupt, directory_ + ": no header is readable in any file of the log");
  }
  random_.Fill(out_.log_id.bytes.data(), out_.log_id.size);
  return {};
}

/// Removes segments without header and records, which a crash left half-made. One that has records
/// has lost its header to corruption and is kept.
Result<void> Recovery::DropHeaderless() {
  std::vector<FoundSegment> kept;
  for (FoundSegment& found : found_) {
    Segment& segment = *found.segment;
    if (found.header) {
      kept.push_back(std::move(found));
      continue;
    }
    TRY_ASSIGN(std::string bytes, ReadAll(*segment.file, 0, found.file_size));
    std::string_view records =
        std::string_view(bytes).substr(std::min<size_t>(bytes.size(), kSegmentHeaderSize));
    RecordScanner scanner(records, kSegmentHeaderSize, segment.salt, 0, true);
    ScannedRecord first;
    if (scanner.Next(first) == RecordScanner::Step::kRecord) {
      segment.first_lsn = first.header.lsn;
      Note(segment.path + ": header unreadable, records kept");
      kept.push_back(std::move(found));
      continue;
    }
    Note(segment.path + ": removed, made but never used");
    ++out_.report.removed_segment_count;
    // If it cannot be removed now it is found again at the next start; it is not in the list.
    (void)file_system_.Remove(segment.path).has_value();
  }
  found_ = std::move(kept);
  return {};
}

/// The last LSN of a segment stands in the header of the next one; only the last must be scanned.
Result<void> Recovery::SetLastLsns() {
  for (size_t i = 0; i < found_.size(); ++i) {
    out_.tail.reset();  // Only that of the last segment matters.
    FoundSegment& found = found_[i];
    Segment& segment = *found.segment;
    segment.index.push_back({segment.first_lsn, kSegmentHeaderSize});
    segment.last_lsn = segment.first_lsn - 1;
    segment.end_offset = std::max(found.file_size, kSegmentHeaderSize);
    if (i + 1 < found_.size() && found_[i + 1].header) {
      const SegmentHeader& next = *found_[i + 1].header;
      segment.last_lsn = std::max(segment.last_lsn, next.previous_last_lsn);
      segment.confirmed_lsn = next.previous_confirmed_lsn;
      segment.unconfirmed_lsn = next.previous_last_lsn;
    } else {
      TRY(ScanTail(found));
    }
    // An empty segment says nothing about the LSNs before its first: they may have been given up.
    if (segment.last_lsn >= segment.first_lsn) {
      out_.durable_lsn = std::max(out_.durable_lsn, segment.last_lsn);
    } else if (found.header) {
      out_.durable_lsn = std::max(out_.durable_lsn, found.header->previous_last_lsn);
    }
  }
  return {};
}

Result<void> Recovery::ScanTail(FoundSegment& found) {
  Segment& segment = *found.segment;
  if (found.file_size <= kSegmentHeaderSize) return {};
  TRY_ASSIGN(std::string bytes,
             ReadAll(*segment.file, kSegmentHeaderSize, found.file_size - kSegmentHeaderSize));
  RecordScanner scanner(bytes, kSegmentHeaderSize, segment.salt, segment.first_lsn - 1, true);
  ScannedRecord record;
  Lsn durable_lsn = 0;
  segment.end_offset = kSegmentHeaderSize;
  uint64_t confirmed_end = kSegmentHeaderSize;
  while (scanner.Next(record) == RecordScanner::Step::kRecord) {
    ++out_.report.tail_record_count;
    segment.AddToIndex({record.header.lsn, record.offset});
    segment.last_lsn = record.header.lsn;
    segment.end_offset = record.end_offset;
    if (record.header.durable_lsn > durable_lsn) {
      durable_lsn = record.header.durable_lsn;
      confirmed_end = record.offset;
    }
  }
  SettleTail(found, bytes, durable_lsn, confirmed_end);
  return {};
}

/// Leaves out what follows the last whole record, and makes the records durable that may not be.
void Recovery::SettleTail(FoundSegment& found, const std::string& bytes, Lsn durable_lsn,
                          uint64_t confirmed_end) {
  Segment& segment = *found.segment;
  segment.confirmed_lsn = durable_lsn;
  segment.unconfirmed_lsn = segment.last_lsn;
  // Known to have been acknowledged, but not to be found: readers count these as lost.
  segment.last_lsn = std::max(segment.last_lsn, durable_lsn);
  std::string_view all(bytes);
  size_t valid_size = segment.end_offset - kSegmentHeaderSize;
  std::string_view rest = all.substr(valid_size);
  size_t last_byte = rest.find_last_not_of('\0');
  uint64_t used_end = segment.end_offset;
  if (last_byte != std::string_view::npos) {
    uint64_t torn_size = last_byte + 1;
    ++out_.report.torn_tail_count;
    out_.report.torn_byte_count += torn_size;
    // Nobody saw the LSNs of the torn records, unless they were acknowledged and then damaged.
    // Every record takes a header at least, so this many steps pass all of them. The torn bytes
    // stay in the file, so that the next recovery, too, finds them and steps over.
    used_end += torn_size;
    lsn_gap_ = std::max(lsn_gap_, torn_size / kRecordHeaderSize + 1);
    Note(segment.path + ": torn tail of " + std::to_string(torn_size) + " bytes left out");
  }
  UnconfirmedTail tail;
  tail.segment = found.segment;
  tail.offset = confirmed_end;
  tail.bytes = all.substr(confirmed_end - kSegmentHeaderSize, segment.end_offset - confirmed_end);
  tail.file_size = used_end;
  tail.last_lsn = segment.last_lsn;
  if (auto confirmed = tail.Confirm(); !confirmed) {
    Note("tail not confirmed: " + confirmed.error().message);
    out_.tail = std::move(tail);
    return;
  }
  segment.disk_size = used_end;
}

/// Without readable seals, everything in the log counts as unsealed.
Result<void> Recovery::RestoreSeals(bool existed) {
  SealState state;
  state.log_id = out_.log_id;
  if (!found_.empty()) {
    state.settled_lsn = state.sealed_lsn = found_.front().segment->first_lsn - 1;
    out_.report.seal_state_lost = true;
    Note(existed ? "seals unreadable: batches may be cut anew" : "seals missing: batches cut anew");
  }
  auto written = out_.seals->Write(state);
  if (written) return {};
  ErrorCode code =
      written.error().code == ErrorCode::kLimitExceeded ? ErrorCode::kUnavailable : ErrorCode::kIo;
  return Fail(code, "cannot create the log: " + written.error().message);
}

void Recovery::SetNextLsn() {
  const SealState& seals = out_.seals->state();
  out_.durable_lsn = std::max(out_.durable_lsn, seals.sealed_lsn);
  out_.next_lsn = out_.durable_lsn + 1 + lsn_gap_;
  // What was sealed was durable; what comes after the last confirmed batch has to wait.
  if (out_.tail) {
    out_.durable_lsn = std::max(out_.tail->segment->confirmed_lsn, seals.sealed_lsn);
  }
  for (FoundSegment& found : found_) {
    out_.next_lsn = std::max(out_.next_lsn, found.segment->first_lsn + lsn_gap_);
  }
  // Sealed records that the tail no longer has are missed by readers, and counted.
  if (!found_.empty()) {
    Segment& last = *found_.back().segment;
    if (last.first_lsn <= seals.sealed_lsn)
      last.last_lsn = std::max(last.last_lsn, seals.sealed_lsn);
  }
}

}  // namespace

Result<Recovered> Recover(FileSystem& file_system, const std::string& directory,
                          platform::Random& random) {
  return Recovery(file_system, directory, random).Run();
}

}  // namespace vitrine::wal
