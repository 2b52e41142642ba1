#include "codecs/dialects/internal/params.h"

#include <algorithm>
#include <array>

#include "codecs/content/param_writer.h"
#include "codecs/content/stable_order.h"
#include "codecs/dialects/internal/readers.h"

namespace vitrine::codecs::dialects {

namespace {

using model::Value;
using model::ValueType;
using syntax::JsonStatus;
using syntax::JsonValue;

// Numbers that senders write as texts.
constexpr std::array<std::string_view, 9> kNumeric = {
    "temperature",      "top_p",      "top_k", "max_tokens", "seed", "n", "frequency_penalty",
    "presence_penalty", "max_retries"};

/// A JSON array or object, as such or as a text.
std::string_view JsonOf(const Value& value, ContentReader& reader) {
  std::string_view text = Trim(value.text);
  if (value.type == ValueType::kJson) return text;
  if (value.type != ValueType::kString || !(text.starts_with('{') || text.starts_with('['))) {
    return {};
  }
  return reader.NextDocument().Parse(text, reader.arena()) == JsonStatus::kOk ? text
                                                                              : std::string_view();
}

void AddValue(std::string_view name, const Value& value, ContentReader& reader,
              ParamWriter& writer) {
  syntax::JsonWriter* json = writer.Begin(name);
  if (json == nullptr) return;
  auto number = ReadDouble(value);
  bool is_named_number = std::ranges::find(kNumeric, name) != kNumeric.end();
  if (number && (value.type != ValueType::kString || is_named_number)) {
    if (auto whole = ReadInt(value)) {
      json->Int(*whole);
    } else {
      json->Double(*number);
    }
  } else if (auto flag = ReadBool(value); flag && name == "stream") {
    json->Bool(*flag);
  } else if (value.type == ValueType::kBool) {
    json->Bool(value.boolean);
  } else if (std::string_view raw = JsonOf(value, reader); !raw.empty()) {
    json->Raw(raw);
  } else {
    json->String(ReadText(value, reader.arena()));
  }
  writer.SetColumn(name, number, ReadInt(value), ReadBool(value));
}

void SetParams(const RequestParams& params, model::Span& span) {
  if (!params.json.empty()) span.params = params.json;
  if (!span.temperature) span.temperature = params.temperature;
  if (!span.top_p) span.top_p = params.top_p;
  if (!span.seed) span.seed = params.seed;
  if (!span.stream) span.stream = params.stream;
  if (!span.max_tokens) span.max_tokens = params.max_tokens;
}

}  // namespace

void ResolveParams(SpanWork& work, const BodyFacts& request, ContentReader& reader,
                   model::Span& span) {
  auto& params = work.Collected(Field::kParam);
  StableOrder(params, [](const Taken& taken) { return taken.rule->rank; });
  const Taken& object = work.At(Field::kParamsJson);
  if (params.empty() && !object && request.params.empty()) return;
  ParamWriter writer;
  for (const Taken& taken : params) {
    AddValue(taken.rule->name.empty() ? taken.suffix() : taken.rule->name, taken.value(), reader,
             writer);
  }
  if (object) {
    syntax::JsonDocument& document = reader.NextDocument();
    if (document.Parse(ReadText(object.value(), work.arena()), work.arena()) == JsonStatus::kOk) {
      writer.AddObject(document.root());
    } else {
      work.Malformed(object.attribute->key, "not JSON");
      work.GiveBack(object);
    }
  }
  if (!request.params.empty()) {
    syntax::JsonDocument& document = reader.NextDocument();
    syntax::JsonOptions options;
    options.lenient = true;
    if (document.Parse(request.params, work.arena(), options) == JsonStatus::kOk) {
      writer.AddObject(document.root());
    }
  }
  SetParams(writer.Finish(work.arena()), span);
}

std::string_view ParamText(SpanWork& work, std::string_view key, ContentReader& reader) {
  const Taken& object = work.At(Field::kParamsJson);
  if (!object) return {};
  syntax::JsonDocument& document = reader.NextDocument();
  if (document.Parse(ReadText(object.value(), work.arena()), work.arena()) != JsonStatus::kOk) {
    return {};
  }
  return document.root()[key].text();
}

}  // namespace vitrine::codecs::dialects
