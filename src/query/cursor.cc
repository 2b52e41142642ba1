#include "query/cursor.h"

namespace vitrine::query {
namespace {

constexpr size_t kCursorBytes = 8 + TraceId::size + 4;

void Put(uint8_t* out, uint64_t value, size_t size) {
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<uint8_t>(value >> (8 * (size - 1 - i)));
}

uint64_t Get(const uint8_t* in, size_t size) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) value = value << 8 | in[i];
  return value;
}

}  // namespace

std::string CursorText(const TraceCursor& cursor, uint32_t filter_digest) {
  uint8_t bytes[kCursorBytes];
  Put(bytes, static_cast<uint64_t>(cursor.start.since_epoch), 8);
  std::memcpy(bytes + 8, cursor.trace_id.bytes.data(), TraceId::size);
  Put(bytes + 8 + TraceId::size, filter_digest, 4);
  std::string text(2 * kCursorBytes, '\0');
  HexEncode(bytes, kCursorBytes, text.data());
  return text;
}

Result<TraceCursor> ParseCursor(std::string_view text, uint32_t filter_digest) {
  uint8_t bytes[kCursorBytes];
  if (text.size() != 2 * kCursorBytes || !HexDecode(text, bytes, kCursorBytes)) {
    return Fail(ErrorCode::kInvalidInput,
                "cursor: is not one of this server; take next_cursor as it comes");
  }
  if (Get(bytes + 8 + TraceId::size, 4) != filter_digest) {
    return Fail(ErrorCode::kInvalidInput,
                "cursor: belongs to another filter; begin again without a cursor");
  }
  TraceCursor cursor;
  cursor.start.since_epoch = static_cast<int64_t>(Get(bytes, 8));
  std::memcpy(cursor.trace_id.bytes.data(), bytes + 8, TraceId::size);
  return cursor;
}

}  // namespace vitrine::query
