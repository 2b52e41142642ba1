#include "storage/wal/internal/segment.h"

#include <algorithm>

#include "storage/wal/internal/scan.h"
#include "storage/wal/limits.h"

namespace vitrine::wal {

uint64_t Segment::Locate(Lsn lsn) const {
  auto after =
      std::upper_bound(index.begin(), index.end(), lsn,
                       [](Lsn value, const IndexEntry& entry) { return value < entry.lsn; });
  return after == index.begin() ? kSegmentHeaderSize : std::prev(after)->offset;
}

void Segment::AddToIndex(IndexEntry entry) {
  auto at =
      std::lower_bound(index.begin(), index.end(), entry.lsn,
                       [](const IndexEntry& existing, Lsn value) { return existing.lsn < value; });
  if (at != index.end() && at->lsn == entry.lsn) return;
  if (at != index.begin() && entry.offset < std::prev(at)->offset + kIndexStrideBytes) return;
  index.insert(at, entry);
}

namespace {

Result<std::shared_ptr<Segment>> MakeSegment(platform::FileSystem& file_system,
                                             const std::string& directory,
                                             const SegmentHeader& header, uint64_t size,
                                             std::shared_ptr<Segment> segment) {
  TRY_ASSIGN(segment->file, file_system.Open(segment->path, platform::OpenMode::kCreate));
  // Allocating now is three times as fast as growing with each write (docs/benchmarks/wal.md), and
  // finds out about a full disk before anything is appended.
  TRY(segment->file->Preallocate(size));
  auto page = EncodeSegmentHeader(header);
  TRY(segment->file->WriteAt(0, std::string_view(page.data(), page.size())));
  TRY(segment->file->SyncData());
  TRY(file_system.SyncDirectory(directory));
  return segment;
}

}  // namespace

Result<std::shared_ptr<Segment>> CreateSegment(platform::FileSystem& file_system,
                                               const std::string& directory,
                                               const SegmentHeader& header, uint64_t size) {
  auto segment = std::make_shared<Segment>();
  segment->number = header.number;
  segment->path = directory + "/" + SegmentName(header.number);
  segment->salt = SegmentSalt(header.log_id, header.number);
  segment->first_lsn = header.first_lsn;
  segment->last_lsn = header.first_lsn - 1;
  segment->disk_size = size;
  segment->index.push_back({header.first_lsn, kSegmentHeaderSize});
  auto made = MakeSegment(file_system, directory, header, size, segment);
  if (!made && segment->file) {
    // Best effort: recovery removes half-made segments too.
    segment->file.reset();
    (void)file_system.Remove(segment->path).has_value();
  }
  return made;
}

Result<void> UnconfirmedTail::Confirm() {
  TRY(segment->file->WriteAt(offset, bytes));
  TRY(segment->file->Truncate(file_size));
  return segment->file->SyncData();
}

namespace {

Result<std::shared_ptr<const std::string>> ReadWindow(const Segment& segment, uint64_t offset,
                                                      uint64_t size) {
  auto window = std::make_shared<std::string>();
  Result<size_t> got = size_t{0};
  window->resize_and_overwrite(size, [&](char* to, size_t capacity) {
    got = segment.file->ReadAt(offset, to, capacity);
    return got ? *got : 0;
  });
  if (!got) return std::unexpected(std::move(got).error());
  return std::shared_ptr<const std::string>(std::move(window));
}

}  // namespace

Result<RangeResult> ReadSegment(const ReadRange& range) {
  RangeResult result;
  result.next_lsn = range.from_lsn;
  uint64_t window_size = std::max(
      std::min(range.size_bytes_max, kRecordSizeBytesMax) + kIndexStrideBytes, kReadWindowBytesMin);
  uint64_t offset = range.offset;
  uint64_t payload_size = 0;
  Lsn seen_lsn = 0;
  for (;;) {
    uint64_t rest = range.end_offset - std::min(offset, range.end_offset);
    bool is_final = window_size >= rest;
    TRY_ASSIGN(auto window, ReadWindow(*range.segment, offset, std::min(window_size, rest)));
    RecordScanner scanner(*window, offset, range.segment->salt, seen_lsn, is_final);
    ScannedRecord record;
    RecordScanner::Step step;
    while ((step = scanner.Next(record)) == RecordScanner::Step::kRecord) {
      seen_lsn = record.header.lsn;
      if (seen_lsn > range.to_lsn) break;
      if (seen_lsn < range.from_lsn) continue;
      if (!result.records.empty() && payload_size + record.payload.size() > range.size_bytes_max) {
        result.entries.push_back({seen_lsn, record.offset});
        result.next_lsn = seen_lsn;
        return result;
      }
      if (result.entries.empty() ||
          record.offset >= result.entries.back().offset + kIndexStrideBytes) {
        result.entries.push_back({seen_lsn, record.offset});
      }
      payload_size += record.payload.size();
      result.records.push_back({seen_lsn, record.header.type, record.payload, window});
      result.next_lsn = seen_lsn + 1;
    }
    if (step != RecordScanner::Step::kNeedMore) {
      result.next_lsn = range.to_lsn + 1;
      return result;
    }
    if (!result.records.empty()) {
      result.entries.push_back({result.next_lsn, scanner.offset()});
      return result;
    }
    window_size = std::max(window_size, scanner.wanted_size());
    offset = scanner.offset();
  }
}

}  // namespace vitrine::wal
