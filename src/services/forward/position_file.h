// PositionFile: how far a target has come in the durable log, and what was counted on the way.
// Owner: one target. Threads: none. Format: docs/formats/forward_position.md.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "platform/file.h"
#include "storage/wal/log.h"

namespace vitrine::forward {

struct Position {
  wal::LogId log_id;
  wal::Lsn next_lsn = 0;  ///< Everything before it is sent, refused, dropped or not meant.
  uint64_t spans_sent = 0, spans_filtered = 0, spans_refused = 0, spans_dropped = 0;
  bool operator==(const Position&) const = default;
};

class PositionFile {
 public:
  PositionFile(std::string folder, const std::string& target, platform::FileSystem& file_system);

  /// Nothing where there is none yet.
  /// Errors: kCorrupt (it does not read), kUnsupported (a newer version wrote it), kIo.
  Result<std::optional<Position>> Read() const;
  /// Durable when it returns; a crash in between leaves the old one.
  Result<void> Write(const Position& position) const;

 private:
  const std::string folder_, path_;
  platform::FileSystem& file_system_;
};

}  // namespace vitrine::forward
