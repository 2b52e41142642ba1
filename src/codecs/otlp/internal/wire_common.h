// WireCommon: what traces and logs share on the protobuf wire: resource, scope, attributes,
// AnyValue, strings, ids. Owner: lives for one request. Functions return false after a failure,
// which error() then tells. Source: OTLP 1.11.0, opentelemetry/proto/common/v1 and resource/v1.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codecs/otlp/internal/issue_log.h"
#include "codecs/otlp/limits.h"
#include "codecs/otlp/otlp_data.h"
#include "syntax/json/utf8.h"
#include "syntax/protobuf/wire_reader.h"

namespace vitrine::codecs::internal {

constexpr uint32_t VarintTag(uint32_t field) {
  return syntax::WireTag(field, syntax::WireType::kVarint);
}
constexpr uint32_t Fixed64Tag(uint32_t field) {
  return syntax::WireTag(field, syntax::WireType::kFixed64);
}
constexpr uint32_t Fixed32Tag(uint32_t field) {
  return syntax::WireTag(field, syntax::WireType::kFixed32);
}
constexpr uint32_t BytesTag(uint32_t field) {
  return syntax::WireTag(field, syntax::WireType::kBytes);
}

/// A singular message field: protobuf merges its occurrences, which is the same as reading their
/// bytes joined.
struct MessageField {
  std::string_view bytes;
  uint32_t count = 0;
  void Add(std::string_view occurrence) {
    bytes = occurrence;
    ++count;
  }
};

class WireCommon {
 public:
  WireCommon(std::string_view body, std::vector<model::Attribute>& attributes, Arena& arena)
      : body_(body), attributes_(attributes), arena_(arena) {}

  /// Appends one KeyValue to the attributes.
  bool ReadAttribute(std::string_view message);
  bool ReadAnyValue(std::string_view message, model::Value& value);
  bool ReadResource(std::string_view message, OtlpResource& resource);
  bool ReadScope(std::string_view message, OtlpScope& scope);
  /// The one message that the occurrences of `tag` in `parent` merge into.
  bool Merge(std::string_view parent, uint32_t tag, const MessageField& field,
             std::string_view& merged);

  /// `bytes` if they are UTF-8, else a mended copy, counted.
  std::string_view Text(std::string_view bytes) {
    if (syntax::Utf8IsValid(bytes)) [[likely]]
      return bytes;
    return Repair(bytes);
  }
  /// Reads an id that may be missing; one that is neither missing nor an id is counted as `issue`
  /// and reads as missing.
  template <typename Id>
  Id OptionalId(std::string_view bytes, Issue issue) {
    auto id = Id::FromBytes(bytes);
    if (!id && !bytes.empty()) issues.Add(issue);
    return id.value_or(Id());
  }
  /// An enum's number, or 0 where it is above `max`.
  uint8_t Enum(uint64_t scalar, uint8_t max) {
    int32_t value = syntax::WireInt32(scalar);
    if (value >= 0 && value <= max) [[likely]]
      return static_cast<uint8_t>(value);
    issues.Add(Issue::kEnumUnknown);
    return 0;
  }

  /// True if `reader` came to the end of its message without fault.
  bool Finished(const syntax::WireReader& reader) { return reader.ok() || FailWire(reader); }
  bool Fail(ErrorCode code, std::string message, const char* where);
  bool FailLimit(std::string_view what, size_t limit, const char* where);
  Error TakeError() { return std::move(error_); }

  uint32_t attribute_count() const { return static_cast<uint32_t>(attributes_.size()); }
  std::string_view body() const { return body_; }

  IssueLog issues;

 private:
  bool ReadPlainAttribute(std::string_view message);
  struct Pick;
  bool PickOneOf(std::string_view message, uint32_t depth, Pick& pick);
  /// A member that a later one replaces is not read, but must be well-formed.
  bool CheckReplaced(std::string_view message, uint32_t depth, Pick pick);
  bool AppendJson(std::string_view message, uint32_t depth);
  bool AppendPickedJson(const Pick& pick, uint32_t depth);
  bool AppendJsonArray(std::string_view message, uint32_t depth);
  bool AppendJsonObject(std::string_view message, uint32_t depth);
  bool Join(std::string_view parent, uint32_t tag, const char* from, std::string_view& joined);
  bool FailWire(const syntax::WireReader& reader);
  std::string_view Repair(std::string_view bytes);

  std::string_view body_;
  std::vector<model::Attribute>& attributes_;
  Arena& arena_;
  std::string json_;        // Scratch for arrays and key-value lists.
  size_t joined_size_ = 0;  // Bytes copied by Join so far.
  Error error_;
};

}  // namespace vitrine::codecs::internal
