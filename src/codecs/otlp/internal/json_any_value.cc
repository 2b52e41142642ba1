// AnyValue in OTLP/JSON: scalars stay scalars, arrays and key-value lists become JSON text.
#include "codecs/otlp/internal/any_value_json.h"
#include "codecs/otlp/internal/json_common.h"
#include "codecs/otlp/limits.h"
#include "syntax/base64.h"
#include "syntax/json/json_writer.h"

namespace vitrine::codecs::internal {

using model::Value;
using model::ValueType;
using syntax::JsonValue;

namespace {

// The numbers are those of the protobuf fields.
constexpr uint8_t kString = 1, kBool = 2, kInt = 3, kDouble = 4, kArray = 5, kKvlist = 6,
                  kBytes = 7;
constexpr JsonField kAnyValueFields[] = {{"stringValue", kString}, {"boolValue", kBool},
                                         {"intValue", kInt},       {"doubleValue", kDouble},
                                         {"arrayValue", kArray},   {"kvlistValue", kKvlist},
                                         {"bytesValue", kBytes}};

}  // namespace

/// The member of the oneof that stands: the last one that is not null. 0: none; then `plain` says
/// whether `value` is not an AnyValue at all but the thing itself, as hand-made senders write it.
struct JsonCommon::Pick {
  uint8_t id = 0;
  bool plain = false;
  JsonValue value;
};

JsonCommon::Pick JsonCommon::PickOneOf(JsonValue value) {
  Pick pick;
  bool known = false;
  for (const JsonValue::Member& member : value.Members()) {
    uint8_t id = FieldId(kAnyValueFields, member.key);
    if (id == 0) continue;
    known = true;
    if (member.value.is_nothing()) continue;
    if (pick.id != 0) issues.Add(Issue::kValueTwice);
    pick.id = id;
    pick.value = member.value;
  }
  if (!known && !value.is_nothing() && !(value.is_object() && value.empty())) {
    issues.Add(Issue::kPlainValue);
    pick.plain = true;
    pick.value = value;
  }
  return pick;
}

Value JsonCommon::ReadAnyValue(JsonValue value) {
  Pick pick = PickOneOf(value);
  switch (pick.id) {
    case kString: return Value::String(Text(pick.value));
    case kBool:
      if (auto boolean = pick.value.ToBool()) return Value::Bool(*boolean);
      break;
    case kInt: return IntValue(pick.value);
    case kDouble:
      if (auto number = pick.value.ToDouble()) return Value::Double(*number);
      break;
    case kBytes:
      if (auto bytes = syntax::Base64Decode(pick.value.text()); bytes && pick.value.is_string()) {
        return Value::Bytes(arena_.Copy(*bytes));
      }
      break;
    case kArray:
    case kKvlist:
      json_.clear();
      AppendPicked(pick, 1);
      return Value::Json(arena_.Copy(json_));
    default: return pick.plain ? PlainValue(pick.value) : Value::Null();
  }
  // Of the wrong type, or no base64: kept as it stands.
  return PlainValue(pick.value);
}

Value JsonCommon::PlainValue(JsonValue value) {
  switch (value.kind()) {
    case syntax::JsonKind::kString: return Value::String(value.text());
    case syntax::JsonKind::kBool: return Value::Bool(value.AsBool().value_or(false));
    case syntax::JsonKind::kInt: return Value::Int(value.AsInt().value_or(0));
    case syntax::JsonKind::kDouble: return Value::Double(value.AsDouble().value_or(0));
    case syntax::JsonKind::kArray:
    case syntax::JsonKind::kObject:
      json_.clear();
      syntax::AppendJson(json_, value);
      return Value::Json(arena_.Copy(json_));
    default: return Value::Null();
  }
}

Value JsonCommon::IntValue(JsonValue value) {
  if (auto number = value.ToInt()) return Value::Int(*number);
  if (value.is_string() || value.is_number()) {
    issues.Add(Issue::kIntegerRange);
    return Value::String(value.is_string() ? value.text() : value.raw());
  }
  issues.Add(Issue::kPlainValue);
  return PlainValue(value);
}

void JsonCommon::AppendAnyValue(JsonValue value, uint32_t depth) {
  AppendPicked(PickOneOf(value), depth);
}

void JsonCommon::AppendPicked(const Pick& pick, uint32_t depth) {
  // Only what can hold more counts as a level; see limits.h.
  if ((pick.id == kArray || pick.id == kKvlist) && depth > kAnyValueDepthMax) {
    FailLimit("the request has more than " + std::to_string(kAnyValueDepthMax) +
              " levels of nested values");
    return;
  }
  switch (pick.id) {
    case kString: syntax::AppendJsonString(json_, Text(pick.value)); return;
    case kBool:
      if (auto boolean = pick.value.ToBool()) {
        json_ += *boolean ? "true" : "false";
        return;
      }
      break;
    case kInt: {
      Value number =
          pick.value.is_array() || pick.value.is_object() ? Value::Null() : IntValue(pick.value);
      if (number.type == ValueType::kInt) {
        syntax::AppendJsonInt(json_, number.integer);
        return;
      }
      break;
    }
    case kDouble:
      if (auto number = pick.value.ToDouble()) {
        AppendAnyDouble(json_, *number);
        return;
      }
      break;
    case kArray: AppendValues(pick.value, depth); return;
    case kKvlist: AppendPairs(pick.value, depth); return;
    case kBytes:
      // Base64 in both, but ours is the standard alphabet, padded.
      if (auto bytes = syntax::Base64Decode(pick.value.text()); bytes && pick.value.is_string()) {
        syntax::AppendJsonString(json_, syntax::Base64Encode(*bytes));
        return;
      }
      break;
    default:
      if (!pick.plain) {
        json_ += "null";
        return;
      }
      break;
  }
  syntax::AppendJson(json_, pick.value);
}

/// An ArrayValue: {"values": […]}; the list itself is taken too.
void JsonCommon::AppendValues(JsonValue list, uint32_t depth) {
  json_.push_back('[');
  bool first = true;
  for (JsonValue element : List(list.is_object() ? list["values"] : list)) {
    if (!first) json_.push_back(',');
    first = false;
    AppendAnyValue(element, depth + 1);
    if (failed_) return;
  }
  json_.push_back(']');
}

/// A KeyValueList: {"values": [{"key", "value"}, …]}.
void JsonCommon::AppendPairs(JsonValue list, uint32_t depth) {
  json_.push_back('{');
  bool first = true;
  for (JsonValue pair : List(list.is_object() ? list["values"] : list)) {
    if (!first) json_.push_back(',');
    first = false;
    syntax::AppendJsonString(json_, Text(pair["key"]));
    json_.push_back(':');
    AppendAnyValue(pair["value"], depth + 1);
    if (failed_) return;
  }
  json_.push_back('}');
}

}  // namespace vitrine::codecs::internal
