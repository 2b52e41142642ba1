#include "syntax/protobuf/wire_reader.h"

namespace vitrine::syntax {

std::string_view WireErrorText(WireError error) {
  switch (error) {
    case WireError::kNone: return "no error";
    case WireError::kCutOff: return "a value runs past the end of its message";
    case WireError::kVarint: return "a varint is too long";
    case WireError::kTag: return "a field has number 0 or an unknown wire type";
    case WireError::kGroup: return "groups are not supported";
  }
  return "unknown error";
}

bool WireReader::ReadTagSlow() {
  uint64_t tag = 0;
  if (!ReadVarintSlow(tag, kShortVarintSizeMax)) return false;
  // Bits beyond 32 fall off, as they do in every implementation.
  tag_ = static_cast<uint32_t>(tag);
  return true;
}

bool WireReader::ReadVarintSlow(uint64_t& value, int size_max) {
  uint64_t result = 0;
  for (int i = 0; i < size_max; ++i) {
    if (at_ == end_) return Stop(WireError::kCutOff);
    uint64_t byte = static_cast<uint8_t>(*at_++);
    result |= (byte & 0x7F) << (7 * i);
    if (byte < 0x80) {
      value = result;
      return true;
    }
  }
  return Stop(WireError::kVarint);
}

}  // namespace vitrine::syntax
