#include "platform/random.h"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/check.h"

namespace vitrine::platform {

namespace {

class KernelRandom : public Random {
 public:
  void Fill(void* to, size_t size) override {
    char* at = static_cast<char*>(to);
    while (size > 0) {
      ssize_t got = getrandom(at, size, 0);
      // With these arguments the kernel has no other failure than an interruption.
      VITRINE_CHECK(got > 0 || errno == EINTR);
      if (got <= 0) continue;
      at += got;
      size -= static_cast<size_t>(got);
    }
  }
};

}  // namespace

Random& SystemRandom() {
  static KernelRandom random;
  return random;
}

void SeededRandom::Fill(void* to, size_t size) {
  char* at = static_cast<char*>(to);
  while (size > 0) {
    uint64_t value = Next();
    size_t part = std::min(size, sizeof(value));
    std::memcpy(at, &value, part);
    at += part;
    size -= part;
  }
}

}  // namespace vitrine::platform
