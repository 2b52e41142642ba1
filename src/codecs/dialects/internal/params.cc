#include "codecs/dialects/internal/params.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "codecs/dialects/internal/readers.h"
#include "codecs/dialects/internal/stable_order.h"
#include "syntax/json/json_writer.h"

namespace vitrine::codecs::dialects {

namespace {

using model::Value;
using model::ValueType;
using syntax::JsonStatus;
using syntax::JsonValue;

// Of a request body: what is content, or stands in a column of its own.
constexpr std::array<std::string_view, 26> kNotParams = {"messages",
                                                         "input",
                                                         "contents",
                                                         "prompt",
                                                         "system",
                                                         "instructions",
                                                         "tools",
                                                         "functions",
                                                         "model",
                                                         "systemInstruction",
                                                         "system_instruction",
                                                         "config",
                                                         "inferenceConfig",
                                                         "generationConfig",
                                                         "textGenerationConfig",
                                                         "toolConfig",
                                                         "inputText",
                                                         "http_options",
                                                         "metadata",
                                                         "previous_response_id",
                                                         "labels",
                                                         "modelId",
                                                         "kwargs",
                                                         "inputs",
                                                         "headers",
                                                         "extra_headers"};
constexpr std::array<std::string_view, 4> kNestedParams = {
    "config", "inferenceConfig", "generationConfig", "textGenerationConfig"};
constexpr std::array<std::string_view, 9> kNumeric = {
    "temperature",      "top_p",      "top_k", "max_tokens", "seed", "n", "frequency_penalty",
    "presence_penalty", "max_retries"};
constexpr std::array<std::string_view, 9> kMaxTokens = {
    "max_tokens",    "max_completion_tokens", "max_output_tokens", "maxTokens",  "maxOutputTokens",
    "maxTokenCount", "max_tokens_to_sample",  "max_new_tokens",    "num_predict"};

template <size_t kSize>
bool IsOneOf(std::string_view word, const std::array<std::string_view, kSize>& words) {
  return std::ranges::find(words, word) != words.end();
}

class ParamWriter {
 public:
  ParamWriter(ContentReader& reader, model::Span& span)
      : reader_(reader), span_(span), json_(text_) {
    json_.BeginObject();
  }

  void Add(std::string_view name, const Value& value) {
    if (!IsFirst(name)) return;
    auto number = ReadDouble(value);
    bool is_numeric = number && (value.type != ValueType::kString || IsOneOf(name, kNumeric));
    json_.Key(name);
    if (is_numeric) {
      if (auto whole = ReadInt(value)) {
        json_.Int(*whole);
      } else {
        json_.Double(*number);
      }
    } else if (auto flag = ReadBool(value); flag && name == "stream") {
      json_.Bool(*flag);
    } else if (value.type == ValueType::kBool) {
      json_.Bool(value.boolean);
    } else if (std::string_view raw = JsonOf(value); !raw.empty()) {
      json_.Raw(raw);
    } else {
      json_.String(ReadText(value, reader_.arena()));
    }
    SetColumn(name, number, ReadInt(value), ReadBool(value));
  }

  void Add(std::string_view name, JsonValue value) {
    if (value.is_nothing() || !IsFirst(name)) return;
    json_.Key(name).Raw(value.raw());
    SetColumn(name, value.ToDouble(), value.ToInt(), value.ToBool());
  }

  void AddObject(JsonValue object) {
    for (auto [key, value] : object.Members()) {
      if (value.is_object() && IsOneOf(key, kNestedParams)) {
        AddObject(value);
      } else if (!IsOneOf(key, kNotParams)) {
        Add(key, value);
      }
    }
  }

  void Finish() {
    if (names_.empty()) return;
    json_.EndObject();
    span_.params = reader_.arena().Copy(text_);
  }

 private:
  bool IsFirst(std::string_view name) { return !name.empty() && names_.insert(name).second; }

  /// A JSON array or object, as such or as a text.
  std::string_view JsonOf(const Value& value) {
    std::string_view text = Trim(value.text);
    if (value.type == ValueType::kJson) return text;
    if (value.type != ValueType::kString || !(text.starts_with('{') || text.starts_with('['))) {
      return {};
    }
    return reader_.NextDocument().Parse(text, reader_.arena()) == JsonStatus::kOk
               ? text
               : std::string_view();
  }

  void SetColumn(std::string_view name, std::optional<double> number, std::optional<int64_t> whole,
                 std::optional<bool> flag) {
    if (name == "temperature" && !span_.temperature) {
      span_.temperature = number;
    } else if ((name == "top_p" || name == "topP") && !span_.top_p) {
      span_.top_p = number;
    } else if (name == "seed" && !span_.seed) {
      span_.seed = whole;
    } else if (name == "stream" && !span_.stream) {
      span_.stream = flag;
    } else if (!span_.max_tokens && IsOneOf(name, kMaxTokens)) {
      span_.max_tokens = whole;
    }
  }

  ContentReader& reader_;
  model::Span& span_;
  std::string text_;
  syntax::JsonWriter json_;
  std::set<std::string_view> names_;
};

}  // namespace

void ResolveParams(SpanWork& work, const BodyFacts& request, ContentReader& reader,
                   model::Span& span) {
  auto& params = work.Collected(Field::kParam);
  StableOrder(params, [](const Taken& taken) { return taken.rule->rank; });
  const Taken& object = work.At(Field::kParamsJson);
  if (params.empty() && !object && request.params.empty()) return;
  ParamWriter writer(reader, span);
  for (const Taken& taken : params) {
    writer.Add(taken.rule->name.empty() ? taken.suffix() : taken.rule->name, taken.value());
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
  writer.Finish();
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
