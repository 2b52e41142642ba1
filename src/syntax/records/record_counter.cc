#include "syntax/records/record_counter.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace vitrine::syntax {
namespace {

/// "PAR1" and before it the footer's length, four bytes.
constexpr size_t kParquetEndBytes = 8;
/// Containers within containers; a footer has six.
constexpr int kThriftDepthMax = 32;

/// Types of Thrift's compact protocol.
enum Thrift : uint8_t {
  kStop = 0,
  kTrue = 1,
  kFalse = 2,
  kByte = 3,
  kI16 = 4,
  kI32 = 5,
  kI64 = 6,
  kDouble = 7,
  kBinary = 8,
  kList = 9,
  kSet = 10,
  kMap = 11,
  kStruct = 12,
};

class ThriftReader {
 public:
  explicit ThriftReader(std::string_view bytes) : rest_(bytes) {}

  std::optional<uint8_t> Byte() {
    if (rest_.empty()) return std::nullopt;
    const auto byte = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }
  std::optional<uint64_t> Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = Byte();
      if (!byte) return std::nullopt;
      value |= static_cast<uint64_t>(*byte & 0x7F) << shift;
      if ((*byte & 0x80) == 0) return value;
    }
    return std::nullopt;
  }
  std::optional<int64_t> Zigzag() {
    const auto value = Varint();
    if (!value) return std::nullopt;
    return static_cast<int64_t>(*value >> 1) ^ -static_cast<int64_t>(*value & 1);
  }

  struct Field {
    int64_t id = 0;
    uint8_t type = kStop;
  };
  /// The next field's head; of type kStop at the end of its struct.
  std::optional<Field> NextField(int64_t before) {
    const auto head = Byte();
    if (!head) return std::nullopt;
    const auto type = static_cast<uint8_t>(*head & 0x0F);
    if (type == kStop) return Field{};
    if (const int delta = *head >> 4; delta != 0) return Field{before + delta, type};
    const auto id = Zigzag();
    if (!id) return std::nullopt;
    return Field{*id, type};
  }

  bool Skip(uint8_t type, int depth) {
    if (depth > kThriftDepthMax) return false;
    switch (type) {
      case kTrue:
      case kFalse: return true;
      case kByte: return Drop(1);
      case kI16:
      case kI32:
      case kI64: return Varint().has_value();
      case kDouble: return Drop(8);
      case kBinary: {
        const auto size = Varint();
        return size && Drop(*size);
      }
      case kList:
      case kSet: return SkipList(depth);
      case kStruct: return SkipStruct(depth);
      default: return false;  // Maps are in no footer.
    }
  }

 private:
  bool Drop(uint64_t size) {
    if (size > rest_.size()) return false;
    rest_.remove_prefix(size);
    return true;
  }
  bool SkipList(int depth) {
    const auto head = Byte();
    if (!head) return false;
    std::optional<uint64_t> size = static_cast<uint64_t>(*head >> 4);
    if (*size == 15) size = Varint();
    // An element takes a byte at least, so this ends with the bytes; booleans take one here.
    const auto type = static_cast<uint8_t>(*head & 0x0F);
    for (uint64_t i = 0; size && i < *size; ++i) {
      if (type == kTrue || type == kFalse ? !Drop(1) : !Skip(type, depth + 1)) return false;
    }
    return size.has_value();
  }
  bool SkipStruct(int depth) {
    for (Field field;;) {
      const auto next = NextField(field.id);
      if (!next) return false;
      if (next->type == kStop) return true;
      if (!Skip(next->type, depth + 1)) return false;
      field = *next;
    }
  }

  std::string_view rest_;
};

}  // namespace

void RecordCounter::Feed(std::string_view bytes) {
  switch (format_) {
    case RecordFormat::kJsonLines: return FeedLines(bytes);
    case RecordFormat::kCsv: return FeedCsv(bytes);
    case RecordFormat::kParquet:
      tail_ += bytes;
      // Twice the length, so that bytes are moved once on average.
      if (tail_.size() > 2 * kParquetFooterBytesMax)
        tail_.erase(0, tail_.size() - kParquetFooterBytesMax);
  }
}

void RecordCounter::FeedLines(std::string_view bytes) {
  count_ += static_cast<uint64_t>(std::ranges::count(bytes, '\n'));
  if (!bytes.empty()) is_at_line_start_ = bytes.back() == '\n';
}

void RecordCounter::FeedCsv(std::string_view bytes) {
  for (const char c : bytes) {
    if (c == '"') is_quoted_ = !is_quoted_;
    is_at_line_start_ = c == '\n' && !is_quoted_;
    if (!is_at_line_start_) continue;
    if (has_head_) ++count_;
    has_head_ = true;
  }
}

Result<uint64_t> RecordCounter::Total() const {
  if (format_ != RecordFormat::kParquet) {
    if (!is_at_line_start_) return Fail(ErrorCode::kCorrupt, "the last record is cut off");
    return count_;
  }
  const std::string_view tail = tail_;
  if (tail.size() < kParquetEndBytes || !tail.ends_with("PAR1"))
    return Fail(ErrorCode::kCorrupt, "this does not end like a Parquet file");
  uint32_t size = 0;
  std::memcpy(&size, tail.data() + tail.size() - kParquetEndBytes, sizeof size);
  if (size > tail.size() - kParquetEndBytes)
    return Fail(ErrorCode::kCorrupt, "the Parquet file's footer is cut off");
  return ParquetRowCount(tail.substr(tail.size() - kParquetEndBytes - size, size));
}

Result<uint64_t> ParquetRowCount(std::string_view footer) {
  // FileMetaData: 1 version, 2 schema, 3 num_rows.
  constexpr int64_t kNumRows = 3;
  ThriftReader reader(footer);
  for (int64_t id = 0;;) {
    const auto field = reader.NextField(id);
    if (!field || field->type == kStop) break;
    if (field->id == kNumRows && field->type == kI64) {
      const auto rows = reader.Zigzag();
      if (rows && *rows >= 0) return static_cast<uint64_t>(*rows);
      break;
    }
    if (!reader.Skip(field->type, 0)) break;
    id = field->id;
  }
  return Fail(ErrorCode::kCorrupt, "the Parquet file's footer does not tell its rows");
}

}  // namespace vitrine::syntax
