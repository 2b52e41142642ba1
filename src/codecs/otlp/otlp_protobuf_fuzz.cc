// Any bytes as a traces and as a logs request: libprotobuf and we accept and refuse the same, and
// read the same.
#include <cstdio>
#include <cstdlib>

#include "codecs/otlp/oracle/oracle_compare.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vitrine::codecs::testing;
  std::string_view body(reinterpret_cast<const char*>(data), size);
  for (const auto& fault : {TracesFault(body), LogsFault(body)}) {
    if (!fault) continue;
    std::fprintf(stderr, "%s\n", fault->c_str());
    std::abort();
  }
  return 0;
}
