// SharedState: what the log's writer, its readers and the settle thread share.
// Threads: everything is guarded by `mutex`.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "storage/wal/internal/segment.h"
#include "storage/wal/log.h"

namespace vitrine::wal {

struct SharedState {
  mutable std::mutex mutex;
  mutable std::condition_variable readers;  ///< Notified when durable_lsn grows.
  std::vector<std::shared_ptr<Segment>> segments;
  Lsn durable_lsn = 0;
  LogHealth health;
  LogCounters counters;
  bool interrupted = false;

  uint64_t DiskSize() const {
    uint64_t size = 0;
    for (const auto& segment : segments) size += segment->disk_size;
    return size;
  }
};

}  // namespace vitrine::wal
