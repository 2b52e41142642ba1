#include "storage/schema/span_table_reader.h"

#include "storage/schema/span_table_ddl.h"

namespace vitrine::storage {

namespace {

using clickhouse::NativeReadBlock;
using clickhouse::NativeValues;

/// Fills one row, column by column.
class RowReader {
 public:
  RowReader(const NativeReadBlock& block, size_t row, Arena& arena)
      : block_(block), row_(row), arena_(arena) {
    const NativeValues& column = block.columns.back().values;
    auto [begin, end] = column.RangeOf(row);
    rare_ =
        RareReader(TextRange(column.parts[0], begin, end), TextRange(column.parts[1], begin, end));
  }

  RareReader& rare() { return rare_; }
  bool complete() const { return rare_.done(); }

  void Lc(const char*, std::string_view& v) { v = Text(Next()); }
  void Str(const char*, std::string_view& v) { v = Text(Next()); }
  void Day(const char*, int32_t& v) { v = Next().Fixed<uint16_t>(row_); }
  void Time(const char*, Nanos& v) { v.since_epoch = Next().Fixed<int64_t>(row_); }
  template <typename T>
  void Id(const char*, T& v) {
    v = T::FromBytes(Next().Bytes(row_)).value_or(T{});
  }
  void U16(const char*, uint16_t& v) { v = Next().Fixed<uint16_t>(row_); }
  void U32(const char*, uint32_t& v) { v = Next().Fixed<uint32_t>(row_); }
  void U64(const char*, uint64_t& v) { v = Next().Fixed<uint64_t>(row_); }
  void Bool(const char*, bool& v) { v = Next().Fixed<uint8_t>(row_) != 0; }
  template <typename T>
  void Enum(const char*, T& v) {
    v = model::FromName<T>(Next().Text(row_)).value_or(T{});
  }
  void OptBool(const char*, std::optional<bool>& v) {
    const NativeValues& values = Next();
    v = values.IsNull(row_) ? std::nullopt : std::optional(values.Fixed<uint8_t>(row_) != 0);
  }
  template <typename T>
  void Optional(std::optional<T>& v) {
    const NativeValues& values = Next();
    v = values.IsNull(row_) ? std::nullopt : std::optional(values.Fixed<T>(row_));
  }
  void OptU32(const char*, std::optional<uint32_t>& v) { Optional(v); }
  void OptU64(const char*, std::optional<uint64_t>& v) { Optional(v); }
  void OptI64(const char*, std::optional<int64_t>& v) { Optional(v); }
  void OptF64(const char*, std::optional<double>& v) { Optional(v); }
  void OptMoney(const char*, std::optional<Money>& v) {
    std::optional<int64_t> nano;
    Optional(nano);
    v = nano ? std::optional(Money{*nano}) : std::nullopt;
  }
  void StrArray(const char*, std::span<const std::string_view>& v) { v = Texts(); }
  void LcArray(const char*, std::span<const std::string_view>& v) { v = Texts(); }
  void U32Array(const char*, std::span<const uint32_t>& v) { v = FixedArray<uint32_t>(); }
  void F64Array(const char*, std::span<const double>& v) { v = FixedArray<double>(); }
  void HashArray(const char*, std::span<const ContentHash>& v) { v = FixedArray<ContentHash>(); }
  void InputHashes(std::span<const ContentHash>& hashes, uint32_t& new_from) {
    std::vector<ContentHash> values;
    AppendFixed(values);
    new_from = static_cast<uint32_t>(values.size());
    AppendFixed(values);
    hashes = arena_.CopyArray(values);
  }
  void Map(const char*, std::span<const std::string_view>& keys,
           std::span<const std::string_view>& values) {
    const NativeValues& column = Next();
    auto [begin, end] = column.RangeOf(row_);
    keys = TextRange(column.parts[0], begin, end);
    values = TextRange(column.parts[1], begin, end);
  }

 private:
  const NativeValues& Next() { return block_.columns[next_++].values; }
  std::string_view Text(const NativeValues& values) { return arena_.Copy(values.Text(row_)); }
  std::span<const std::string_view> TextRange(const NativeValues& part, size_t begin, size_t end) {
    std::vector<std::string_view> texts;
    for (size_t i = begin; i < end; ++i) texts.push_back(arena_.Copy(part.Text(i)));
    return arena_.CopyArray(texts);
  }
  std::span<const std::string_view> Texts() {
    const NativeValues& column = Next();
    auto [begin, end] = column.RangeOf(row_);
    return TextRange(column.parts[0], begin, end);
  }
  template <typename T>
  void AppendFixed(std::vector<T>& values) {
    const NativeValues& column = Next();
    auto [begin, end] = column.RangeOf(row_);
    for (size_t i = begin; i < end; ++i) values.push_back(column.parts[0].Fixed<T>(i));
  }
  template <typename T>
  std::span<const T> FixedArray() {
    std::vector<T> values;
    AppendFixed(values);
    return arena_.CopyArray(values);
  }

  const NativeReadBlock& block_;
  size_t row_;
  Arena& arena_;
  size_t next_ = 0;
  RareReader rare_;
};

const SpanTableDdl& Ddl() {
  static const SpanTableDdl ddl = [] {
    SpanTableDdl made;
    const StoredSpan row;
    DescribeColumns(made, row);
    return made;
  }();
  return ddl;
}

}  // namespace

const std::string& SpanTableColumns() { return Ddl().names(); }

Result<std::vector<StoredSpan>> ReadSpanTable(const std::vector<NativeReadBlock>& blocks,
                                              Arena& arena) {
  std::vector<StoredSpan> rows;
  for (const NativeReadBlock& block : blocks) {
    std::string names;
    for (const auto& column : block.columns)
      names += (names.empty() ? "`" : ", `") + column.name + "`";
    if (names != SpanTableColumns())
      return Fail(ErrorCode::kCorrupt, "span_rows has other columns: " + names);
    for (size_t i = 0; i < block.rows; ++i) {
      RowReader reader(block, i, arena);
      DescribeColumns(reader, rows.emplace_back());
      if (!reader.complete())
        return Fail(ErrorCode::kCorrupt, "a span's rare fields are not those of this program");
    }
  }
  return rows;
}

}  // namespace vitrine::storage
