#include "app/whole_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace vitrine::app {

namespace {

constexpr size_t kReadBytes = 64 * 1024;

std::unexpected<Error> Failed(const std::string& what) {
  return Fail(ErrorCode::kIo, what + ": " + std::strerror(errno));
}

}  // namespace

Result<std::string> ReadWhole(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Failed("cannot read " + path);
  std::string text;
  while (true) {
    const size_t size = text.size();
    text.resize(size + kReadBytes);
    const ssize_t got = read(fd, text.data() + size, kReadBytes);
    text.resize(size + static_cast<size_t>(got > 0 ? got : 0));
    if (got > 0 || (got < 0 && errno == EINTR)) continue;
    const int problem = errno;
    close(fd);
    errno = problem;
    if (got < 0) return Failed("cannot read " + path);
    return text;
  }
}

Result<void> WriteWhole(const std::string& path, std::string_view bytes, unsigned mode) {
  const std::string aside = path + ".new";
  const int fd = open(aside.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, mode);
  if (fd < 0) return Failed("cannot write " + aside);
  const bool written =
      write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && fsync(fd) == 0;
  close(fd);
  if (!written || rename(aside.c_str(), path.c_str()) != 0) return Failed("cannot write " + path);
  // The name is not durable before its folder is.
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const int directory =
      open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = directory >= 0 && fsync(directory) == 0;
  if (directory >= 0) close(directory);
  if (!synced) return Failed("cannot sync " + folder);
  return {};
}

}  // namespace vitrine::app
