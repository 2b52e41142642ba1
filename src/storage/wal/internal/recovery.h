// Recovery: from the files of a log directory to its segments and its next LSN.
// Format: docs/formats/log.md, "Recovery". One thread, before the log is shared.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/file.h"
#include "platform/random.h"
#include "storage/wal/internal/seal_store.h"
#include "storage/wal/internal/segment.h"
#include "storage/wal/log.h"

namespace vitrine::wal {

struct Recovered {
  LogId log_id;
  std::unique_ptr<SealStore> seals;
  std::vector<std::shared_ptr<Segment>> segments;  ///< Ascending by number and LSN.
  Lsn durable_lsn = 0;
  Lsn next_lsn = 1;
  /// Set if the disk failed: the records after durable_lsn may be read once it is confirmed.
  std::optional<UnconfirmedTail> tail;
  uint64_t next_segment_number = 1;
  RecoveryReport report;
};

/// Reads the directory, removes half-made segments, leaves out the torn tail.
/// Errors: as Log::Open.
Result<Recovered> Recover(platform::FileSystem& file_system, const std::string& directory,
                          platform::Random& random);

}  // namespace vitrine::wal
