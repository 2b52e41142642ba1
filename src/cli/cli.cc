#include "cli/cli.h"

#include <cstdio>

namespace vitrine::cli {

int Run(int, char**) {
  std::fprintf(stderr, "usage: vitrine serve [--data DIR] [--listen HOST:PORT] | config show [--origin]\n");
  return 2;
}

}  // namespace vitrine::cli
