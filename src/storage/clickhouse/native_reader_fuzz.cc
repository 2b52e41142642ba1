// Any bytes are either refused or read so that every accessor stays inside them.

#include <cstddef>
#include <cstdint>

#include "storage/clickhouse/native_reader.h"

namespace {

using vitrine::clickhouse::NativeValues;

/// Touches every byte a caller may touch, so that the sanitizers see each.
size_t Touch(const NativeValues& values, size_t rows, int depth) {
  size_t sum = 0;
  if (depth > 16) __builtin_trap();
  for (size_t row = 0; row < rows; ++row) {
    sum += values.IsNull(row) ? 1 : 0;
    if (values.width > 0) {
      for (const char c : values.Bytes(row)) sum += static_cast<unsigned char>(c);
    } else if (!values.parts.empty()) {
      const auto [from, to] = values.RangeOf(row);
      if (from > to) __builtin_trap();
      for (const NativeValues& part : values.parts)
        if (to > part.rows) __builtin_trap();
    } else if (!values.strings.empty()) {
      for (const char c : values.Text(row)) sum += static_cast<unsigned char>(c);
    }
  }
  for (const NativeValues& part : values.parts) sum += Touch(part, part.rows, depth + 1);
  return sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto blocks = vitrine::clickhouse::ParseNative({reinterpret_cast<const char*>(data), size});
  static volatile size_t sink = 0;
  if (!blocks) return 0;
  for (const auto& block : *blocks)
    for (const auto& column : block.columns) sink = sink + Touch(column.values, block.rows, 0);
  return 0;
}
