// Rare fields: the fields of a span that lie together in the map column `rare`, as texts; what is
// not there has its default. Owner: values; readers borrow. Not thread-safe.
// Texts: numbers in decimal (doubles as short as they read back the same), "1" for true, ids in
// hexadecimal digits.
#pragma once

#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/span.h"

namespace vitrine::storage {

/// The visitor that lists rare fields: their names, the types their columns would have, and how SQL
/// gets such a column from the map. Own fields have none: only settling reads them.
class RareNames {
 public:
  struct Field {
    std::string name, type, sql;
    bool is_own = false;
    std::string effective;  ///< Of an own field: the column of what holds for the span.
  };

  // clang-format off
  template <typename T> void Lc(const char* n, const T&) { Add(n, "LowCardinality(String)", "toLowCardinality(", ")"); }
  template <typename T> void Str(const char* n, const T&) { Add(n, "String", "", ""); }
  template <typename T> void Id(const char* n, const T&) { Add(n, "FixedString(" + std::to_string(T::size) + ")", "unhex(", ")"); }
  template <typename T> void U16(const char* n, const T&) { Add(n, "UInt16", "toUInt16OrZero(", ")"); }
  template <typename T> void U32(const char* n, const T&) { Add(n, "UInt32", "toUInt32OrZero(", ")"); }
  template <typename T> void Bool(const char* n, const T&) { Add(n, "UInt8", "toUInt8OrZero(", ")"); }
  template <typename T> void OptU32(const char* n, const T&) { Add(n, "Nullable(UInt32)", "toUInt32OrNull(", ")"); }
  template <typename T> void OptU64(const char* n, const T&) { Add(n, "Nullable(UInt64)", "toUInt64OrNull(", ")"); }
  template <typename T> void OptI64(const char* n, const T&) { Add(n, "Nullable(Int64)", "toInt64OrNull(", ")"); }
  template <typename T> void OptF64(const char* n, const T&) { Add(n, "Nullable(Float64)", "toFloat64OrNull(", ")"); }
  // clang-format on
  template <typename T>
  void Own(const char* name, const T&, const T&) {
    const bool is_text = std::string_view(name).ends_with("_id");
    fields_.push_back({name, is_text ? "String" : "LowCardinality(String)", {}, true, name + 4});
  }

  const std::vector<Field>& fields() const { return fields_; }

 private:
  void Add(std::string name, std::string type, std::string before, const char* after) {
    std::string sql = before + "rare['" + name + "']" + after;
    fields_.push_back({std::move(name), std::move(type), std::move(sql), false, {}});
  }
  std::vector<Field> fields_;
};

/// The visitor that hands each rare field of a row that has a value to `Sink`: Add(name, text).
template <typename Sink>
class RareWriter {
 public:
  explicit RareWriter(Sink& sink) : sink_(sink) {}

  // clang-format off
  void Lc(const char* n, std::string_view v) { Text(n, v); }
  void Str(const char* n, std::string_view v) { Text(n, v); }
  template <typename T> void Id(const char* n, const T& v) { if (v) Text(n, v.ToHex()); }
  void U16(const char* n, uint16_t v) { if (v != 0) Number(n, v); }
  void U32(const char* n, uint32_t v) { if (v != 0) Number(n, v); }
  void Bool(const char* n, bool v) { if (v) Text(n, "1"); }
  void OptU32(const char* n, const std::optional<uint32_t>& v) { if (v) Number(n, *v); }
  void OptU64(const char* n, const std::optional<uint64_t>& v) { if (v) Number(n, *v); }
  void OptI64(const char* n, const std::optional<int64_t>& v) { if (v) Number(n, *v); }
  void OptF64(const char* n, const std::optional<double>& v) { if (v) Number(n, *v); }
  // clang-format on
  /// Also the empty text says something where it differs.
  void Own(const char* name, std::string_view own, std::string_view effective) {
    if (own != effective) sink_.Add(name, own);
  }

 private:
  void Text(const char* name, std::string_view value) {
    if (!value.empty()) sink_.Add(name, value);
  }
  template <typename T>
  void Number(const char* name, T value) {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    sink_.Add(name, {digits, static_cast<size_t>(end - digits)});
  }
  Sink& sink_;
};

/// The visitor that fills the rare fields of a row from what RareWriter wrote: it comes in the same
/// order, so each name is looked at once.
class RareReader {
 public:
  RareReader() = default;
  RareReader(std::span<const std::string_view> names, std::span<const std::string_view> values)
      : names_(names), values_(values) {}

  // clang-format off
  void Lc(const char* n, std::string_view& v) { v = Take(n).value_or(std::string_view()); }
  void Str(const char* n, std::string_view& v) { v = Take(n).value_or(std::string_view()); }
  template <typename T> void Id(const char* n, T& v) { v = T::FromHex(Take(n).value_or("")).value_or(T{}); }
  void U16(const char* n, uint16_t& v) { v = Number<uint16_t>(n).value_or(0); }
  void U32(const char* n, uint32_t& v) { v = Number<uint32_t>(n).value_or(0); }
  void Bool(const char* n, bool& v) { v = Take(n) == "1"; }
  void OptU32(const char* n, std::optional<uint32_t>& v) { v = Number<uint32_t>(n); }
  void OptU64(const char* n, std::optional<uint64_t>& v) { v = Number<uint64_t>(n); }
  void OptI64(const char* n, std::optional<int64_t>& v) { v = Number<int64_t>(n); }
  void OptF64(const char* n, std::optional<double>& v) { v = Number<double>(n); }
  // clang-format on
  void Own(const char* name, std::string_view& own, std::string_view effective) {
    own = Take(name).value_or(effective);
  }
  /// True when every name was one of a field.
  bool done() const { return next_ == names_.size(); }

 private:
  std::optional<std::string_view> Take(const char* name) {
    if (next_ == names_.size() || names_[next_] != name) return std::nullopt;
    return values_[next_++];
  }
  template <typename T>
  std::optional<T> Number(const char* name) {
    const auto text = Take(name);
    if (!text) return std::nullopt;
    T value{};
    const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (problem != std::errc() || end != text->data() + text->size()) return std::nullopt;
    return value;
  }
  std::span<const std::string_view> names_, values_;
  size_t next_ = 0;
};

}  // namespace vitrine::storage
