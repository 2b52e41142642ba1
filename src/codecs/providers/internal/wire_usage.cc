#include "codecs/providers/internal/wire_usage.h"

#include "codecs/content/content_reader.h"

namespace vitrine::codecs::providers {

namespace {

using model::Count;
using syntax::JsonValue;

void Fill(Count& to, JsonValue value) {
  if (!to) to = value.ToUint();
}

UsageWords WordsOf(JsonValue usage) {
  if (FirstOf(usage, "promptTokenCount", "prompt_token_count", "totalTokenCount",
              "total_token_count", "candidatesTokenCount", "candidates_token_count")
          .exists()) {
    return UsageWords::kGemini;
  }
  return FirstOf(usage, "inputTokens", "outputTokens").exists() ? UsageWords::kBedrock
                                                                : UsageWords::kOpenAiOrAnthropic;
}

void AddBedrock(JsonValue usage, RawUsage& raw) {
  JsonValue read = FirstOf(usage, "cacheReadInputTokens", "cacheReadInputTokenCount");
  JsonValue write = FirstOf(usage, "cacheWriteInputTokens", "cacheWriteInputTokenCount");
  Fill(raw.cache_read, read);
  Fill(raw.cache_write, write);
  raw.excludes_cache |= read.exists() || write.exists();
}

void AddOpenAi(JsonValue usage, RawUsage& raw) {
  JsonValue in = FirstOf(usage, "prompt_tokens_details", "input_tokens_details",
                         "input_token_details", "prompt_token_details");
  JsonValue out = FirstOf(usage, "completion_tokens_details", "output_tokens_details",
                          "output_token_details", "completion_token_details");
  Fill(raw.cache_read, in["cached_tokens"]);
  Fill(raw.cache_write, FirstOf(in, "cache_write_tokens", "cache_creation_tokens"));
  Fill(raw.audio_input, in["audio_tokens"]);
  Fill(raw.image_input, in["image_tokens"]);
  Fill(raw.audio_output, out["audio_tokens"]);
  Fill(raw.image_output, out["image_tokens"]);
  Fill(raw.reasoning, FirstOf(out, "reasoning_tokens", "thinking_tokens"));
  Fill(raw.reasoning, usage["reasoning_tokens"]);
  Fill(raw.cache_read, FirstOf(usage, "cached_tokens", "num_cached_tokens"));
}

}  // namespace

RawUsage ReadWireUsage(JsonValue usage) {
  UsageWords words = WordsOf(usage);
  RawUsage raw = ReadUsageObject(usage, words);
  if (words == UsageWords::kBedrock) AddBedrock(usage, raw);
  if (words == UsageWords::kOpenAiOrAnthropic) AddOpenAi(usage, raw);
  return raw;
}

}  // namespace vitrine::codecs::providers
