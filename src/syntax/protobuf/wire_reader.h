// WireReader: walks the fields of one protobuf message without copying.
// Owner: views borrow from the bytes given. Threads: a value of its own; not shared.
// Format: the protobuf wire format. Nesting is the caller's: a length-delimited field is handed out
// as bytes, and read with another WireReader where it is a message. Groups are refused: they are
// deprecated, and nothing we read has them.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace vitrine::syntax {

enum class WireType : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

/// Field number and wire type as they stand before a value; made for `case` labels.
constexpr uint32_t WireTag(uint32_t field, WireType type) {
  return field << 3 | static_cast<uint32_t>(type);
}

enum class WireError : uint8_t {
  kNone,
  kCutOff,  ///< A value runs past the end of its message.
  kVarint,  ///< A varint of more than 10 bytes, or a tag or length of more than 5.
  kTag,     ///< Field number 0 or a wire type that does not exist.
  kGroup,   ///< A group.
};

/// What a WireError means, for people.
std::string_view WireErrorText(WireError error);

/// int32 and enums, as the sender's varint means them.
constexpr int32_t WireInt32(uint64_t scalar) {
  return static_cast<int32_t>(static_cast<uint32_t>(scalar));
}
/// sint32 and sint64.
constexpr int64_t WireZigzag(uint64_t scalar) {
  return static_cast<int64_t>(scalar >> 1) ^ -static_cast<int64_t>(scalar & 1);
}
inline double WireDouble(uint64_t scalar) { return std::bit_cast<double>(scalar); }

class WireReader {
 public:
  explicit WireReader(std::string_view message)
      : at_(message.data()), end_(message.data() + message.size()) {}

  /// Reads the next field whole. False at the end of the message, and where it is malformed: then
  /// ok() is false.
  [[gnu::always_inline]] bool Next() {
    if (at_ == end_) return false;
    field_begin_ = at_;
    auto byte = static_cast<uint8_t>(*at_);
    if (byte < 0x80) [[likely]] {
      tag_ = byte;
      ++at_;
    } else if (!ReadTagSlow()) {
      return false;
    }
    if (tag_ < 8) [[unlikely]]
      return Stop(WireError::kTag);
    switch (tag_ & 7) {
      case 0: return ReadVarint(scalar_);
      case 1: return ReadFixed<uint64_t>();
      case 2: return ReadBytes();
      case 5: return ReadFixed<uint32_t>();
      case 3:
      case 4: return Stop(WireError::kGroup);
      default: return Stop(WireError::kTag);
    }
  }

  uint32_t tag() const { return tag_; }
  uint32_t field() const { return tag_ >> 3; }
  /// The value of a varint or fixed field.
  uint64_t scalar() const { return scalar_; }
  /// The value of a length-delimited field.
  std::string_view bytes() const { return bytes_; }

  bool ok() const { return error_ == WireError::kNone; }
  WireError error() const { return error_; }
  /// First byte of the field read last: where the error is, after one.
  const char* field_begin() const { return field_begin_; }

  /// Reads a bare varint: the elements of a packed field. False at the end and on error.
  bool NextPackedVarint(uint64_t& value) {
    if (at_ == end_) return false;
    field_begin_ = at_;
    return ReadVarint(value);
  }
  template <typename T>
  bool NextPackedFixed(T& value) {
    if (at_ == end_) return false;
    field_begin_ = at_;
    if (!ReadFixed<T>()) return false;
    value = static_cast<T>(scalar_);
    return true;
  }

 private:
  bool Stop(WireError error) {
    error_ = error;
    return false;
  }

  [[gnu::always_inline]] bool ReadBytes() {
    uint64_t size = 0;
    if (at_ < end_ && static_cast<uint8_t>(*at_) < 0x80) [[likely]] {
      size = static_cast<uint8_t>(*at_++);
    } else if (end_ - at_ >= 2 && static_cast<uint8_t>(at_[1]) < 0x80) {
      size = (static_cast<uint8_t>(at_[0]) & 0x7Fu) |
             static_cast<uint64_t>(static_cast<uint8_t>(at_[1])) << 7;
      at_ += 2;
    } else if (!ReadVarintSlow(size, kShortVarintSizeMax)) {
      return false;
    }
    if (size > static_cast<size_t>(end_ - at_)) [[unlikely]]
      return Stop(WireError::kCutOff);
    bytes_ = {at_, size};
    at_ += size;
    return true;
  }

  [[gnu::always_inline]] bool ReadVarint(uint64_t& value) {
    if (at_ < end_ && static_cast<uint8_t>(*at_) < 0x80) [[likely]] {
      value = static_cast<uint8_t>(*at_++);
      return true;
    }
    return ReadVarintSlow(value, kVarintSizeMax);
  }

  template <typename T>
  [[gnu::always_inline]] bool ReadFixed() {
    if (static_cast<size_t>(end_ - at_) < sizeof(T)) [[unlikely]]
      return Stop(WireError::kCutOff);
    static_assert(std::endian::native == std::endian::little, "the wire is little-endian");
    T value;
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    scalar_ = value;
    return true;
  }

  bool ReadTagSlow();
  bool ReadVarintSlow(uint64_t& value, int size_max);

  static constexpr int kVarintSizeMax = 10;      // 64 bits, seven to a byte.
  static constexpr int kShortVarintSizeMax = 5;  // 32 bits: tags and lengths.

  const char* at_;
  const char* end_;
  const char* field_begin_ = nullptr;
  uint64_t scalar_ = 0;
  std::string_view bytes_;
  uint32_t tag_ = 0;
  WireError error_ = WireError::kNone;
};

}  // namespace vitrine::syntax
