// RecordScanner: finds the records in a stretch of segment bytes, whatever else is there.
// Owner: records borrow from the bytes. One thread. Never reads outside, never throws.
// Format: docs/formats/log.md, "Reading".
#pragma once

#include <cstdint>
#include <string_view>

#include "storage/wal/internal/format.h"

namespace vitrine::wal {

struct ScannedRecord {
  RecordHeader header;
  uint64_t offset = 0;  ///< Of the record's header in the segment.
  uint64_t end_offset = 0;
  std::string_view payload;
};

class RecordScanner {
 public:
  enum class Step : uint8_t {
    kRecord,    ///< A whole record with the right checksums.
    kNeedMore,  ///< Only for windows that are not final: read on at offset() with a larger window.
    kEnd,       ///< No further record.
  };

  /// Scans `window`, which begins at `offset` in the segment. `is_final`: nothing follows it.
  /// Records must have an LSN above `after_lsn`.
  RecordScanner(std::string_view window, uint64_t offset, uint64_t salt, Lsn after_lsn,
                bool is_final)
      : window_(window), base_(offset), salt_(salt), last_lsn_(after_lsn), is_final_(is_final) {}

  Step Next(ScannedRecord& record);

  /// Segment offset where the next step begins.
  uint64_t offset() const { return base_ + position_; }
  /// The window size, from its beginning, that the next step needs at least; after kNeedMore.
  uint64_t wanted_size() const { return wanted_size_; }

 private:
  bool FindHeader();

  std::string_view window_;
  uint64_t base_;
  uint64_t salt_;
  Lsn last_lsn_;
  bool is_final_;
  size_t position_ = 0;
  uint64_t wanted_size_ = 0;
};

}  // namespace vitrine::wal
