#include "codecs/otlp/internal/json_common.h"

#include "codecs/otlp/limits.h"
#include "syntax/base64.h"
#include "syntax/json/utf8.h"

namespace vitrine::codecs::internal {

using syntax::JsonDocument;
using syntax::JsonStatus;
using syntax::JsonValue;

namespace {

constexpr uint8_t kAttributes = 1, kDropped = 2, kName = 3, kVersion = 4, kKey = 5, kValue = 6;
constexpr JsonField kResourceFields[] = {{"attributes", kAttributes},
                                         {"droppedAttributesCount", kDropped}};
constexpr JsonField kScopeFields[] = {{"name", kName},
                                      {"version", kVersion},
                                      {"attributes", kAttributes},
                                      {"droppedAttributesCount", kDropped}};

/// True if `key` is `name` written in snake_case.
bool IsSnakeCaseOf(std::string_view key, std::string_view name) {
  size_t at = 0;
  for (char c : name) {
    bool upper = c >= 'A' && c <= 'Z';
    if (upper && (at >= key.size() || key[at++] != '_')) return false;
    if (at >= key.size() || key[at++] != (upper ? static_cast<char>(c | 0x20) : c)) return false;
  }
  return at == key.size();
}

}  // namespace

Result<JsonValue> JsonCommon::ReadBody(std::string_view body, JsonDocument& document) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (body.starts_with(kByteOrderMark)) body.remove_prefix(kByteOrderMark.size());
  if (!syntax::Utf8IsValid(body)) {
    std::string repaired;
    issues.Add(Issue::kUtf8, syntax::AppendUtf8Repaired(repaired, body));
    body = arena_.Copy(repaired);
  }
  syntax::JsonOptions options;
  options.lenient = true;
  options.depth_max = kOtlpJsonDepthMax;
  if (document.Parse(body, arena_, options) != JsonStatus::kOk) {
    return std::unexpected(document.error());
  }
  if (!document.root().is_object()) {
    return Fail(ErrorCode::kInvalidInput, "an OTLP/JSON request is an object", 0);
  }
  return document.root();
}

uint8_t JsonCommon::FieldId(std::span<const JsonField> fields, std::string_view key) {
  for (const JsonField& field : fields) {
    if (field.name == key) return field.id;
  }
  if (key.find('_') == std::string_view::npos) return 0;
  for (const JsonField& field : fields) {
    if (!IsSnakeCaseOf(key, field.name)) continue;
    issues.Add(Issue::kSnakeCase);
    return field.id;
  }
  return 0;
}

JsonValue::ElementRange JsonCommon::List(JsonValue value) {
  if (!value.is_array() && !value.is_nothing()) issues.Add(Issue::kWrongType);
  return value.Elements();
}

void JsonCommon::ReadResource(JsonValue value, OtlpResource& resource) {
  if (!value.is_object() && !value.is_nothing()) issues.Add(Issue::kWrongType);
  for (const JsonValue::Member& member : value.Members()) {
    switch (FieldId(kResourceFields, member.key)) {
      case kAttributes: resource.attributes = ReadAttributes(member.value); break;
      case kDropped: resource.dropped_attributes_count = Uint32(member.value); break;
      default: break;
    }
  }
}

void JsonCommon::ReadScope(JsonValue value, OtlpScope& scope) {
  if (!value.is_object() && !value.is_nothing()) issues.Add(Issue::kWrongType);
  for (const JsonValue::Member& member : value.Members()) {
    switch (FieldId(kScopeFields, member.key)) {
      case kName: scope.name = Text(member.value); break;
      case kVersion: scope.version = Text(member.value); break;
      case kAttributes: scope.attributes = ReadAttributes(member.value); break;
      case kDropped: scope.dropped_attributes_count = Uint32(member.value); break;
      default: break;
    }
  }
}

