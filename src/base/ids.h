// Trace and span ids, 128-bit content hashes, and their hex forms.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace vitrine {

/// Writes 2 * `size` lower-case hex digits to `out`.
void HexEncode(const uint8_t* bytes, size_t size, char* out);
/// Reads 2 * `size` hex digits of either case. False, with `bytes` unspecified, on anything else.
bool HexDecode(std::string_view hex, uint8_t* bytes, size_t size);

/// `size` bytes that are compared and hashed as a whole. All zero means "none".
template <size_t kSize, typename Tag>
struct FixedId {
  static constexpr size_t size = kSize;
  std::array<uint8_t, kSize> bytes{};

  auto operator<=>(const FixedId&) const = default;
  bool is_zero() const { return *this == FixedId{}; }
  explicit operator bool() const { return !is_zero(); }

  std::string ToHex() const {
    std::string hex(kSize * 2, '\0');
    HexEncode(bytes.data(), kSize, hex.data());
    return hex;
  }
  static std::optional<FixedId> FromHex(std::string_view hex) {
    FixedId id;
    if (hex.size() != kSize * 2 || !HexDecode(hex, id.bytes.data(), kSize)) return std::nullopt;
    return id;
  }
  /// From exactly kSize raw bytes; nothing for any other length.
  static std::optional<FixedId> FromBytes(std::string_view raw) {
    if (raw.size() != kSize) return std::nullopt;
    FixedId id;
    std::memcpy(id.bytes.data(), raw.data(), kSize);
    return id;
  }
  std::string_view AsBytes() const { return {reinterpret_cast<const char*>(bytes.data()), kSize}; }
  /// The first eight bytes; ids are random, so this is hash enough.
  uint64_t Low64() const {
    uint64_t low = 0;
    std::memcpy(&low, bytes.data(), 8);
    return low;
  }
};

using TraceId = FixedId<16, struct TraceIdTag>;
using SpanId = FixedId<8, struct SpanIdTag>;
/// 128 bits of SHA-256(project secret || canonical bytes).
using ContentHash = FixedId<16, struct ContentHashTag>;

}  // namespace vitrine

template <size_t kSize, typename Tag>
struct std::hash<vitrine::FixedId<kSize, Tag>> {
  size_t operator()(const vitrine::FixedId<kSize, Tag>& id) const noexcept { return id.Low64(); }
};
