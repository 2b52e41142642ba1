#include "platform/posix_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace vitrine::platform {

namespace {

std::unexpected<Error> FailErrno(const char* what, const std::string& path, int error) {
  ErrorCode code = ErrorCode::kIo;
  if (error == ENOENT) code = ErrorCode::kNotFound;
  if (error == EEXIST) code = ErrorCode::kConflict;
  if (error == ENOSPC || error == EDQUOT) code = ErrorCode::kLimitExceeded;
  return Fail(code, std::string(what) + " " + path + ": " + std::generic_category().message(error));
}

template <typename Call>
auto RetryInterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

class PosixFile : public File {
 public:
  PosixFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  ~PosixFile() override { close(descriptor_); }
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;

  Result<void> WriteAt(uint64_t offset, std::span<const std::string_view> pieces) override;
  Result<size_t> ReadAt(uint64_t offset, char* to, size_t size) override;

  Result<void> SyncData() override {
    if (RetryInterrupted([&] { return fdatasync(descriptor_); }) != 0) {
      return FailErrno("cannot sync", path_, errno);
    }
    return {};
  }
  void StartWriteback(uint64_t offset, uint64_t size) override {
    sync_file_range(descriptor_, static_cast<off_t>(offset), static_cast<off_t>(size),
                    SYNC_FILE_RANGE_WRITE);
  }
  Result<void> Truncate(uint64_t size) override {
    if (RetryInterrupted([&] { return ftruncate(descriptor_, static_cast<off_t>(size)); }) != 0) {
      return FailErrno("cannot resize", path_, errno);
    }
    return {};
  }
  Result<void> Preallocate(uint64_t size) override {
    auto allocate = [&] { return fallocate(descriptor_, 0, 0, static_cast<off_t>(size)); };
    if (RetryInterrupted(allocate) == 0) return {};
    // A file system that cannot reserve space still grows files as they are written.
    if (errno == EOPNOTSUPP || errno == ENOSYS) return {};
    return FailErrno("cannot allocate", path_, errno);
  }
  Result<uint64_t> Size() override {
    struct stat status{};
    if (fstat(descriptor_, &status) != 0) return FailErrno("cannot stat", path_, errno);
    return static_cast<uint64_t>(status.st_size);
  }

 private:
  Result<void> WriteSome(std::span<iovec> vectors, uint64_t offset);

  int descriptor_;
  std::string path_;
};

// Linux takes at most this many pieces per call (UIO_MAXIOV).
constexpr size_t kPiecesPerCallMax = 1024;

Result<void> PosixFile::WriteAt(uint64_t offset, std::span<const std::string_view> pieces) {
  std::array<iovec, kPiecesPerCallMax> vectors;
  size_t next = 0;
  while (next < pieces.size()) {
    size_t count = 0;
    uint64_t size = 0;
    for (; next < pieces.size() && count < vectors.size(); ++next) {
      if (pieces[next].empty()) continue;
      vectors[count++] = {const_cast<char*>(pieces[next].data()), pieces[next].size()};
      size += pieces[next].size();
    }
    TRY(WriteSome(std::span(vectors.data(), count), offset));
    offset += size;
  }
  return {};
}

/// Writes all of `vectors`, going on after short writes.
Result<void> PosixFile::WriteSome(std::span<iovec> vectors, uint64_t offset) {
  while (!vectors.empty()) {
    ssize_t written = RetryInterrupted([&] {
      return pwritev(descriptor_, vectors.data(), static_cast<int>(vectors.size()),
                     static_cast<off_t>(offset));
    });
    if (written < 0) return FailErrno("cannot write", path_, errno);
    if (written == 0) return Fail(ErrorCode::kIo, "cannot write " + path_ + ": wrote nothing");
    offset += static_cast<uint64_t>(written);
    size_t rest = static_cast<size_t>(written);
    while (!vectors.empty() && rest >= vectors.front().iov_len) {
      rest -= vectors.front().iov_len;
      vectors = vectors.subspan(1);
    }
    if (rest > 0) {
      vectors.front().iov_base = static_cast<char*>(vectors.front().iov_base) + rest;
      vectors.front().iov_len -= rest;
    }
  }
  return {};
}

Result<size_t> PosixFile::ReadAt(uint64_t offset, char* to, size_t size) {
  size_t done = 0;
  while (done < size) {
    ssize_t got = RetryInterrupted([&] {
      return pread(descriptor_, to + done, size - done, static_cast<off_t>(offset + done));
    });
    if (got < 0) return FailErrno("cannot read", path_, errno);
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

class PosixFiles : public FileSystem {
 public:
  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) override {
    int flags = O_CLOEXEC | (mode == OpenMode::kRead ? O_RDONLY : O_RDWR);
    if (mode == OpenMode::kCreate) flags |= O_CREAT | O_EXCL;
    // 0600: the log holds people's prompts.
    int descriptor = RetryInterrupted([&] { return open(path.c_str(), flags, 0600); });
    if (descriptor < 0) return FailErrno("cannot open", path, errno);
    return std::make_unique<PosixFile>(descriptor, path);
  }

  Result<void> CreateDirectory(const std::string& path) override {
    if (mkdir(path.c_str(), 0700) == 0) return {};
    int error = errno;
    struct stat status{};
    if (error == EEXIST && stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return {};
    return FailErrno("cannot create directory", path, error);
  }

  Result<std::vector<std::string>> List(const std::string& directory) override {
    DIR* stream = opendir(directory.c_str());
    if (stream == nullptr) return FailErrno("cannot list", directory, errno);
    std::vector<std::string> names;
    errno = 0;
    while (dirent* entry = readdir(stream)) {
      std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
      errno = 0;
    }
    int error = errno;
    closedir(stream);
    if (error != 0) return FailErrno("cannot list", directory, error);
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<void> SyncDirectory(const std::string& directory) override {
    int descriptor = RetryInterrupted(
        [&] { return open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    if (descriptor < 0) return FailErrno("cannot open directory", directory, errno);
    int result = RetryInterrupted([&] { return fsync(descriptor); });
    int error = errno;
    close(descriptor);
    if (result != 0) return FailErrno("cannot sync directory", directory, error);
    return {};
  }

  Result<void> Rename(const std::string& from, const std::string& to) override {
    if (rename(from.c_str(), to.c_str()) != 0) return FailErrno("cannot rename", from, errno);
    return {};
  }

  Result<void> Remove(const std::string& path) override {
    if (unlink(path.c_str()) != 0) return FailErrno("cannot remove", path, errno);
    return {};
  }

  Result<uint64_t> FreeSpace(const std::string& path) override {
    struct statvfs status{};
    if (statvfs(path.c_str(), &status) != 0) return FailErrno("cannot stat", path, errno);
    return static_cast<uint64_t>(status.f_bavail) * status.f_frsize;
  }

  Result<std::unique_ptr<File>> Lock(const std::string& path) override {
    int descriptor =
        RetryInterrupted([&] { return open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600); });
    if (descriptor < 0) return FailErrno("cannot open", path, errno);
    auto file = std::make_unique<PosixFile>(descriptor, path);
    if (RetryInterrupted([&] { return flock(descriptor, LOCK_EX | LOCK_NB); }) != 0) {
      if (errno == EWOULDBLOCK) {
        return Fail(ErrorCode::kConflict, "locked by another process: " + path);
      }
      return FailErrno("cannot lock", path, errno);
    }
    return file;
  }
};

}  // namespace

FileSystem& PosixFileSystem() {
  static PosixFiles files;
  return files;
}

}  // namespace vitrine::platform
