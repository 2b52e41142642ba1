// LogCounters: a snapshot of what the durable log did since it was opened, for /metrics.
#pragma once

#include <array>
#include <cstdint>

namespace vitrine::wal {

/// Upper bounds of the batch size histogram, in records; the last bucket has none.
inline constexpr std::array<uint64_t, 9> kBatchSizeBounds = {1, 2, 4, 8, 16, 32, 64, 128, 256};

struct LogCounters {
  uint64_t records_appended = 0;  ///< Acknowledged.
  uint64_t bytes_appended = 0;    ///< Of those: payloads and headers.
  uint64_t records_refused = 0;   ///< Answered with an error, for any reason.
  uint64_t syncs = 0;             ///< fdatasync calls on segments.
  uint64_t sync_nanos = 0;        ///< Time spent in them.
  uint64_t write_errors = 0;
  uint64_t sync_errors = 0;
  uint64_t segments_created = 0;
  uint64_t segments_removed = 0;
  uint64_t torn_tails = 0;           ///< Found when opening.
  uint64_t quarantined_records = 0;  ///< Acknowledged, then found corrupt: data loss.
  uint64_t seals = 0;
  uint64_t settled = 0;
  std::array<uint64_t, kBatchSizeBounds.size() + 1> batch_size_histogram{};
};

}  // namespace vitrine::wal
