#include "app/data_folder.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <thread>

#include "app/whole_file.h"

namespace vitrine::app {

/// An open file with the kernel's lock on it, which ends with the process whatever happens.
class FolderLock {
 public:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  ~FolderLock() { close(descriptor_); }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_;
};

namespace {

/// Raised when an older program could no longer read the folder.
constexpr std::string_view kFormat = "1";
constexpr unsigned kFileMode = 0600;

constexpr size_t kContentKeySize = 32;
// sun_path holds 108 bytes with its end.
constexpr size_t kSocketPathSizeMax = 107;

Error IoError(const std::string& what) {
  return {ErrorCode::kIo, what + ": " + std::strerror(errno), {}};
}

constexpr const char* kOtherFolder = "choose another folder with --data";

// A server that was killed while it started its engine leaves a child that has the lock until it
// becomes the engine: moments, and seconds on a machine that is very busy.
constexpr std::chrono::seconds kRemnantWaitMax{10};
constexpr std::chrono::milliseconds kRemnantLookAgain{10};

/// Whether the process that wrote its number into the lock lives no more.
bool IsGone(const std::string& owner) {
  const pid_t pid = std::atoi(owner.c_str());
  return pid > 0 && kill(pid, 0) != 0 && errno == ESRCH;
}

Result<std::shared_ptr<FolderLock>> LockFolder(const std::string& root) {
  const std::string path = root + "/lock";
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    Error error = IoError("cannot write in the data folder " + root);
    error.message += "; let this user write there, or " + std::string(kOtherFolder);
    return std::unexpected(error);
  }
  auto lock = std::make_shared<FolderLock>(descriptor);
  const auto wait_until = std::chrono::steady_clock::now() + kRemnantWaitMax;
  while (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    const std::string text = ReadWhole(path).value_or("");
    const std::string owner = text.substr(0, text.find('\n'));
    if (IsGone(owner) && std::chrono::steady_clock::now() < wait_until) {
      std::this_thread::sleep_for(kRemnantLookAgain);
      continue;
    }
    return Fail(ErrorCode::kConflict, "the data folder " + root + " is in use by process " +
                                          (owner.empty() ? "?" : owner) + "; stop that first, or " +
                                          kOtherFolder);
  }
  // For people; what counts is the lock.
  const std::string pid = std::to_string(getpid()) + "\n";
  if (ftruncate(descriptor, 0) != 0 ||
      write(descriptor, pid.data(), pid.size()) != static_cast<ssize_t>(pid.size())) {
    return std::unexpected(IoError("cannot write " + path));
  }
  return lock;
}

Result<void> CheckFormat(const std::string& root) {
  const std::string path = root + "/format";
  if (!std::filesystem::exists(path))
    return WriteWhole(path, std::string(kFormat) + "\n", kFileMode);
  TRY_ASSIGN(const std::string text, ReadWhole(path));
  const std::string format = text.substr(0, text.find('\n'));
  if (format == kFormat) return {};
  return Fail(ErrorCode::kConflict, "the data folder " + root + " has format '" + format +
                                        "', and this program reads " + std::string(kFormat) +
                                        "; use the vitrine that wrote it, or " + kOtherFolder);
}

/// Reads the key, or makes it.
Result<std::string> ContentKey(const std::string& path) {
  if (std::filesystem::exists(path)) {
    TRY_ASSIGN(std::string stored, ReadWhole(path));
    if (stored.size() == kContentKeySize) return stored;
    return Fail(ErrorCode::kCorrupt,
                path + " is not a key of 32 bytes; restore it from a backup of this folder");
  }
  std::string key(kContentKeySize, '\0');
  if (getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key.size()))
    return std::unexpected(IoError("getrandom"));
  TRY(WriteWhole(path, key, kFileMode));
  return key;
}

std::string SocketPath(const std::string& root) {
  std::string inside = root + "/engine.sock";
  if (inside.size() <= kSocketPathSizeMax) return inside;
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  return std::string(runtime != nullptr ? runtime : "/tmp") + "/vitrine-" +
         std::to_string(std::hash<std::string>()(root)) + ".sock";
}

}  // namespace

Result<DataFolder> OpenDataFolder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    return Fail(ErrorCode::kIo, "cannot make the data folder " + path + ": " + error.message() +
                                    "; " + kOtherFolder);
  }
  DataFolder folder;
  folder.root = std::filesystem::canonical(path, error).string();
  if (error) return Fail(ErrorCode::kIo, path + ": " + error.message());
  TRY_ASSIGN(folder.lock, LockFolder(folder.root));
  TRY(CheckFormat(folder.root));
  folder.log = folder.root + "/log";
  folder.engine = folder.root + "/engine";
  folder.quarantine = folder.root + "/quarantine";
  folder.socket = SocketPath(folder.root);
  std::filesystem::create_directories(folder.engine, error);
  if (error) return Fail(ErrorCode::kIo, folder.engine + ": " + error.message());
  TRY_ASSIGN(folder.content_key, ContentKey(folder.root + "/content.key"));
  return folder;
}

}  // namespace vitrine::app
