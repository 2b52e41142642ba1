#include "storage/schema/span_table_writer.h"

#include <algorithm>

#include "storage/schema/rare_fields.h"

namespace vitrine::storage {

namespace {

using clickhouse::ArrayColumn;
using clickhouse::FixedColumn;
using clickhouse::FixedStringColumn;
using clickhouse::LowCardinalityColumn;
using clickhouse::MapColumn;
using clickhouse::NativeBlock;
using clickhouse::NativeColumn;
using clickhouse::NullableColumn;
using clickhouse::StringColumn;

using AttributeMap = MapColumn<LowCardinalityColumn, StringColumn>;

/// Rare fields on their way into their column.
struct RareSink {
  AttributeMap& column;
  void Add(const char* name, std::string_view value) {
    column.keys().Append(name);
    column.values().Append(value);
  }
};

/// Makes one column for each that DescribeColumns names.
class ColumnMaker {
 public:
  ColumnMaker(NativeBlock& block, std::vector<NativeColumn*>& columns)
      : block_(block), columns_(columns) {}

  // clang-format off
  template <typename T> void Lc(const char* n, const T&) { Add<LowCardinalityColumn>(n, "LowCardinality(String)"); }
  template <typename T> void Str(const char* n, const T&) { Add<StringColumn>(n, "String"); }
  template <typename T> void Day(const char* n, const T&) { Add<FixedColumn<uint16_t>>(n, "Date"); }
  template <typename T> void Time(const char* n, const T&) { Add<FixedColumn<int64_t>>(n, "DateTime64(9, 'UTC')"); }
  template <typename T> void Id(const char* n, const T&) { Add<FixedStringColumn>(n, "FixedString(" + std::to_string(T::size) + ")", T::size); }
  template <typename T> void U16(const char* n, const T&) { Add<FixedColumn<uint16_t>>(n, "UInt16"); }
  template <typename T> void U32(const char* n, const T&) { Add<FixedColumn<uint32_t>>(n, "UInt32"); }
  template <typename T> void U64(const char* n, const T&) { Add<FixedColumn<uint64_t>>(n, "UInt64"); }
  template <typename T> void Bool(const char* n, const T&) { Add<FixedColumn<uint8_t>>(n, "UInt8"); }
  template <typename T> void Enum(const char* n, const T&) { Add<LowCardinalityColumn>(n, "LowCardinality(String)"); }
  template <typename T> void OptBool(const char* n, const T&) { Add<NullableColumn<FixedColumn<uint8_t>>>(n, "Nullable(UInt8)"); }
  template <typename T> void OptU32(const char* n, const T&) { Add<NullableColumn<FixedColumn<uint32_t>>>(n, "Nullable(UInt32)"); }
  template <typename T> void OptU64(const char* n, const T&) { Add<NullableColumn<FixedColumn<uint64_t>>>(n, "Nullable(UInt64)"); }
  template <typename T> void OptI64(const char* n, const T&) { Add<NullableColumn<FixedColumn<int64_t>>>(n, "Nullable(Int64)"); }
  template <typename T> void OptF64(const char* n, const T&) { Add<NullableColumn<FixedColumn<double>>>(n, "Nullable(Float64)"); }
  template <typename T> void OptMoney(const char* n, const T&) { Add<NullableColumn<FixedColumn<int64_t>>>(n, "Nullable(Decimal(18, 9))"); }
  template <typename T> void StrArray(const char* n, const T&) { Add<ArrayColumn<StringColumn>>(n, "Array(String)"); }
  template <typename T> void LcArray(const char* n, const T&) { Add<ArrayColumn<LowCardinalityColumn>>(n, "Array(LowCardinality(String))"); }
  template <typename T> void U32Array(const char* n, const T&) { Add<ArrayColumn<FixedColumn<uint32_t>>>(n, "Array(UInt32)"); }
  template <typename T> void F64Array(const char* n, const T&) { Add<ArrayColumn<FixedColumn<double>>>(n, "Array(Float64)"); }
  template <typename T> void HashArray(const char* n, const T&) { Add<ArrayColumn<FixedStringColumn>>(n, "Array(FixedString(16))", ContentHash::size); }
  template <typename T, typename N> void InputHashes(const T& hashes, const N&) { HashArray("history_hashes", hashes); HashArray("new_input_hashes", hashes); }
  template <typename T> void Map(const char* n, const T&, const T&) { Add<AttributeMap>(n, "Map(LowCardinality(String), String)"); }
  // clang-format on
  RareNames& rare() { return rare_; }
  void EndRow() { Add<AttributeMap>("rare", "Map(LowCardinality(String), String)"); }

