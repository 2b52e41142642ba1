// WireWriter: appends protobuf fields to a string.
// Owner: the caller's string. Not thread-safe. Nested messages are opened and closed like brackets.
// Format: the protobuf wire format, lengths and varints in their shortest form. Defaults are the
// caller's to leave out.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "syntax/protobuf/wire_reader.h"

namespace vitrine::syntax {

class WireWriter {
 public:
  explicit WireWriter(std::string& out) : out_(out) {}

  void Varint(uint32_t field, uint64_t value) {
    AppendVarint(WireTag(field, WireType::kVarint));
    AppendVarint(value);
  }
  /// int32, int64 and enums: negative numbers take ten bytes.
  void Int(uint32_t field, int64_t value) { Varint(field, static_cast<uint64_t>(value)); }
  /// sint32 and sint64.
  void Zigzag(uint32_t field, int64_t value) {
    Varint(field, static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63));
  }
  void Fixed64(uint32_t field, uint64_t value) { Fixed(WireTag(field, WireType::kFixed64), value); }
  void Fixed32(uint32_t field, uint32_t value) { Fixed(WireTag(field, WireType::kFixed32), value); }
  void Double(uint32_t field, double value) { Fixed64(field, std::bit_cast<uint64_t>(value)); }
  /// Strings, bytes and messages that are encoded already.
  void Bytes(uint32_t field, std::string_view bytes) {
    AppendVarint(WireTag(field, WireType::kBytes));
    AppendVarint(bytes.size());
    out_.append(bytes);
  }

  /// Opens a nested message; close it with the mark returned, innermost first.
  [[nodiscard]] size_t BeginMessage(uint32_t field) {
    AppendVarint(WireTag(field, WireType::kBytes));
    out_.push_back('\0');  // Most messages are short: one byte for the length, more are made room
                           // for at the end.
    return out_.size();
  }
  void EndMessage(size_t mark);

 private:
  template <typename T>
  void Fixed(uint32_t tag, T value) {
    AppendVarint(tag);
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    out_.append(bytes, sizeof bytes);
  }
  void AppendVarint(uint64_t value) {
    while (value >= 0x80) {
      out_.push_back(static_cast<char>(value | 0x80));
      value >>= 7;
    }
    out_.push_back(static_cast<char>(value));
  }

  std::string& out_;
};

}  // namespace vitrine::syntax
