// Rows of an answer in FORMAT RowBinary, as they come in. Private to query.
// Owner: a row's texts borrow until the next piece. Format: numbers little-endian, DateTime64 as
// its ticks, String as a LEB128 length and its bytes, FixedString as its bytes, Array as a LEB128
// count and its values, Nullable as a byte (1: null) and, else, its value.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::query {

/// Takes the values of one row, in order. Beyond the end they are zero and empty.
class BinaryRow {
 public:
  explicit BinaryRow(std::string_view bytes) : rest_(bytes) {}

  bool Bool() { return !Bytes(1).empty() && taken_.front() != '\0'; }
  int64_t Int64() { return Number<int64_t>(); }
  template <typename T>
  T Number() {
    static_assert(std::endian::native == std::endian::little);
    T value{};
    if (!Bytes(sizeof value).empty()) std::memcpy(&value, taken_.data(), sizeof value);
    return value;
  }
  template <typename T>
  std::optional<T> NumberOrNull() {
    return Bool() || !complete_ ? std::nullopt : std::optional(Number<T>());
  }
  std::string_view Bytes(size_t size) {
    complete_ = complete_ && rest_.size() >= size;
    taken_ = rest_.substr(0, complete_ ? size : 0);
    rest_.remove_prefix(taken_.size());
    return taken_;
  }
  std::string_view Text() { return Bytes(Count()); }
  /// How many elements an array has; they come next.
  size_t Size() { return Count(); }
  std::vector<std::string_view> Texts() {
    std::vector<std::string_view> texts;
    for (size_t left = Count(); left > 0 && complete_; --left) texts.push_back(Text());
    return texts;
  }

  bool complete() const { return complete_; }
  std::string_view rest() const { return rest_; }

 private:
  size_t Count() {
    size_t count = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::string_view byte = Bytes(1);
      if (byte.empty()) return 0;
      count |= static_cast<size_t>(byte[0] & 0x7F) << shift;
      if ((byte[0] & 0x80) == 0) return count;
    }
    complete_ = false;
    return 0;
  }

  std::string_view rest_, taken_;
  bool complete_ = true;
};

class BinaryFeed {
 public:
  /// Calls `visit(read(row))` for each row that `bytes` completes; `read` may be called for a row
  /// more than once.
  template <typename Read, typename Visit>
  void Feed(std::string_view bytes, const Read& read, const Visit& visit) {
    if (!carry_.empty()) bytes = carry_ += bytes;
    while (!bytes.empty()) {
      BinaryRow row(bytes);
      const auto values = read(row);
      if (!row.complete()) break;
      visit(values);
      bytes = row.rest();
    }
    carry_ = std::string(bytes);
  }
  /// Nothing of a row that was not complete is left.
  bool is_at_end() const { return carry_.empty(); }

 private:
  std::string carry_;
};

}  // namespace vitrine::query
