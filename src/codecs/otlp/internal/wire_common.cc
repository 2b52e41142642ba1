#include "codecs/otlp/internal/wire_common.h"

namespace vitrine::codecs::internal {

using model::Attribute;
using model::Value;
using syntax::WireReader;

bool WireCommon::ReadAttribute(std::string_view message) {
  if (attributes_.size() >= kOtlpAttributesMax) [[unlikely]] {
    return FailLimit("attributes", kOtlpAttributesMax, message.data());
  }
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

/// Joins the occurrences of `tag` in `parent` that begin at `from` or behind it.
bool WireCommon::Join(std::string_view parent, uint32_t tag, const char* from,
                      std::string_view& joined) {
  std::string bytes;
  WireReader reader(parent);
  while (reader.Next()) {
    if (reader.tag() == tag && reader.field_begin() >= from) bytes.append(reader.bytes());
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
