#include "codecs/content/param_writer.h"

#include <algorithm>

namespace vitrine::codecs {

namespace {

using syntax::JsonValue;

// Of a request body: what is content, or stands in a column of its own.
constexpr std::string_view kNotParams[] = {"messages",
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
constexpr std::string_view kNestedParams[] = {"config", "inferenceConfig", "generationConfig",
                                              "textGenerationConfig"};
constexpr std::string_view kMaxTokens[] = {
    "max_tokens",    "max_completion_tokens", "max_output_tokens", "maxTokens",   "maxOutputTokens",
    "maxTokenCount", "max_tokens_to_sample",  "max_new_tokens",    "num_predict", "maximumLength"};

bool IsOneOf(std::string_view word, std::span<const std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

}  // namespace

syntax::JsonWriter* ParamWriter::Begin(std::string_view name) {
  if (name.empty() || !names_.insert(name).second) return nullptr;
  return &writer_.Key(name);
}

void ParamWriter::Add(std::string_view name, JsonValue value) {
  if (value.is_nothing()) return;
  syntax::JsonWriter* json = Begin(name);
  if (json == nullptr) return;
  json->Raw(value.raw());
  SetColumn(name, value.ToDouble(), value.ToInt(), value.ToBool());
}

void ParamWriter::AddObject(JsonValue body) {
  for (auto [key, value] : body.Members()) {
    bool is_opened = IsOneOf(key, kNestedParams) || IsOneOf(key, more_.opened);
    if (value.is_object() && is_opened) {
      AddObject(value);
    } else if (!IsOneOf(key, kNotParams) && !IsOneOf(key, more_.left_out)) {
      Add(key, value);
    }
  }
}

void ParamWriter::SetColumn(std::string_view name, std::optional<double> number,
                            std::optional<int64_t> whole, std::optional<bool> flag) {
  if (name == "temperature" && !params_.temperature) {
    params_.temperature = number;
  } else if ((name == "top_p" || name == "topP") && !params_.top_p) {
    params_.top_p = number;
  } else if (name == "seed" && !params_.seed) {
    params_.seed = whole;
  } else if (name == "stream" && !params_.stream) {
    params_.stream = flag;
  } else if (!params_.max_tokens && IsOneOf(name, kMaxTokens)) {
    params_.max_tokens = whole;
  }
}

RequestParams ParamWriter::Finish(Arena& arena) {
  if (names_.empty()) return {};
  writer_.EndObject();
  params_.json = arena.Copy(text_);
  return params_;
}

}  // namespace vitrine::codecs
