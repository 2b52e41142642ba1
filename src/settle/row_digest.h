// DigestVisitor: 64 bits over the columns a Describe function names. Not for anything hostile: it
// only recognises re-sends.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/ids.h"
#include "base/money.h"
#include "base/time.h"

namespace vitrine::settle {

class DigestVisitor {
 public:
  void Lc(const char*, std::string_view v) { Text(v); }
  void Str(const char*, std::string_view v) { Text(v); }
  void U16(const char*, uint16_t v) { Mix(v); }
  void U32(const char*, uint32_t v) { Mix(v); }
  void U64(const char*, uint64_t v) { Mix(v); }
  void Bool(const char*, bool v) { Mix(v ? 1 : 2); }
  void Time(const char*, Nanos v) { Mix(static_cast<uint64_t>(v.since_epoch)); }
  template <typename T>
  void Id(const char*, const T& v) {
    Text(v.AsBytes());
  }
  template <typename T>
  void Enum(const char*, T v) {
    Mix(static_cast<uint64_t>(v) + 1);
  }
  template <typename T>
  void OptU64(const char*, const std::optional<T>& v) {
    Mix(v ? static_cast<uint64_t>(*v) + 1 : 0);
  }
  void OptU32(const char* n, const std::optional<uint32_t>& v) { OptU64(n, v); }
  void OptI64(const char* n, const std::optional<int64_t>& v) { OptU64(n, v); }
  void OptBool(const char* n, const std::optional<bool>& v) { OptU64(n, v); }
  void OptF64(const char*, const std::optional<double>& v) {
    Mix(v ? std::bit_cast<uint64_t>(*v) : 1);
  }
  void OptMoney(const char*, const std::optional<Money>& v) {
    Mix(v ? static_cast<uint64_t>(v->nano_usd) + 1 : 0);
  }
  void StrArray(const char*, std::span<const std::string_view> v) {
    Mix(v.size());
    for (std::string_view text : v) Text(text);
  }
  void LcArray(const char* n, std::span<const std::string_view> v) { StrArray(n, v); }
  void HashArray(const char*, std::span<const ContentHash> v) {
    Mix(v.size());
    for (const ContentHash& hash : v) Mix(hash.Low64());
  }
  void U32Array(const char*, std::span<const uint32_t> v) {
    Mix(v.size());
    for (uint32_t value : v) Mix(value);
  }
  void F64Array(const char*, std::span<const double> v) {
    Mix(v.size());
    for (double value : v) Mix(std::bit_cast<uint64_t>(value));
  }
  void Map(const char* n, std::span<const std::string_view> keys,
           std::span<const std::string_view> values) {
    StrArray(n, keys);
    StrArray(n, values);
  }
  /// Never 0, which means "no digest".
  uint64_t Finish() const { return state_ | 1; }

 private:
  void Mix(uint64_t value) {
    state_ = (state_ ^ value) * 0x9E3779B97F4A7C15ull;
    state_ ^= state_ >> 29;
  }
  void Text(std::string_view text) { Mix(std::hash<std::string_view>()(text) + text.size()); }

  uint64_t state_ = 0x243F6A8885A308D3ull;
};

}  // namespace vitrine::settle
