#include "syntax/event_stream/event_stream_parser.h"

#include <zlib.h>

#include <algorithm>

namespace vitrine::syntax {

namespace {

constexpr size_t kPreludeBytes = 12;
constexpr size_t kTrailerBytes = 4;

uint32_t ReadU32(std::string_view bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes[at + i]);
  return value;
}

uint32_t Crc32(std::string_view bytes) {
  return static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

/// The size of a header's value, its own length included; nothing for an unknown type.
std::optional<size_t> ValueBytes(uint8_t type, std::string_view rest) {
  constexpr uint8_t kFixed[] = {0, 0, 1, 2, 4, 8};  // true, false, byte, short, integer, long
  if (type < std::size(kFixed)) return kFixed[type];
  if (type == 8) return 8;   // timestamp
  if (type == 9) return 16;  // uuid
  if ((type != 6 && type != 7) || rest.size() < 2) return std::nullopt;
  return 2 +
         static_cast<size_t>(static_cast<uint8_t>(rest[0]) << 8 | static_cast<uint8_t>(rest[1]));
}

struct HeaderField {
  std::string_view name;
  std::string_view EventStreamFrame::* member;
};
constexpr HeaderField kHeaders[] = {
    {":message-type", &EventStreamFrame::message_type},
    {":event-type", &EventStreamFrame::event_type},
    {":exception-type", &EventStreamFrame::exception_type},
    {":error-code", &EventStreamFrame::exception_type},
    {":error-message", &EventStreamFrame::error_message},
};

bool ReadHeaders(std::string_view bytes, EventStreamFrame& frame) {
  while (!bytes.empty()) {
    size_t name_size = static_cast<uint8_t>(bytes[0]);
    if (bytes.size() < 2 + name_size) return false;
    std::string_view name = bytes.substr(1, name_size);
    auto type = static_cast<uint8_t>(bytes[1 + name_size]);
    bytes.remove_prefix(2 + name_size);
    auto size = ValueBytes(type, bytes);
    if (!size || *size > bytes.size()) return false;
    if (type == 7) {
      for (const HeaderField& known : kHeaders) {
        if (known.name == name) frame.*known.member = bytes.substr(2, *size - 2);
      }
    }
    bytes.remove_prefix(*size);
  }
  return true;
}

}  // namespace

bool EventStreamParser::Stop(ErrorCode code, const char* message) {
  fault_ = Error{code, message, offset_};
  piece_ = {};
  return false;
}

bool EventStreamParser::CheckPrelude(std::string_view bytes) {
  frame_bytes_ = ReadU32(bytes, 0);
  size_t header_bytes = ReadU32(bytes, 4);
  if (Crc32(bytes.substr(0, 8)) != ReadU32(bytes, 8)) {
    return Stop(ErrorCode::kCorrupt, "the sum of a frame's sizes is wrong");
  }
  if (frame_bytes_ < kPreludeBytes + kTrailerBytes ||
      header_bytes > frame_bytes_ - kPreludeBytes - kTrailerBytes) {
    return Stop(ErrorCode::kCorrupt, "a frame's sizes cannot be");
  }
  if (frame_bytes_ > frame_bytes_max_) {
    return Stop(ErrorCode::kLimitExceeded, "a frame is too large");
  }
  return true;
}

bool EventStreamParser::TakeFrame(std::string_view bytes, EventStreamFrame& frame) {
  size_t body_end = bytes.size() - kTrailerBytes;
  if (Crc32(bytes.substr(0, body_end)) != ReadU32(bytes, body_end)) {
    return Stop(ErrorCode::kCorrupt, "the sum of a frame is wrong");
  }
  size_t header_bytes = ReadU32(bytes, 4);
  frame = {};
  if (!ReadHeaders(bytes.substr(kPreludeBytes, header_bytes), frame)) {
    return Stop(ErrorCode::kCorrupt, "a frame's headers cannot be read");
  }
  size_t payload = kPreludeBytes + header_bytes;
  frame.payload = bytes.substr(payload, body_end - payload);
  offset_ += bytes.size();
  return true;
}

bool EventStreamParser::Next(EventStreamFrame& frame) {
  if (fault_) return false;
  if (held_ == 0 && piece_.size() >= kPreludeBytes) {
    if (!CheckPrelude(piece_)) return false;
    if (piece_.size() >= frame_bytes_) {
      std::string_view bytes = piece_.substr(0, frame_bytes_);
      piece_.remove_prefix(frame_bytes_);
      return TakeFrame(bytes, frame);
    }
  }
  while (!piece_.empty()) {
    if (held_ == 0) buffer_.clear();
    size_t wanted = held_ < kPreludeBytes ? kPreludeBytes : frame_bytes_;
    size_t taken = std::min(wanted - held_, piece_.size());
    buffer_.append(piece_.substr(0, taken));
    piece_.remove_prefix(taken);
    held_ += taken;
    if (held_ < wanted) return false;
    if (wanted == kPreludeBytes && !CheckPrelude(buffer_)) return false;
    if (held_ == frame_bytes_) {
      held_ = 0;
      return TakeFrame(buffer_, frame);
    }
  }
  return false;
}

}  // namespace vitrine::syntax
