#include "codecs/otlp/internal/wire_common.h"

namespace vitrine::codecs::internal {

using model::Attribute;
using model::Value;
using syntax::WireReader;

namespace {

/// A length-delimited field that is all that is left of its message: moves `at` to its content.
bool SkipLastHeader(const char*& at, const char* end, char tag) {
  if (end - at < 2 || *at != tag) return false;
  const char* length = at + 1;
  uint64_t size = 0;
  for (int shift = 0; shift < 28; shift += 7) {
    auto byte = static_cast<uint8_t>(*length++);
    size |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) {
      at = length;
      return size == static_cast<size_t>(end - length);
    }
    if (length == end) return false;
  }
  return false;
}

}  // namespace

/// Reads what nearly every sender writes: a key of up to 127 bytes, then one string or integer,
/// nothing else. False where it is anything else, good or bad; then nothing was added.
[[gnu::always_inline]] inline bool WireCommon::ReadPlainAttribute(std::string_view message) {
  constexpr char kKeyTag = 0x0A, kValueTag = 0x12, kStringTag = 0x0A, kIntTag = 0x18;
  const char* at = message.data();
  const char* const end = at + message.size();
  if (end - at < 2 || at[0] != kKeyTag || at[1] < 0 || at[1] > end - at - 2) return false;
  std::string_view key(at + 2, static_cast<size_t>(at[1]));
  at += 2 + key.size();
  if (!SkipLastHeader(at, end, kValueTag) || at == end) return false;
  if (*at == kStringTag) {
    if (!SkipLastHeader(at, end, kStringTag)) return false;
    std::string_view text(at, static_cast<size_t>(end - at));
    attributes_.push_back({Text(key), Value::String(Text(text))});
    return true;
  }
  if (*at != kIntTag) return false;
  uint64_t number = 0;
  int shift = 0;
  do {
    // Nine bytes hold 63 bits; ten-byte varints are negative numbers, left to the careful reader.
    if (++at == end || shift > 56) return false;
    number |= static_cast<uint64_t>(*at & 0x7F) << shift;
    shift += 7;
  } while (*at < 0);
  if (at + 1 != end) return false;
  attributes_.push_back({Text(key), Value::Int(static_cast<int64_t>(number))});
  return true;
}

bool WireCommon::ReadAttribute(std::string_view message) {
  if (attributes_.size() >= kOtlpAttributesMax) [[unlikely]] {
    return FailLimit("attributes", kOtlpAttributesMax, message.data());
  }
  if (ReadPlainAttribute(message)) [[likely]]
    return true;
  Attribute& attribute = attributes_.emplace_back();
  std::string_view key;
  MessageField value;
  WireReader reader(message);
  while (reader.Next()) {
    switch (reader.tag()) {
      case BytesTag(1): key = reader.bytes(); break;
      case BytesTag(2): value.Add(reader.bytes()); break;
      default: break;
    }
  }
  if (!Finished(reader)) [[unlikely]]
    return false;
  attribute.key = Text(key);
  std::string_view merged = value.bytes;
  if (value.count > 1 && !Merge(message, BytesTag(2), value, merged)) [[unlikely]]
    return false;
  return ReadAnyValue(merged, attribute.value);
}

bool WireCommon::ReadResource(std::string_view message, OtlpResource& resource) {
  resource.attributes.begin = attribute_count();
  WireReader reader(message);
  while (reader.Next()) {
    switch (reader.tag()) {
      case BytesTag(1):
        if (!ReadAttribute(reader.bytes())) return false;
        break;
      case VarintTag(2):
        resource.dropped_attributes_count = static_cast<uint32_t>(reader.scalar());
        break;
      default: break;
    }
  }
  resource.attributes.end = attribute_count();
  return Finished(reader);
}

bool WireCommon::ReadScope(std::string_view message, OtlpScope& scope) {
  scope.attributes.begin = attribute_count();
  std::string_view name;
  std::string_view version;
  WireReader reader(message);
  while (reader.Next()) {
    switch (reader.tag()) {
      case BytesTag(1): name = reader.bytes(); break;
      case BytesTag(2): version = reader.bytes(); break;
      case BytesTag(3):
        if (!ReadAttribute(reader.bytes())) return false;
        break;
      case VarintTag(4):
        scope.dropped_attributes_count = static_cast<uint32_t>(reader.scalar());
        break;
      default: break;
    }
  }
  scope.attributes.end = attribute_count();
  scope.name = Text(name);
  scope.version = Text(version);
  return Finished(reader);
}

bool WireCommon::Merge(std::string_view parent, uint32_t tag, const MessageField& field,
                       std::string_view& merged) {
  merged = field.bytes;
  return field.count <= 1 || Join(parent, tag, parent.data(), merged);
}

/// Joins the occurrences of `tag` in `parent` from the field that begins at `from` on.
bool WireCommon::Join(std::string_view parent, uint32_t tag, const char* from,
                      std::string_view& joined) {
  std::string bytes;
  // From there, not from the start: a run among thousands is read once, not once for each.
  WireReader reader({from, static_cast<size_t>(parent.data() + parent.size() - from)});
  while (reader.Next()) {
    if (reader.tag() != tag) continue;
    // Each occurrence is a message of its own: one that is cut off must not go on in the next.
    WireReader piece(reader.bytes());
    while (piece.Next()) {
    }
    if (!Finished(piece)) return false;
    bytes.append(reader.bytes());
  }
  // Nested merging copies the same bytes once a level. Nobody sends that in earnest, so one body's
  // worth is plenty.
  joined_size_ += bytes.size();
  if (joined_size_ > body_.size())
    return FailLimit("bytes in repeated singular fields", body_.size(), from);
  joined = arena_.Copy(bytes);
  return true;
}

std::string_view WireCommon::Repair(std::string_view bytes) {
  std::string repaired;
  syntax::AppendUtf8Repaired(repaired, bytes);
  issues.Add(Issue::kUtf8);
  return arena_.Copy(repaired);
}

bool WireCommon::Fail(ErrorCode code, std::string message, const char* where) {
  error_ = Error{code, std::move(message), std::nullopt};
  // Joined messages lie in the arena and have no offset.
  if (where >= body_.data() && where <= body_.data() + body_.size()) {
    error_.offset = static_cast<uint64_t>(where - body_.data());
  }
  return false;
}

bool WireCommon::FailLimit(std::string_view what, size_t limit, const char* where) {
  std::string message = "the request has more than " + std::to_string(limit) + " ";
  return Fail(ErrorCode::kLimitExceeded, message.append(what), where);
}

bool WireCommon::FailWire(const WireReader& reader) {
  std::string message = "malformed protobuf: ";
  message += syntax::WireErrorText(reader.error());
  return Fail(ErrorCode::kInvalidInput, std::move(message), reader.field_begin());
}

}  // namespace vitrine::codecs::internal
