// JsonCommon: what traces and logs share in OTLP/JSON: resource, scope, attributes, AnyValue, ids,
// enums, tolerant names. Owner: lives for one request. What cannot be read is left out and counted,
// never an error of the request; only a limit is (failed()). Source: OTLP 1.11.0, "JSON Protobuf
// Encoding", and what senders make of it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codecs/otlp/internal/issue_log.h"
#include "codecs/otlp/otlp_data.h"
#include "syntax/json/json_document.h"

namespace vitrine::codecs::internal {

/// A member's name as OTLP spells it and the number a switch knows it by (never 0).
struct JsonField {
  std::string_view name;
  uint8_t id;
};

class JsonCommon {
 public:
  JsonCommon(std::vector<model::Attribute>& attributes, Arena& arena)
      : attributes_(attributes), arena_(arena) {}

  /// Reads the body into `document`: mends text that is not UTF-8, skips a byte order mark, wants
  /// an object.
  Result<syntax::JsonValue> ReadBody(std::string_view body, syntax::JsonDocument& document);

  /// The id of the field called `key` in lowerCamelCase or snake_case; 0 where there is none.
  uint8_t FieldId(std::span<const JsonField> fields, std::string_view key);

  /// The elements of a list; anything but a list or null is counted and reads as empty.
  syntax::JsonValue::ElementRange List(syntax::JsonValue value);

  Range ReadAttributes(syntax::JsonValue value);
  void ReadResource(syntax::JsonValue value, OtlpResource& resource);
  void ReadScope(syntax::JsonValue value, OtlpScope& scope);
  model::Value ReadAnyValue(syntax::JsonValue value);

  std::string_view Text(syntax::JsonValue value);
  uint64_t Uint64(syntax::JsonValue value);
  uint32_t Uint32(syntax::JsonValue value);
  /// A number up to `max`, or one of its names: `names[i]` stands for i, with or without `prefix`.
  struct EnumNames {
    std::string_view prefix;
    std::span<const std::string_view> names;
  };
  uint8_t Enum(syntax::JsonValue value, const EnumNames& names);
  /// Hex, or base64 where the length says so. Nothing where it is neither, or missing.
  template <typename Id>
  std::optional<Id> ReadId(syntax::JsonValue value);
  /// The same where "none" is a good answer; what is no id is counted as `issue`.
  template <typename Id>
  Id OptionalId(syntax::JsonValue value, Issue issue);

  /// True, with failed() set, where a list that has `count` entries may not have another.
  bool IsFull(size_t count, size_t limit, std::string_view what);

  bool failed() const { return failed_; }
  Error TakeError() { return std::move(error_); }

  IssueLog issues;

 private:
  struct Pick;
  Pick PickOneOf(syntax::JsonValue value);
  void AddAttribute(std::string_view key, syntax::JsonValue value);
  model::Value PlainValue(syntax::JsonValue value);
  model::Value IntValue(syntax::JsonValue value);
  void AppendAnyValue(syntax::JsonValue value, uint32_t depth);
  void AppendPicked(const Pick& pick, uint32_t depth);
  void AppendValues(syntax::JsonValue list, uint32_t depth);
  void AppendPairs(syntax::JsonValue list, uint32_t depth);
  void FailLimit(std::string message);

  std::vector<model::Attribute>& attributes_;
  Arena& arena_;
  std::string json_;  // Scratch for arrays and key-value lists.
  Error error_;
  bool failed_ = false;
};

extern template std::optional<TraceId> JsonCommon::ReadId<TraceId>(syntax::JsonValue);
extern template std::optional<SpanId> JsonCommon::ReadId<SpanId>(syntax::JsonValue);
extern template TraceId JsonCommon::OptionalId<TraceId>(syntax::JsonValue, Issue);
extern template SpanId JsonCommon::OptionalId<SpanId>(syntax::JsonValue, Issue);

}  // namespace vitrine::codecs::internal
