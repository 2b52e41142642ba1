// AnyValue on the protobuf wire: scalars stay scalars, arrays and key-value lists become JSON text.
#include "codecs/otlp/internal/any_value_json.h"
#include "codecs/otlp/internal/wire_common.h"
#include "syntax/base64.h"
#include "syntax/json/json_writer.h"

namespace vitrine::codecs::internal {

using model::Value;
using syntax::WireReader;

namespace {

constexpr uint32_t kStringTag = BytesTag(1);
constexpr uint32_t kBoolTag = VarintTag(2);
constexpr uint32_t kIntTag = VarintTag(3);
constexpr uint32_t kDoubleTag = Fixed64Tag(4);
constexpr uint32_t kArrayTag = BytesTag(5);
constexpr uint32_t kKvlistTag = BytesTag(6);
constexpr uint32_t kBytesTag = BytesTag(7);

}  // namespace

/// The member of the oneof that stands: the last one sent.
struct WireCommon::Pick {
  uint32_t tag = 0;  // 0: nothing set.
  uint64_t scalar = 0;
  std::string_view bytes;
  const char* first = nullptr;  // Where the run of occurrences of this member begins.
  bool repeated = false;        // An array or kvlist sent several times: they merge.
};

bool WireCommon::CheckReplaced(std::string_view message, uint32_t depth, Pick pick) {
  if (pick.repeated && !Join(message, pick.tag, pick.first, pick.bytes)) return false;
  size_t size = json_.size();
  bool is_good = AppendPickedJson(pick, depth);
  json_.resize(size);
  return is_good;
}

bool WireCommon::PickOneOf(std::string_view message, uint32_t depth, Pick& pick) {
  WireReader reader(message);
  while (reader.Next()) {
    switch (reader.tag()) {
      case kStringTag:
      case kBoolTag:
      case kIntTag:
      case kDoubleTag:
      case kArrayTag:
      case kKvlistTag:
      case kBytesTag: break;
      default: continue;
    }
    if (pick.tag != 0) [[unlikely]]
      issues.Add(Issue::kValueTwice);
    bool same = pick.tag == reader.tag();
    if (!same && (pick.tag == kArrayTag || pick.tag == kKvlistTag)) [[unlikely]] {
      std::string_view before(message.data(),
                              static_cast<size_t>(reader.field_begin() - message.data()));
      if (!CheckReplaced(before, depth, pick)) return false;
    }
    if (!same) pick.first = reader.field_begin();
    pick.repeated = same && (reader.tag() == kArrayTag || reader.tag() == kKvlistTag);
    pick.tag = reader.tag();
    pick.scalar = reader.scalar();
    pick.bytes = reader.bytes();
  }
  if (!Finished(reader)) [[unlikely]]
    return false;
  return !pick.repeated || Join(message, pick.tag, pick.first, pick.bytes);
}

bool WireCommon::ReadAnyValue(std::string_view message, Value& value) {
  Pick pick;
  if (!PickOneOf(message, 1, pick)) return false;
  switch (pick.tag) {
    case kStringTag: value = Value::String(Text(pick.bytes)); return true;
    case kBoolTag: value = Value::Bool(pick.scalar != 0); return true;
    case kIntTag: value = Value::Int(static_cast<int64_t>(pick.scalar)); return true;
    case kDoubleTag: value = Value::Double(syntax::WireDouble(pick.scalar)); return true;
    case kBytesTag: value = Value::Bytes(pick.bytes); return true;
    case kArrayTag:
    case kKvlistTag:
      json_.clear();
      if (!AppendPickedJson(pick, 1)) return false;
      value = Value::Json(arena_.Copy(json_));
      return true;
    default: value = Value::Null(); return true;
  }
}

bool WireCommon::AppendJson(std::string_view message, uint32_t depth) {
  Pick pick;
  return PickOneOf(message, depth, pick) && AppendPickedJson(pick, depth);
}

bool WireCommon::AppendPickedJson(const Pick& pick, uint32_t depth) {
  // Only what can hold more counts as a level; see limits.h.
  bool is_container = pick.tag == kArrayTag || pick.tag == kKvlistTag;
  if (is_container && depth > kAnyValueDepthMax) {
    return FailLimit("levels of nested values", kAnyValueDepthMax, pick.bytes.data());
  }
  switch (pick.tag) {
    case kStringTag: syntax::AppendJsonString(json_, Text(pick.bytes)); return true;
    case kBoolTag: json_ += pick.scalar != 0 ? "true" : "false"; return true;
    case kIntTag: syntax::AppendJsonInt(json_, static_cast<int64_t>(pick.scalar)); return true;
    case kDoubleTag: AppendAnyDouble(json_, syntax::WireDouble(pick.scalar)); return true;
    case kBytesTag: syntax::AppendJsonString(json_, syntax::Base64Encode(pick.bytes)); return true;
    case kArrayTag: return AppendJsonArray(pick.bytes, depth);
    case kKvlistTag: return AppendJsonObject(pick.bytes, depth);
    default: json_ += "null"; return true;
  }
}

bool WireCommon::AppendJsonArray(std::string_view message, uint32_t depth) {
  json_.push_back('[');
  WireReader reader(message);
  for (bool first = true; reader.Next();) {
    if (reader.tag() != BytesTag(1)) continue;
    if (!first) json_.push_back(',');
    first = false;
    if (!AppendJson(reader.bytes(), depth + 1)) return false;
  }
  json_.push_back(']');
  return Finished(reader);
}

bool WireCommon::AppendJsonObject(std::string_view message, uint32_t depth) {
  json_.push_back('{');
  WireReader reader(message);
  for (bool first = true; reader.Next();) {
    if (reader.tag() != BytesTag(1)) continue;
    if (!first) json_.push_back(',');
    first = false;
    std::string_view key;
    MessageField value;
    WireReader entry(reader.bytes());
    while (entry.Next()) {
      if (entry.tag() == BytesTag(1)) key = entry.bytes();
      if (entry.tag() == BytesTag(2)) value.Add(entry.bytes());
    }
    if (!Finished(entry)) return false;
    syntax::AppendJsonString(json_, Text(key));
    json_.push_back(':');
    std::string_view merged;
    if (!Merge(reader.bytes(), BytesTag(2), value, merged)) return false;
    if (!AppendJson(merged, depth + 1)) return false;
  }
  json_.push_back('}');
  return Finished(reader);
}

}  // namespace vitrine::codecs::internal
