#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace vitrine {

void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "vitrine: check failed: %s at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace vitrine
