// The counter on any bytes: it ends, and how they are cut in pieces changes nothing.
#include <cstdlib>

#include "syntax/records/record_counter.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vitrine::syntax;
  if (size < 2) return 0;
  const auto format = static_cast<RecordFormat>(data[0] % 3);
  const size_t step = 1u + data[1];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  RecordCounter whole(format), pieces(format);
  whole.Feed(bytes);
  for (size_t at = 0; at < bytes.size(); at += step) pieces.Feed(bytes.substr(at, step));
  const auto a = whole.Total(), b = pieces.Total();
  if (a.has_value() != b.has_value() || (a && *a != *b)) abort();
  (void)ParquetRowCount(bytes);
  return 0;
}
