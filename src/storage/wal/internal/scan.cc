#include "storage/wal/internal/scan.h"

namespace vitrine::wal {

/// Moves to the next record header after the current position. False if the window has none.
bool RecordScanner::FindHeader() {
  for (size_t at = position_ + 1; at < window_.size(); ++at) {
    at = window_.find(kRecordMagic, at);
    if (at == std::string_view::npos) return false;
    auto header = DecodeRecordHeader(window_.substr(at), salt_);
    if (header && header->lsn > last_lsn_) {
      position_ = at;
      return true;
    }
  }
  return false;
}

RecordScanner::Step RecordScanner::Next(ScannedRecord& record) {
  for (;;) {
    std::string_view rest = window_.substr(position_);
    if (rest.size() < kRecordHeaderSize) {
      wanted_size_ = position_ + kRecordHeaderSize;
      return is_final_ ? Step::kEnd : Step::kNeedMore;
    }
    auto header = DecodeRecordHeader(rest, salt_);
    if (!header || header->lsn <= last_lsn_) {
      if (FindHeader()) continue;
      wanted_size_ = window_.size() * 2;
      return is_final_ ? Step::kEnd : Step::kNeedMore;
    }
    uint64_t size = kRecordHeaderSize + header->payload_size;
    if (size > rest.size()) {
      wanted_size_ = position_ + size;
      if (!is_final_) return Step::kNeedMore;
      if (FindHeader()) continue;
      return Step::kEnd;
    }
    std::string_view payload = rest.substr(kRecordHeaderSize, header->payload_size);
    uint64_t offset = this->offset();
    if (Checksum(payload) != header->payload_checksum) {
      // The header is right, so its length is: what follows may be whole.
      last_lsn_ = header->lsn;
      position_ += size;
      continue;
    }
    last_lsn_ = header->lsn;
    position_ += size;
    record = {*header, offset, offset + size, payload};
    return Step::kRecord;
  }
}

}  // namespace vitrine::wal
