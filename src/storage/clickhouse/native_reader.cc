#include "storage/clickhouse/native_reader.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"

namespace vitrine::clickhouse {

namespace {

// A block of the engine holds at most 65,409 rows by default; this only stops nonsense from being
// allocated.
constexpr uint64_t kRowsMax = 1ull << 28;
constexpr uint64_t kColumnsMax = 4096;
constexpr int kTypeDepthMax = 8;
// FixedString(N): ClickHouse itself refuses more.
constexpr size_t kValueBytesMax = 0xFFFFFF;

class Parser {
 public:
  explicit Parser(std::string_view bytes) : bytes_(bytes) {}

  bool at_end() const { return at_ == bytes_.size(); }
  size_t offset() const { return at_; }
  bool failed() const { return failed_; }
  void Fail() { failed_ = true; }

  uint64_t VarUint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at_ >= bytes_.size()) break;
      auto byte = static_cast<uint8_t>(bytes_[at_++]);
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    failed_ = true;
    return 0;
  }
  std::string_view Take(uint64_t size) {
    if (failed_ || size > bytes_.size() - at_) {
      failed_ = true;
      return {};
    }
    std::string_view taken = bytes_.substr(at_, size);
    at_ += size;
    return taken;
  }
  uint64_t Uint64() {
    std::string_view raw = Take(8);
    uint64_t value = 0;
    if (raw.size() == 8) std::memcpy(&value, raw.data(), 8);
    return value;
  }
  std::string_view Text() { return Take(VarUint()); }

 private:
  std::string_view bytes_;
  size_t at_ = 0;
  bool failed_ = false;
};

/// The inside of "Name(…)", or nothing.
std::optional<std::string_view> Inside(std::string_view type, std::string_view name) {
  if (!type.starts_with(name) || type.size() < name.size() + 2) return std::nullopt;
  if (type[name.size()] != '(' || type.back() != ')') return std::nullopt;
  return type.substr(name.size() + 1, type.size() - name.size() - 2);
}

size_t WidthOf(std::string_view type) {
  if (auto inner = Inside(type, "FixedString")) {
    size_t width = 0;
    std::from_chars(inner->data(), inner->data() + inner->size(), width);
    return width;
  }
  if (auto inner = Inside(type, "Decimal")) {
    size_t digits = 0;
    std::from_chars(inner->data(), inner->data() + inner->size(), digits);
    return digits == 0 ? 0 : digits <= 9 ? 4 : digits <= 18 ? 8 : digits <= 38 ? 16 : 32;
  }
  if (Inside(type, "Enum8")) return 1;
  if (Inside(type, "Enum16")) return 2;
  if (type.starts_with("DateTime64")) return 8;
  if (type.starts_with("DateTime")) return 4;
  static constexpr std::pair<std::string_view, size_t> kWidths[] = {
      {"UInt8", 1},    {"Int8", 1},    {"Bool", 1},    {"UInt16", 2}, {"Int16", 2}, {"Date", 2},
      {"UInt32", 4},   {"Int32", 4},   {"Float32", 4}, {"UInt64", 8}, {"Int64", 8}, {"Float64", 8},
      {"UInt128", 16}, {"Int128", 16}, {"Date32", 4},  {"UUID", 16}};
  for (const auto& [name, width] : kWidths) {
    if (type == name) return width;
  }
  return 0;
}

/// Splits "K, V" at the comma outside parentheses.
std::pair<std::string_view, std::string_view> SplitPair(std::string_view text) {
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')') --depth;
    if (text[i] == ',' && depth == 0)
      return {text.substr(0, i), text.substr(std::min(i + 2, text.size()))};
  }
  return {text, {}};
}

class ColumnParser {
 public:
  explicit ColumnParser(Parser& in) : in_(in) {}
  bool unsupported = false;

  void Prefix(std::string_view type, int depth = 0) {
    if (depth > kTypeDepthMax) return Unsupported();
    if (auto inner = Inside(type, "Nullable")) return Prefix(*inner, depth + 1);
    if (auto inner = Inside(type, "Array")) return Prefix(*inner, depth + 1);
    if (auto inner = Inside(type, "Map")) {
      auto [key, value] = SplitPair(*inner);
      Prefix(key, depth + 1);
      return Prefix(value, depth + 1);
    }
    if (Inside(type, "LowCardinality") && in_.Uint64() != 1) in_.Fail();
  }

