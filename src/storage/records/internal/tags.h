// Field tags of span records. A field begins with one tag: (field number << 3 | kind) as a varint.
// Format: docs/formats/span_record.md, "Fields".
#pragma once

#include <cstdint>

namespace vitrine::records {

/// How a field's value is stored, so that unknown fields can be skipped. Stored: never renumber.
enum class Kind : uint8_t {
  kVarint = 0,   ///< LEB128, at most ten bytes.
  kFixed64 = 1,  ///< Eight bytes, little-endian.
  kBytes = 2,    ///< Length as a varint, then the bytes.
  kShared = 3,   ///< A varint v: even, entry v/2 of the string table; odd, a string of v/2 bytes
                 ///< follows and becomes the table's next entry.
  kGroup = 4,    ///< Fields, then the tag 0.
};

constexpr uint64_t MakeTag(uint32_t number, Kind kind) {
  return static_cast<uint64_t>(number) << 3 | static_cast<uint64_t>(kind);
}

inline constexpr uint64_t kEndTag = 0;

constexpr uint64_t ZigZag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
constexpr int64_t UnZigZag(uint64_t value) {
  return static_cast<int64_t>((value >> 1) ^ (0 - (value & 1)));
}

}  // namespace vitrine::records
