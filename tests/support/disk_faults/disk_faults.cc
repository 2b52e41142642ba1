// A disk that fails when it is told to, for the real server: loaded before libc (LD_PRELOAD), it stands between the program and the calls by
// which files below a folder `log` are written, so that no privilege, file system or full disk of one's own is needed.
//
// VITRINE_DISK_FAULTS names a file whose first word says what holds from now on:
//   full     writing and growing fail with ENOSPC
//   failing  making durable fails with EIO
//   stalled  writing and making durable wait until the word changes
//   anything else, or no such file: the disk works.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string_view>

namespace {

constexpr std::string_view kFolder = "/log/";

bool IsOfLog(int descriptor) {
  char link[64], path[4096];
  std::snprintf(link, sizeof(link), "/proc/self/fd/%d", descriptor);
  const ssize_t size = readlink(link, path, sizeof(path));
  return size > 0 && std::string_view(path, static_cast<size_t>(size)).contains(kFolder);
}

bool IsNow(std::string_view fault) {
  const char* file = std::getenv("VITRINE_DISK_FAULTS");
  const int descriptor = file == nullptr ? -1 : open(file, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  char word[16];
  const ssize_t size = read(descriptor, word, sizeof(word));
  close(descriptor);
  return size > 0 && std::string_view(word, static_cast<size_t>(size)).starts_with(fault);
}

void WaitWhileStalled() {
  constexpr timespec kPause = {.tv_sec = 0, .tv_nsec = 2'000'000};
  while (IsNow("stalled")) nanosleep(&kPause, nullptr);
}

template <typename Function>
Function* Real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" ssize_t pwritev(int descriptor, const iovec* pieces, int count, off_t offset) {
  static auto* const real = Real<ssize_t(int, const iovec*, int, off_t)>("pwritev");
  if (IsOfLog(descriptor)) {
    WaitWhileStalled();
    if (IsNow("full")) {
      errno = ENOSPC;
      return -1;
    }
  }
  return real(descriptor, pieces, count, offset);
}

extern "C" int fallocate(int descriptor, int mode, off_t offset, off_t size) {
  static auto* const real = Real<int(int, int, off_t, off_t)>("fallocate");
  if (IsOfLog(descriptor) && IsNow("full")) {
    errno = ENOSPC;
    return -1;
  }
  return real(descriptor, mode, offset, size);
}

extern "C" int fdatasync(int descriptor) {
  static auto* const real = Real<int(int)>("fdatasync");
  if (IsOfLog(descriptor)) {
    WaitWhileStalled();
    if (IsNow("failing")) {
      errno = EIO;
      return -1;
    }
  }
  return real(descriptor);
}
