// SealStore: the boundaries of sealed batches on disk, in a file of four pages that is never
// resized, so that sealing works on a full disk.
// Owner: the log. Threads: none of its own; the log serialises calls.
// Format: docs/formats/log.md, "Seals".
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "platform/file.h"
#include "storage/wal/log.h"

namespace vitrine::wal {

struct SealState {
  LogId log_id;
  uint64_t last_number = 0;  ///< Of the newest seal.
  Lsn sealed_lsn = 0;        ///< The last LSN that a seal covers.
  Lsn settled_lsn = 0;       ///< The last LSN that is settled.
  std::vector<Seal> unsettled;

  bool operator==(const SealState&) const = default;
};

class SealStore {
 public:
  struct Found {
    std::unique_ptr<SealStore> store;
    bool existed = false;   ///< The file was there.
    bool readable = false;  ///< One of its pages was whole; else state() is empty.
  };
  /// Opens or creates the file. The directory still has to be synced.
  /// Errors: kIo, kLimitExceeded (disk full), kUnsupported (newer version).
  static Result<Found> Open(platform::FileSystem& file_system, const std::string& path);

  const SealState& state() const { return state_; }
  /// Makes what Open read durable: it may stand in the kernel's memory only, after a sync that
  /// failed. Cheap when done already. Nothing may be settled before.
  /// Errors: kIo, kLimitExceeded.
  Result<void> Confirm();
  /// Makes `state` durable and current. After an error the current state is what it was; what is on
  /// disk is that or the new one.
  /// Errors: kIo, kLimitExceeded.
  Result<void> Write(const SealState& state);

 private:
  explicit SealStore(std::unique_ptr<platform::File> file) : file_(std::move(file)) {}
  Result<bool> Read();
  Result<void> WriteSlot(uint64_t slot, const SealState& state);

  std::unique_ptr<platform::File> file_;
  SealState state_;
  uint64_t sequence_ = 0;
  uint64_t current_slot_ = 0;
  bool is_confirmed_ = true;
};

}  // namespace vitrine::wal