 private:
  template <typename Column, typename... Args>
  void Add(const char* name, std::string type, Args... args) {
    columns_.push_back(&block_.Add<Column>(name, std::move(type), args...));
  }
  NativeBlock& block_;
  std::vector<NativeColumn*>& columns_;
  RareNames rare_;
};

/// Appends one row, column by column.
class RowAppender {
 public:
  explicit RowAppender(const std::vector<NativeColumn*>& columns)
      : next_(columns.data()), sink_{static_cast<AttributeMap&>(*columns.back())} {}

  void Lc(const char*, std::string_view v) { As<LowCardinalityColumn>().Append(v); }
  void Str(const char*, std::string_view v) { As<StringColumn>().Append(v); }
  void Day(const char*, int32_t v) { As<FixedColumn<uint16_t>>().Append(static_cast<uint16_t>(v)); }
  void Time(const char*, Nanos v) { As<FixedColumn<int64_t>>().Append(v.since_epoch); }
  template <typename T>
  void Id(const char*, const T& v) {
    As<FixedStringColumn>().Append(v.AsBytes());
  }
  void U16(const char*, uint16_t v) { As<FixedColumn<uint16_t>>().Append(v); }
  void U32(const char*, uint32_t v) { As<FixedColumn<uint32_t>>().Append(v); }
  void U64(const char*, uint64_t v) { As<FixedColumn<uint64_t>>().Append(v); }
  void Bool(const char*, bool v) { As<FixedColumn<uint8_t>>().Append(v ? 1 : 0); }
  template <typename T>
  void Enum(const char*, T v) {
    As<LowCardinalityColumn>().Append(model::Name(v));
  }
  void OptBool(const char*, const std::optional<bool>& v) {
    auto& column = As<NullableColumn<FixedColumn<uint8_t>>>();
    v ? column.Append(static_cast<uint8_t>(*v)) : column.AppendNull();
  }
  void OptU32(const char*, const std::optional<uint32_t>& v) { Optional<uint32_t>(v); }
  void OptU64(const char*, const std::optional<uint64_t>& v) { Optional<uint64_t>(v); }
  void OptI64(const char*, const std::optional<int64_t>& v) { Optional<int64_t>(v); }
  void OptF64(const char*, const std::optional<double>& v) { Optional<double>(v); }
  void OptMoney(const char*, const std::optional<Money>& v) {
    Optional<int64_t>(v ? std::optional(v->nano_usd) : std::nullopt);
  }
  void StrArray(const char*, std::span<const std::string_view> v) { Array<StringColumn>(v); }
  void LcArray(const char*, std::span<const std::string_view> v) { Array<LowCardinalityColumn>(v); }
  void U32Array(const char*, std::span<const uint32_t> v) { Array<FixedColumn<uint32_t>>(v); }
  void F64Array(const char*, std::span<const double> v) { Array<FixedColumn<double>>(v); }
  void HashArray(const char*, std::span<const ContentHash> v) {
    auto& column = As<ArrayColumn<FixedStringColumn>>();
    for (const ContentHash& hash : v) column.inner().Append(hash.AsBytes());
    column.EndRow();
  }
  void InputHashes(std::span<const ContentHash> hashes, uint32_t new_from) {
    const size_t history = std::min<size_t>(new_from, hashes.size());
    HashArray("history_hashes", hashes.first(history));
    HashArray("new_input_hashes", hashes.subspan(history));
  }
  void Map(const char*, std::span<const std::string_view> keys,
           std::span<const std::string_view> values) {
    auto& column = As<AttributeMap>();
    for (std::string_view key : keys) column.keys().Append(key);
    for (std::string_view value : values) column.values().Append(value);
    column.EndRow();
  }
  RareWriter<RareSink>& rare() { return rare_; }
  void EndRow() { sink_.column.EndRow(); }

 private:
  template <typename Column>
  Column& As() {
    return static_cast<Column&>(**next_++);
  }
  template <typename T>
  void Optional(const std::optional<T>& v) {
    auto& column = As<NullableColumn<FixedColumn<T>>>();
    v ? column.Append(*v) : column.AppendNull();
  }
  template <typename Inner, typename T>
  void Array(std::span<const T> values) {
    auto& column = As<ArrayColumn<Inner>>();
    for (const T& value : values) column.inner().Append(value);
    column.EndRow();
  }
  NativeColumn* const* next_;
  RareSink sink_;
  RareWriter<RareSink> rare_{sink_};
};

}  // namespace

SpanTableWriter::SpanTableWriter() {
  ColumnMaker maker(block_, columns_);
  const StoredSpan row;
  DescribeColumns(maker, row);
}

void SpanTableWriter::Append(const StoredSpan& row) {
  RowAppender appender(columns_);
  DescribeColumns(appender, row);
}

}  // namespace vitrine::storage
