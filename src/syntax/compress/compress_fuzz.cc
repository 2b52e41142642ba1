// Fuzzes Inflate: any bytes give a value within the cap or an error, never a crash; what Deflate
// made comes back. The first byte picks what is done.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "syntax/compress/compress.h"

using vitrine::compress::Deflate;
using vitrine::compress::Encoding;
using vitrine::compress::Inflate;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  // Small caps, so that the limit is met often.
  constexpr size_t kCaps[] = {0, 1, 1000, 100'000, 4 * 1024 * 1024};
  const uint8_t choice = data[0];
  const size_t cap = kCaps[(choice >> 3) % std::size(kCaps)];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto encoding = static_cast<Encoding>(choice & 3);
  const auto inflated = Inflate(encoding, bytes, cap);
  VITRINE_CHECK(!inflated || inflated->size() <= cap);
  VITRINE_CHECK(inflated || !inflated.error().offset || *inflated.error().offset <= bytes.size());
  if ((choice & 4) != 0 && encoding != Encoding::kDeflate) {
    const auto packed = Deflate(encoding, bytes, 1);
    VITRINE_CHECK(packed.has_value());
    const auto back = Inflate(encoding, *packed, bytes.size());
    VITRINE_CHECK(back.has_value() && *back == bytes);
  }
  return 0;
}
