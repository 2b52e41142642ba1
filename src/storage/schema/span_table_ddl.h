// SpanTableDdl: the visitor that turns DescribeColumns into the column list of span_rows, and tells
// which fields are in its column `rare`.
#pragma once

#include <string>
#include <vector>

#include "storage/schema/rare_fields.h"

namespace vitrine::storage {

class SpanTableDdl {
 public:
  // clang-format off
  template <typename T> void Lc(const char* n, const T&) { Add(n, "LowCardinality(String)"); }
  template <typename T> void Str(const char* n, const T&) { Add(n, "String", kPacked); }
  template <typename T> void Day(const char* n, const T&) { Add(n, "Date"); }
  template <typename T> void Time(const char* n, const T&) { Add(n, "DateTime64(9, 'UTC')"); }
  template <typename T> void Id(const char* n, const T&) { Add(n, "FixedString(" + std::to_string(T::size) + ")"); }
  template <typename T> void U16(const char* n, const T&) { Add(n, "UInt16"); }
  template <typename T> void U32(const char* n, const T&) { Add(n, "UInt32"); }
  template <typename T> void U64(const char* n, const T&) { Add(n, "UInt64"); }
  template <typename T> void Bool(const char* n, const T&) { Add(n, "UInt8"); }
  template <typename T> void Enum(const char* n, const T&) { Add(n, "LowCardinality(String)"); }
  template <typename T> void OptBool(const char* n, const T&) { Add(n, "Nullable(UInt8)"); }
  template <typename T> void OptU32(const char* n, const T&) { Add(n, "Nullable(UInt32)"); }
  template <typename T> void OptU64(const char* n, const T&) { Add(n, "Nullable(UInt64)"); }
  template <typename T> void OptI64(const char* n, const T&) { Add(n, "Nullable(Int64)"); }
  template <typename T> void OptF64(const char* n, const T&) { Add(n, "Nullable(Float64)"); }
  template <typename T> void OptMoney(const char* n, const T&) { Add(n, "Nullable(Decimal(18, 9))"); }
  template <typename T> void StrArray(const char* n, const T&) { Add(n, "Array(String)"); }
  template <typename T> void LcArray(const char* n, const T&) { Add(n, "Array(LowCardinality(String))"); }
  template <typename T> void U32Array(const char* n, const T&) { Add(n, "Array(UInt32)"); }
  template <typename T> void F64Array(const char* n, const T&) { Add(n, "Array(Float64)"); }
  template <typename T> void HashArray(const char* n, const T&) { Add(n, "Array(FixedString(16))", kPacked); }
  template <typename T> void Map(const char* n, const T&, const T&) { Add(n, "Map(LowCardinality(String), String)", kPacked); }
  template <typename T, typename N> void InputHashes(const T&, const N&) {
    Add("history_hashes", "Array(FixedString(16))", kHistoryPacked, kHistoryBlocks);
    Add("new_input_hashes", "Array(FixedString(16))", kPacked);
  }
  // clang-format on

  RareNames& rare() { return rare_; }
  void EndRow() { Add("rare", "Map(LowCardinality(String), String)", kPacked); }

  const std::string& columns() const { return columns_; }
  const std::string& names() const { return names_; }
  struct Column {
    std::string name, type;
    std::string codec;     ///< With a space before it, or empty.
    std::string settings;  ///< Of the column, or empty.
  };
  /// In table order.
  const std::vector<Column>& list() const { return list_; }
  /// The fields in the column `rare`.
  const std::vector<RareNames::Field>& rare_fields() const { return rare_.fields(); }

 private:
  // Neighbours repeat each other's histories and resources, at distances that LZ4 does not see.
  static constexpr const char* kPacked = " CODEC(ZSTD(1))";
  // A call of an agent repeats the history of its call before, and between the two lie calls of all
  // others that run: in blocks of half a megabyte 200 agents side by side hide it. Larger blocks
  // find more and cost more, since a merge holds one of every part it reads.
  static constexpr const char* kHistoryPacked = " CODEC(ZSTD(1, 21))";
  static constexpr const char* kHistoryBlocks =
      "min_compress_block_size = 2097152, max_compress_block_size = 2097152";

  void Add(const char* name, const std::string& type, const char* codec = "",
           const char* settings = "") {
    if (!columns_.empty()) columns_ += ",\n  ";
    if (!names_.empty()) names_ += ", ";
    columns_ += std::string("`") + name + "` " + type + codec;
    if (*settings != 0) columns_ += std::string(" SETTINGS (") + settings + ")";
    names_ += std::string("`") + name + "`";
    list_.push_back({name, type, codec, settings});
  }
  RareNames rare_;
  std::string columns_;
  std::string names_;
  std::vector<Column> list_;
};

}  // namespace vitrine::storage
