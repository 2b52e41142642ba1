#include "syntax/event_stream/event_stream_writer.h"

#include <zlib.h>

#include <cstdint>

#include "base/check.h"

namespace vitrine::syntax {

namespace {

constexpr char kStringType = 7;
constexpr size_t kFrameBytesBesideContent = 16;  // Two sizes and two sums.

void AppendU32(std::string& out, size_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

/// Appends the sum of everything behind `begin`.
void AppendSum(std::string& out, size_t begin) {
  AppendU32(out, crc32(0, reinterpret_cast<const Bytef*>(out.data() + begin),
                       static_cast<uInt>(out.size() - begin)));
}

}  // namespace

void AppendEventStreamHeader(std::string& headers, std::string_view name, std::string_view value) {
  VITRINE_CHECK(name.size() <= UINT8_MAX && value.size() <= UINT16_MAX);
  headers.push_back(static_cast<char>(name.size()));
  headers.append(name);
  headers.push_back(kStringType);
  headers.push_back(static_cast<char>(value.size() >> 8));
  headers.push_back(static_cast<char>(value.size()));
  headers.append(value);
}

void AppendEventStreamFrame(std::string& out, std::string_view headers, std::string_view payload) {
  size_t begin = out.size();
  AppendU32(out, headers.size() + payload.size() + kFrameBytesBesideContent);
  AppendU32(out, headers.size());
  AppendSum(out, begin);
  out.append(headers).append(payload);
  AppendSum(out, begin);
}

namespace {

std::string FrameOf(std::string_view message, std::string_view type_name, std::string_view type,
                    std::string_view payload) {
  std::string headers, frame;
  AppendEventStreamHeader(headers, ":message-type", message);
  AppendEventStreamHeader(headers, type_name, type);
  AppendEventStreamFrame(frame, headers, payload);
  return frame;
}

}  // namespace

std::string EventStreamEvent(std::string_view type, std::string_view payload) {
  return FrameOf("event", ":event-type", type, payload);
}

std::string EventStreamException(std::string_view type, std::string_view payload) {
  return FrameOf("exception", ":exception-type", type, payload);
}

}  // namespace vitrine::syntax
