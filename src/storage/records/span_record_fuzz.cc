// Span records from arbitrary bytes: decoded or refused, never anything else; and what was decoded
// survives being encoded and decoded again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "storage/records/span_record.h"
#include "support/spans/span_difference.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view payload(reinterpret_cast<const char*>(data), size);
  auto decoded = vitrine::records::DecodeSpanBatch(payload);
  if (!decoded) return 0;
  std::string again = vitrine::records::EncodeSpanBatch(*decoded);
  auto decoded_again = vitrine::records::DecodeSpanBatch(again);
  if (!decoded_again) std::abort();
  if (!vitrine::test_spans::Difference(*decoded, *decoded_again).empty()) std::abort();
  return 0;
}
