#include "query/cursor.h"

namespace vitrine::query {
namespace {

constexpr size_t kTraceAt = 8;
constexpr size_t kSpanAt = kTraceAt + TraceId::size;
constexpr size_t kDigestAt = kSpanAt + SpanId::size;
constexpr size_t kCursorBytes = kDigestAt + 4;

void Put(uint8_t* out, uint64_t value, size_t size) {
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<uint8_t>(value >> (8 * (size - 1 - i)));
}

uint64_t Get(const uint8_t* in, size_t size) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) value = value << 8 | in[i];
  return value;
}

}  // namespace

std::string CursorText(const ListKey& last, uint32_t filter_digest) {
  uint8_t bytes[kCursorBytes];
  Put(bytes, static_cast<uint64_t>(last.start.since_epoch), 8);
  std::memcpy(bytes + kTraceAt, last.trace_id.bytes.data(), TraceId::size);
  std::memcpy(bytes + kSpanAt, last.span_id.bytes.data(), SpanId::size);
  Put(bytes + kDigestAt, filter_digest, 4);
  std::string text(2 * kCursorBytes, '\0');
  HexEncode(bytes, kCursorBytes, text.data());
  return text;
}

Result<ListKey> ParseCursor(std::string_view text, uint32_t filter_digest) {
  uint8_t bytes[kCursorBytes];
  if (text.size() != 2 * kCursorBytes || !HexDecode(text, bytes, kCursorBytes)) {
    return Fail(ErrorCode::kInvalidInput,
                "cursor: is not one of this server; take next_cursor as it comes");
  }
  if (Get(bytes + kDigestAt, 4) != filter_digest) {
    return Fail(ErrorCode::kInvalidInput,
                "cursor: belongs to another filter; begin again without a cursor");
  }
  ListKey last;
  last.start.since_epoch = static_cast<int64_t>(Get(bytes, 8));
  std::memcpy(last.trace_id.bytes.data(), bytes + kTraceAt, TraceId::size);
  std::memcpy(last.span_id.bytes.data(), bytes + kSpanAt, SpanId::size);
  return last;
}

}  // namespace vitrine::query
