#include "app/data_folder.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>

namespace vitrine::app {

namespace {

constexpr size_t kContentKeySize = 32;
// sun_path holds 108 bytes with its end.
constexpr size_t kSocketPathSizeMax = 107;

Error IoError(const std::string& what) {
  return {ErrorCode::kIo, what + ": " + std::strerror(errno), {}};
}

/// Reads the key, or makes it: written aside, synced and renamed, so that a crash never leaves half
/// a key.
Result<std::string> ContentKey(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (file) {
    std::string key((std::istreambuf_iterator<char>(file)), {});
    if (key.size() == kContentKeySize) return key;
    return Fail(ErrorCode::kCorrupt,
                path + " is not a key of 32 bytes; restore it from a backup of this folder");
  }
  std::string key(kContentKeySize, '\0');
  if (getrandom(key.data(), key.size(), 0) != static_cast<ssize_t>(key.size()))
    return std::unexpected(IoError("getrandom"));
  std::string aside = path + ".new";
  int fd = open(aside.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return std::unexpected(IoError(aside));
  bool written =
      write(fd, key.data(), key.size()) == static_cast<ssize_t>(key.size()) && fsync(fd) == 0;
  close(fd);
  if (!written || rename(aside.c_str(), path.c_str()) != 0) return std::unexpected(IoError(path));
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
  if (error)
    return Fail(ErrorCode::kIo, "cannot make the data folder " + path + ": " + error.message());
  DataFolder folder;
  folder.root = std::filesystem::canonical(path, error).string();
  if (error) return Fail(ErrorCode::kIo, path + ": " + error.message());
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
