// AppendQueue: appends in the order they came, waiting for the writer.
// Owner: the writer. Not thread-safe; the writer's mutex guards it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "storage/wal/log.h"

namespace vitrine::wal {

struct WaitingRecord {
  size_t piece_count = 0;
  uint64_t payload_size = 0;
  uint64_t checksum = 0;
  RecordType type = RecordType::kSpanBatch;
  Log::AppendCallback done;
};

struct AppendQueue {
  std::vector<WaitingRecord> records;
  std::vector<std::string_view> pieces;  ///< Of all records, one after the other.

  void Add(std::span<const std::string_view> new_pieces, WaitingRecord record) {
    record.piece_count = new_pieces.size();
    pieces.insert(pieces.end(), new_pieces.begin(), new_pieces.end());
    records.push_back(std::move(record));
  }
  bool empty() const { return records.empty(); }
  void clear() {
    records.clear();
    pieces.clear();
  }
};

}  // namespace vitrine::wal
