// Rows of an answer in FORMAT RowBinary, as they come in. Private to query.
// Owner: a row's texts borrow until the next piece. Format: numbers little-endian, DateTime64 as
// its ticks, String as a LEB128 length and its bytes, FixedString as its bytes.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace vitrine::query {

/// Takes the values of one row, in order. Beyond the end they are zero and empty.
class BinaryRow {
 public:
  explicit BinaryRow(std::string_view bytes) : rest_(bytes) {}

  bool Bool() { return !Bytes(1).empty() && taken_.front() != '\0'; }
  int64_t Int64() {
    static_assert(std::endian::native == std::endian::little);
    int64_t value = 0;
    if (!Bytes(sizeof value).empty()) std::memcpy(&value, taken_.data(), sizeof value);
    return value;
  }
  std::string_view Bytes(size_t size) {
    complete_ = complete_ && rest_.size() >= size;
    taken_ = rest_.substr(0, complete_ ? size : 0);
    rest_.remove_prefix(taken_.size());
    return taken_;
  }
  std::string_view Text() {
    size_t size = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::string_view byte = Bytes(1);
      if (byte.empty()) return {};
      size |= static_cast<size_t>(byte[0] & 0x7F) << shift;
      if ((byte[0] & 0x80) == 0) return Bytes(size);
    }
    complete_ = false;
    return {};
  }

  bool complete() const { return complete_; }
  std::string_view rest() const { return rest_; }

 private:
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
