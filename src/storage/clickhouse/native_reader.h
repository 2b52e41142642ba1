// NativeReader: reads blocks of ClickHouse's Native format.
// Owner: columns borrow from the bytes given to ParseNative; keep them alive. Values are read by
// row. Source: as native_writer.h. Types read: integers, floats, String, FixedString, Date,
// DateTime, DateTime64, Decimal(18, s), Bool, Nullable, LowCardinality(String), Array and Map of
// these.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vitrine::clickhouse {

/// One decoded column. Which accessors make sense follows from its type.
class NativeValues {
 public:
  size_t rows = 0;
  size_t width = 0;                       ///< Fixed-width types: bytes per value.
  std::string_view fixed;                 ///< rows * width bytes.
  std::string_view nulls;                 ///< Nullable: one byte per row, 1 is null.
  std::vector<std::string_view> strings;  ///< String; the dictionary of a LowCardinality.
  std::vector<uint32_t> indexes;          ///< LowCardinality: into strings.
  std::vector<uint64_t> ends;             ///< Array and Map: end of each row in the parts.
  std::vector<NativeValues> parts;        ///< Array: one; Map: keys and values.

  bool IsNull(size_t row) const { return !nulls.empty() && nulls[row] != 0; }
  template <typename T>
  T Fixed(size_t row) const {
    T value{};
    std::memcpy(&value, fixed.data() + row * width, sizeof value);
    return value;
  }
  std::string_view Bytes(size_t row) const { return fixed.substr(row * width, width); }
  std::string_view Text(size_t row) const {
    return indexes.empty() ? strings[row] : strings[indexes[row]];
  }
  /// The elements of an array or map row, as a half-open range in the parts.
  std::pair<size_t, size_t> RangeOf(size_t row) const {
    return {row == 0 ? 0 : ends[row - 1], ends[row]};
  }
};

struct NativeNamedColumn {
  std::string name;
  std::string type;
  NativeValues values;
};

struct NativeReadBlock {
  size_t rows = 0;
  std::vector<NativeNamedColumn> columns;
};

/// Reads every block of `bytes`.
/// Errors: kCorrupt (byte offset given), kUnsupported (a type not listed above).
Result<std::vector<NativeReadBlock>> ParseNative(std::string_view bytes);

}  // namespace vitrine::clickhouse