Range JsonCommon::ReadAttributes(JsonValue value) {
  constexpr JsonField kFields[] = {{"key", kKey}, {"value", kValue}};
  Range range;
  range.begin = static_cast<uint32_t>(attributes_.size());
  if (value.is_object()) {
    issues.Add(Issue::kAttributeMap);
    for (const JsonValue::Member& member : value.Members()) AddAttribute(member.key, member.value);
  } else {
    for (JsonValue element : List(value)) {
      if (!element.is_object()) {
        issues.Add(Issue::kWrongType);
        continue;
      }
      std::string_view key;
      JsonValue any;
      for (const JsonValue::Member& member : element.Members()) {
        switch (FieldId(kFields, member.key)) {
          case kKey: key = Text(member.value); break;
          case kValue: any = member.value; break;
          default: break;
        }
      }
      AddAttribute(key, any);
    }
  }
  range.end = static_cast<uint32_t>(attributes_.size());
  return range;
}

void JsonCommon::AddAttribute(std::string_view key, JsonValue value) {
  if (IsFull(attributes_.size(), kOtlpAttributesMax, "attributes")) return;
  attributes_.push_back({key, ReadAnyValue(value)});
}

std::string_view JsonCommon::Text(JsonValue value) {
  if (value.is_string()) return value.text();
  if (value.is_number() || value.is_bool()) {
    issues.Add(Issue::kNotText);
    return value.raw();
  }
  if (!value.is_nothing()) issues.Add(Issue::kWrongType);
  return {};
}

uint64_t JsonCommon::Uint64(JsonValue value) {
  auto number = value.ToUint();
  // "" for "not set" comes from writers that stringify everything.
  if (!number && !value.is_nothing() && value.raw() != "\"\"") issues.Add(Issue::kWrongType);
  return number.value_or(0);
}

uint32_t JsonCommon::Uint32(JsonValue value) {
  uint64_t number = Uint64(value);
  if (number <= UINT32_MAX) return static_cast<uint32_t>(number);
  issues.Add(Issue::kWrongType);
  return 0;
}

uint8_t JsonCommon::Enum(JsonValue value, const EnumNames& names) {
  if (value.is_nothing()) return 0;
  if (auto number = value.ToInt()) {
    if (*number >= 0 && static_cast<uint64_t>(*number) < names.names.size())
      return static_cast<uint8_t>(*number);
    issues.Add(Issue::kEnumUnknown);
    return 0;
  }
  std::string_view name = value.text();
  if (name.starts_with(names.prefix)) name.remove_prefix(names.prefix.size());
  for (size_t i = 0; i < names.names.size(); ++i) {
    if (names.names[i] != name) continue;
    issues.Add(Issue::kEnumName);
    return static_cast<uint8_t>(i);
  }
  issues.Add(Issue::kEnumUnknown);
  return 0;
}

template <typename Id>
std::optional<Id> JsonCommon::ReadId(JsonValue value) {
  std::string_view text = value.text();
  if (text.size() == 2 * Id::size) return Id::FromHex(text);
  // Base64 of 16 bytes takes 24 characters, of 8 bytes 12; one or two fewer without padding.
  constexpr size_t kBase64Size = (Id::size + 2) / 3 * 4;
  constexpr size_t kPadding = 3 - Id::size % 3;
  if (text.size() != kBase64Size && text.size() != kBase64Size - kPadding) return std::nullopt;
  auto bytes = syntax::Base64Decode(text);
  if (!bytes) return std::nullopt;
  auto id = Id::FromBytes(*bytes);
  if (id) issues.Add(Issue::kIdBase64);
  return id;
}

template <typename Id>
Id JsonCommon::OptionalId(JsonValue value, Issue issue) {
  auto id = ReadId<Id>(value);
  bool sent = !value.is_nothing() && !(value.is_string() && value.text().empty());
  if (!id && sent) issues.Add(issue);
  return id.value_or(Id());
}

template std::optional<TraceId> JsonCommon::ReadId<TraceId>(JsonValue);
template std::optional<SpanId> JsonCommon::ReadId<SpanId>(JsonValue);
template TraceId JsonCommon::OptionalId<TraceId>(JsonValue, Issue);
template SpanId JsonCommon::OptionalId<SpanId>(JsonValue, Issue);

bool JsonCommon::IsFull(size_t count, size_t limit, std::string_view what) {
  if (count < limit) return false;
  std::string message = "the request has more than " + std::to_string(limit) + " ";
  FailLimit(message.append(what));
  return true;
}

void JsonCommon::FailLimit(std::string message) {
  if (failed_) return;
  failed_ = true;
  error_ = Error{ErrorCode::kLimitExceeded, std::move(message), std::nullopt};
}

}  // namespace vitrine::codecs::internal
