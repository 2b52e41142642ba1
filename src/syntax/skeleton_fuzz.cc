// Any bytes as a skeleton, and as the inside of a JSON string.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "syntax/skeleton.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vitrine::syntax;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto text_of = [&](const SkeletonReference&) -> vitrine::Result<std::string_view> {
    return bytes.substr(0, 64);
  };
  (void)Reassemble(bytes, 1 << 20, text_of);
  SkeletonWriter writer;
  writer.Literal(bytes);
  VITRINE_CHECK(*Reassemble(writer.bytes(), SIZE_MAX, text_of) == bytes);
  // A text survives every style that its own escapes may name.
  std::string text, inside, again;
  const JsonEscapeStyle style = UnescapeJson(bytes, text);
  AppendJsonEscaped(inside, text, style);
  (void)UnescapeJson(inside, again);
  VITRINE_CHECK(again == text);
  return 0;
}
