// SimFileSystem: a file system in memory that behaves as badly as disks may. Unsynced bytes and
// directory entries are kept apart from durable ones; a power loss keeps, drops, reorders and tears
// them; any call can be made to fail. Everything follows from the seed.
//
// Owner: the test. Threads: thread-safe, but only one thread makes it repeatable.
//
// The model: a sync of a file makes its bytes and size durable, never its directory entry; a sync
// of a directory makes its entries durable. A failed sync may have written anything, and leaves the
// rest readable but never written by a later sync (what Linux does). A 512-byte sector is written
// whole or not at all; sectors of one write arrive in any order.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "platform/file.h"
#include "platform/random.h"

namespace vitrine::platform {

enum class SimFault : uint8_t {
  kIoError,     ///< Fails with kIo and does nothing. A failed sync loses unsynced bytes.
  kNoSpace,     ///< Fails as a full disk does, after part of a write.
  kShortWrite,  ///< Writes a part, then fails with kIo.
  kPowerLoss,   ///< The power goes during the call.
  kKill,        ///< The process dies during the call; what it wrote stays.
};

class SimFileSystem : public FileSystem {
 public:
  explicit SimFileSystem(uint64_t seed) : random_(seed) {}

  // FileSystem
  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override;
  Result<void> CreateDirectory(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& directory) override;
  Result<void> SyncDirectory(const std::string& directory) override;
  Result<void> Rename(const std::string& from, const std::string& to) override;
  Result<void> Remove(const std::string& path) override;
  Result<uint64_t> FreeSpace(const std::string& path) override;
  Result<std::unique_ptr<File>> Lock(const std::string& path) override;

  /// Makes the `nth` call from now (1 is the next) fail, and the `count` - 1 after it.
  void FailCall(uint64_t nth, SimFault fault, uint64_t count = 1);
  /// Makes each call fail once in `n` times on average; 0 turns it off.
  void FailRandomly(SimFault fault, uint64_t n);
  void ClearFaults();
  /// Calls so far, reads included.
  uint64_t call_count() const;
  /// Size of the disk. Below what is used already: nothing more fits.
  void SetCapacity(uint64_t bytes);
  /// True after kPowerLoss or kKill struck; every call fails with kIo until Restart.
  bool is_down() const;

  /// The power goes now: every handle and lock dies, unsynced state is kept, dropped or torn.
  void PowerLoss();
  /// The process dies now: every handle and lock dies, everything written stays.
  void Kill();
  /// Lets calls through again, after is_down.
  void Restart();

  /// Flips bits of one byte, on disk and in the cache.
  void Corrupt(const std::string& path, uint64_t offset, uint8_t mask);
  /// The bytes a reader sees now; nothing if there is no such file.
  std::optional<std::string> Contents(const std::string& path) const;

 private:
  friend class SimFile;

  /// One unsynced change: a write of `bytes` at `offset`, or a resize to `offset`.
  struct Change {
    bool is_resize = false;
    uint64_t offset = 0;
    std::string bytes;
  };
  struct Inode {
    std::string cached;
    std::string durable;
    std::vector<Change> unsynced;
  };
  using InodePtr = std::shared_ptr<Inode>;
  /// One unsynced change of the directory tree: `path` becomes `inode` (null: removed).
  struct EntryChange {
    std::string path;
    InodePtr inode;
    std::string also_removed;  ///< Rename: the old name, changed in the same step.
  };

  std::optional<SimFault> NextFault();
  Result<void> Strike(SimFault fault, const std::string& what);
  void Crash(bool power_loss);
  void TearInto(Inode& inode);
  Result<void> Write(Inode& inode, uint64_t offset, std::span<const std::string_view> pieces);
  void WriteCached(Inode& inode, uint64_t offset, std::string_view bytes);
  void ResizeCached(Inode& inode, uint64_t size);
  Result<void> Sync(Inode& inode);
  uint64_t UsedBytes() const;
  Result<void> CheckUp(uint64_t generation) const;

  mutable std::mutex mutex_;
  SeededRandom random_;
  std::map<std::string, InodePtr> cached_entries_;
  std::map<std::string, InodePtr> durable_entries_;
  std::vector<EntryChange> unsynced_entries_;
  std::map<std::string, bool> directories_;  ///< Value: whether the directory itself is durable.
  std::set<std::string> locks_;
  uint64_t capacity_ = UINT64_MAX;
  uint64_t call_count_ = 0;
  uint64_t fail_from_ = 0;
  uint64_t fail_until_ = 0;
  SimFault fail_fault_ = SimFault::kIoError;
  uint64_t random_one_in_ = 0;
  SimFault random_fault_ = SimFault::kIoError;
  bool down_ = false;
  uint64_t generation_ = 0;  ///< Handles of an earlier one are dead.
};

}  // namespace vitrine::platform
