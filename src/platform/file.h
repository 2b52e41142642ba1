// File and FileSystem: the seam to the disk. Real side: posix_file.h; simulated side: sim_file.h.
// Owner: whoever opened a File; it closes when destroyed. Paths are absolute or relative to the
// process. Threads: a FileSystem is thread-safe; of one File, ReadAt may run beside one writer.
// Errors: kIo, kNotFound, kConflict (exists), and kLimitExceeded for "no space left" (ENOSPC and
// EDQUOT), so that callers can tell a full disk from a broken one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vitrine::platform {

class File {
 public:
  virtual ~File() = default;

  /// Writes all pieces one after the other, beginning at `offset`.
  /// Errors: on failure any part of them may have been written.
  virtual Result<void> WriteAt(uint64_t offset, std::span<const std::string_view> pieces) = 0;
  Result<void> WriteAt(uint64_t offset, std::string_view bytes) {
    return WriteAt(offset, std::span<const std::string_view>(&bytes, 1));
  }
  /// Reads up to `size` bytes at `offset` into `to`; fewer only at the end of the file.
  virtual Result<size_t> ReadAt(uint64_t offset, char* to, size_t size) = 0;
  /// Makes everything written so far durable, and the file's size. After an error nothing is known
  /// about unsynced bytes, and calling again proves nothing: the kernel may have dropped them.
  virtual Result<void> SyncData() = 0;
  /// Asks the kernel to begin writing out these bytes now. A hint; promises nothing.
  virtual void StartWriteback(uint64_t offset, uint64_t size) = 0;
  /// Cuts or extends (with zeros) the file.
  virtual Result<void> Truncate(uint64_t size) = 0;
  /// Reserves disk blocks for the first `size` bytes; the file's size becomes at least that.
  virtual Result<void> Preallocate(uint64_t size) = 0;
  virtual Result<uint64_t> Size() = 0;
};

enum class OpenMode : uint8_t {
  kRead,       ///< Must exist.
  kReadWrite,  ///< Must exist.
  kCreate,     ///< Must not exist; read and write.
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) = 0;
  /// Creates one directory; an existing one is fine.
  virtual Result<void> CreateDirectory(const std::string& path) = 0;
  /// Names of the entries of a directory, without "." and "..", sorted.
  virtual Result<std::vector<std::string>> List(const std::string& directory) = 0;
  /// Makes creations, renames and removals in a directory durable.
  virtual Result<void> SyncDirectory(const std::string& directory) = 0;
  /// Replaces `to` if it exists. Both must be in the same directory.
  virtual Result<void> Rename(const std::string& from, const std::string& to) = 0;
  virtual Result<void> Remove(const std::string& path) = 0;
  /// Bytes an unprivileged process can still write to the file system that holds `path`.
  virtual Result<uint64_t> FreeSpace(const std::string& path) = 0;
  /// Takes an exclusive lock on `path`, created if missing, held until the result is destroyed.
  /// Errors: kConflict while another process, or another caller in this one, holds it.
  virtual Result<std::unique_ptr<File>> Lock(const std::string& path) = 0;
};

}  // namespace vitrine::platform