  void Data(std::string_view type, size_t rows, NativeValues& out, int depth = 0) {
    if (depth > kTypeDepthMax) return Unsupported();
    out.rows = rows;
    if (in_.failed()) return;
    if (auto inner = Inside(type, "Nullable")) {
      out.nulls = in_.Take(rows);
      return Data(*inner, rows, out, depth + 1);
    }
    if (auto inner = Inside(type, "Array")) return ArrayData({*inner}, rows, out, depth);
    if (auto inner = Inside(type, "Map")) {
      auto [key, value] = SplitPair(*inner);
      return ArrayData({key, value}, rows, out, depth);
    }
    if (auto inner = Inside(type, "LowCardinality")) return LowCardinality(*inner, rows, out);
    if (type == "String") return Strings(rows, out.strings);
    out.width = WidthOf(type);
    if (out.width == 0) return Unsupported();
    if (out.width > kValueBytesMax) return in_.Fail();  // Keeps the product below from wrapping.
    out.fixed = in_.Take(rows * out.width);
  }

 private:
  void Unsupported() {
    unsupported = true;
    in_.Fail();
  }

  void Strings(size_t rows, std::vector<std::string_view>& out) {
    for (size_t i = 0; i < rows && !in_.failed(); ++i) out.push_back(in_.Text());
  }

  void ArrayData(std::vector<std::string_view> types, size_t rows, NativeValues& out, int depth) {
    std::string_view raw = in_.Take(rows * 8);
    if (in_.failed()) return;
    out.ends.resize(rows);
    if (rows > 0) std::memcpy(out.ends.data(), raw.data(), raw.size());
    uint64_t total = rows == 0 ? 0 : out.ends.back();
    if (total > kRowsMax || !std::is_sorted(out.ends.begin(), out.ends.end())) return in_.Fail();
    out.parts.resize(types.size());
    for (size_t i = 0; i < types.size(); ++i) Data(types[i], total, out.parts[i], depth + 1);
  }

  void LowCardinality(std::string_view inner, size_t rows, NativeValues& out) {
    if (inner != "String") return Unsupported();
    if (rows == 0) return;
    uint64_t flags = in_.Uint64();
    uint64_t width_log = flags & 0xFF;
    uint64_t key_count = in_.Uint64();
    if (in_.failed() || width_log > 2 || key_count > kRowsMax) return in_.Fail();
    uint64_t width = 1ull << width_log;
    Strings(key_count, out.strings);
    if (in_.Uint64() != rows) return in_.Fail();
    std::string_view raw = in_.Take(rows * width);
    if (in_.failed()) return;
    out.indexes.resize(rows);
    for (size_t i = 0; i < rows; ++i) {
      uint32_t index = 0;
      std::memcpy(&index, raw.data() + i * width, width);
      if (index >= out.strings.size()) return in_.Fail();
      out.indexes[i] = index;
    }
  }

  Parser& in_;
};

}  // namespace

Result<std::vector<NativeReadBlock>> ParseNative(std::string_view bytes) {
  std::vector<NativeReadBlock> blocks;
  Parser in(bytes);
  while (!in.at_end() && !in.failed()) {
    NativeReadBlock block;
    uint64_t column_count = in.VarUint();
    block.rows = in.VarUint();
    if (column_count > kColumnsMax || block.rows > kRowsMax) in.Fail();
    for (uint64_t i = 0; i < column_count && !in.failed(); ++i) {
      NativeNamedColumn column;
      column.name = in.Text();
      column.type = in.Text();
      ColumnParser parser(in);
      if (block.rows > 0) {
        parser.Prefix(column.type);
        parser.Data(column.type, block.rows, column.values);
      }
      if (parser.unsupported) {
        return ::vitrine::Fail(ErrorCode::kUnsupported, "column type " + column.type, in.offset());
      }
      block.columns.push_back(std::move(column));
    }
    if (!in.failed()) blocks.push_back(std::move(block));
  }
  if (in.failed()) return ::vitrine::Fail(ErrorCode::kCorrupt, "not a Native block", in.offset());
  return blocks;
}

}  // namespace vitrine::clickhouse
