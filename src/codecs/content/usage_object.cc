#include "codecs/content/usage_object.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "codecs/content/content_reader.h"
#include "codecs/content/text.h"

namespace vitrine::codecs {

using model::Count;
using model::Usage;
using syntax::JsonValue;

Count Sum(Count left, Count right) {
  if (!left) return right;
  if (!right) return left;
  uint64_t sum = 0;
  // A sum beyond 64 bits is no count.
  if (__builtin_add_overflow(*left, *right, &sum)) return std::nullopt;
  return sum;
}

bool Equals(Count total, std::initializer_list<Count> parts) {
  Count sum = 0;
  for (Count part : parts) sum = Sum(sum, part);
  return total && sum && *total == *sum;
}

Count WholeSeconds(JsonValue seconds) {
  if (auto whole = seconds.ToUint()) return whole;
  constexpr double kSecondsMax = 1e9;  // Thirty years.
  double value = seconds.is_number() ? seconds.ToDouble().value_or(0) : 0;
  if (!(value > 0 && value < kSecondsMax)) return std::nullopt;
  return static_cast<uint64_t>(std::ceil(value));
}

namespace {

/// Whose words a usage object is written in.
enum class UsageWords : uint8_t { kOpenAiOrAnthropic, kGemini, kBedrock };

/// Sums the tokens of one modality out of Gemini's [{"modality":"AUDIO","tokenCount":5}].
Count ModalityCount(JsonValue details, std::string_view modality) {
  Count count;
  for (JsonValue detail : details.Elements()) {
    if (EqualsIgnoreCase(detail["modality"].text(), modality)) {
      count = Sum(count, FirstOf(detail, "tokenCount", "token_count").ToUint());
    }
  }
  return count;
}

void ReadGemini(JsonValue usage, RawUsage& raw) {
  raw.input = FirstOf(usage, "promptTokenCount", "prompt_token_count").ToUint();
  raw.output = FirstOf(usage, "candidatesTokenCount", "candidates_token_count",
                       "responseTokenCount", "response_token_count")
                   .ToUint();
  raw.total = FirstOf(usage, "totalTokenCount", "total_token_count").ToUint();
  raw.reasoning = FirstOf(usage, "thoughtsTokenCount", "thoughts_token_count").ToUint();
  raw.cache_read = FirstOf(usage, "cachedContentTokenCount", "cached_content_token_count").ToUint();
  raw.tool_prompt =
      FirstOf(usage, "toolUsePromptTokenCount", "tool_use_prompt_token_count").ToUint();
  JsonValue prompt = FirstOf(usage, "promptTokensDetails", "prompt_tokens_details");
  JsonValue answer = FirstOf(usage, "candidatesTokensDetails", "candidates_tokens_details");
  raw.audio_input = ModalityCount(prompt, "audio");
  raw.image_input = ModalityCount(prompt, "image");
  raw.cached_audio =
      ModalityCount(FirstOf(usage, "cacheTokensDetails", "cache_tokens_details"), "audio");
  raw.audio_output = ModalityCount(answer, "audio");
  raw.image_output = ModalityCount(answer, "image");
  raw.excludes_reasoning = true;
}

void ReadBedrock(JsonValue usage, RawUsage& raw) {
  raw.input = usage["inputTokens"].ToUint();
  raw.output = usage["outputTokens"].ToUint();
  raw.total = usage["totalTokens"].ToUint();
  JsonValue read = FirstOf(usage, "cacheReadInputTokens", "cacheReadInputTokenCount");
  JsonValue write = FirstOf(usage, "cacheWriteInputTokens", "cacheWriteInputTokenCount");
  raw.excludes_cache = read.exists() || write.exists();
  // AI SDK and Genkit, whose input holds the cache.
  if (!read.exists()) read = FirstOf(usage, "cachedInputTokens", "cachedContentTokens");
  if (!write.exists()) write = usage["cacheCreationInputTokens"];
  raw.cache_read = read.ToUint();
  raw.cache_write = write.ToUint();
  // What was written, by how long it lives: [{"ttl":"1h","inputTokens":512}].
  for (JsonValue detail : usage["cacheDetails"].Elements()) {
    std::string_view ttl = detail["ttl"].text();
    Count count = detail["inputTokens"].ToUint();
    if (ttl == "1h") raw.cache_write_1h = Sum(raw.cache_write_1h, count);
    if (ttl == "5m") raw.cache_write_5m = Sum(raw.cache_write_5m, count);
  }
  raw.reasoning = FirstOf(usage, "reasoningTokens", "thoughtsTokens").ToUint();
}

/// What is billed by the piece: sound by its length, pages, searches.
void ReadPieces(JsonValue usage, RawUsage& raw) {
  raw.seconds = WholeSeconds(FirstOf(usage, "seconds", "prompt_audio_seconds"));
  raw.pages = usage["pages_processed"].ToUint();
  if (!raw.web_searches) {
    JsonValue ran = usage["server_side_tool_usage_details"];  // xAI
    raw.web_searches = Sum(ran["web_search_calls"].ToUint(), ran["x_search_calls"].ToUint());
  }
  if (!raw.web_searches) {
    raw.web_searches = FirstOf(usage["server_tool_use_details"], "web_search_requests").ToUint();
  }
  if (!raw.web_searches) raw.web_searches = usage["num_search_queries"].ToUint();  // Perplexity
}

/// Anthropic's compaction of a long conversation is a pass of its own, billed and not in the
/// counts.
void ReadCompactions(JsonValue iterations, RawUsage& raw) {
  std::vector<uint64_t> prompts;
  bool compacts = false;
  for (JsonValue pass : iterations.Elements()) {
    bool is_compaction = pass["type"].text() == "compaction";
    if (!is_compaction && pass["type"].text() != "message") continue;
    Count read = pass["cache_read_input_tokens"].ToUint();
    Count write_1h = pass["cache_creation"]["ephemeral_1h_input_tokens"].ToUint();
    Count write = pass["cache_creation_input_tokens"].ToUint();
    if (!write) write = Sum(write_1h, pass["cache_creation"]["ephemeral_5m_input_tokens"].ToUint());
    Count input = Sum(pass["input_tokens"].ToUint(), Sum(read, write));
    if (Known(input) > 0) prompts.push_back(*input);
    if (!is_compaction) continue;
    compacts = true;
    raw.more_input = Sum(raw.more_input, input);
    raw.more_cache_read = Sum(raw.more_cache_read, read);
    raw.more_cache_write = Sum(raw.more_cache_write, write);
    raw.more_cache_write_1h = Sum(raw.more_cache_write_1h, write_1h);
    raw.more_output = Sum(raw.more_output, pass["output_tokens"].ToUint());
  }
  if (!compacts || prompts.empty()) return;
  raw.largest_pass = std::ranges::max(prompts);
  raw.smallest_pass = std::ranges::min(prompts);
}

/// The parts of OpenAI's counts, which LangChain, xAI, Mistral and others name in their own words.
void ReadDetails(JsonValue usage, RawUsage& raw) {
  JsonValue in = FirstOf(usage, "prompt_tokens_details", "input_tokens_details",
                         "input_token_details", "prompt_token_details");
  JsonValue out = FirstOf(usage, "completion_tokens_details", "output_tokens_details",
                          "output_token_details", "completion_token_details");
  raw.cache_read = FirstOf(in, "cached_tokens", "cache_read").ToUint();
  raw.cache_write =
      FirstOf(in, "cache_write_tokens", "cache_creation_tokens", "cache_creation").ToUint();
  raw.audio_input = FirstOf(in, "audio_tokens", "audio").ToUint();
  JsonValue cached = FirstOf(in, "cached_tokens_details", "cached_token_details");
  raw.cached_audio = cached["audio_tokens"].ToUint();
  raw.image_input = in["image_tokens"].ToUint();
  raw.audio_output = FirstOf(out, "audio_tokens", "audio").ToUint();
  raw.image_output = out["image_tokens"].ToUint();
  raw.reasoning = FirstOf(out, "reasoning_tokens", "thinking_tokens", "reasoning").ToUint();
  if (!raw.reasoning) raw.reasoning = usage["reasoning_tokens"].ToUint();
}

void ReadOpenAiOrAnthropic(JsonValue usage, RawUsage& raw) {
  raw.input = FirstOf(usage, "input_tokens", "prompt_tokens", "promptTokens").ToUint();
  raw.output = FirstOf(usage, "output_tokens", "completion_tokens", "completionTokens").ToUint();
  raw.total = FirstOf(usage, "total_tokens", "totalTokens").ToUint();
  ReadDetails(usage, raw);
  if (!raw.cache_read) {
    raw.cache_read = FirstOf(usage, "cache_read_input_tokens", "prompt_cache_hit_tokens",
                             "cached_tokens", "num_cached_tokens")
                         .ToUint();
  }
  if (JsonValue created = usage["cache_creation_input_tokens"]; created.exists()) {
    raw.cache_write = created.ToUint();
    raw.excludes_cache = usage["input_tokens"].exists();
  }
  raw.excludes_cache |= usage["cache_read_input_tokens"].exists() && usage["input_tokens"].exists();
  raw.cache_write_5m = usage["cache_creation"]["ephemeral_5m_input_tokens"].ToUint();
  raw.cache_write_1h = usage["cache_creation"]["ephemeral_1h_input_tokens"].ToUint();
  raw.web_searches = usage["server_tool_use"]["web_search_requests"].ToUint();
  ReadPieces(usage, raw);
  ReadCompactions(usage["iterations"], raw);
}

UsageWords WordsOf(JsonValue usage) {
  if (FirstOf(usage, "promptTokenCount", "prompt_token_count", "totalTokenCount",
              "total_token_count", "candidatesTokenCount", "candidates_token_count")
          .exists()) {
    return UsageWords::kGemini;
  }
  return FirstOf(usage, "inputTokens", "outputTokens", "cacheReadInputTokens",
                 "cacheWriteInputTokens")
                 .exists()
             ? UsageWords::kBedrock
             : UsageWords::kOpenAiOrAnthropic;
}

}  // namespace

RawUsage ReadUsageObject(JsonValue usage) {
  RawUsage raw;
  switch (WordsOf(usage)) {
    case UsageWords::kGemini: ReadGemini(usage, raw); break;
    case UsageWords::kBedrock: ReadBedrock(usage, raw); break;
    case UsageWords::kOpenAiOrAnthropic: ReadOpenAiOrAnthropic(usage, raw); break;
  }
  return raw;
}

void UseTotal(UsageDraft& draft, bool is_google) {
  const RawUsage& raw = draft.raw;
  if (!raw.total || !raw.input || !raw.output) return;
  uint64_t cached = Known(raw.cache_read) + Known(raw.cache_write);
  uint64_t reasoning = Known(raw.reasoning);
  if (Equals(raw.total, {raw.input, raw.output})) {
    // Consistent with "all inside" and, for Anthropic's wire numbers summed up naively, with not.
    if (reasoning > 0 && reasoning <= *raw.output) draft.output_includes_reasoning = true;
    return;
  }
  if (cached > 0 && Equals(raw.total, {raw.input, raw.output, cached})) {
    draft.input_includes_cache = false;
  } else if (cached > 0 && Known(raw.cache_read) > 0 &&
             Equals(raw.total, {raw.input, raw.output, raw.cache_read})) {
    draft.input_includes_cache = false;  // Bedrock's total leaves the writes out.
  } else if (Known(raw.audio_input) > 0 &&
             Equals(raw.total, {raw.input, raw.output, raw.audio_input})) {
    draft.raw.input = Sum(raw.input, raw.audio_input);  // Mistral counts sound beside the prompt.
  } else if (reasoning > 0 && Equals(raw.total, {raw.input, raw.output, raw.reasoning})) {
    draft.output_includes_reasoning = false;
  } else if (reasoning == 0 && is_google && *raw.total > *raw.input + *raw.output) {
    // Gemini's thoughts stand in the total alone (WIRE-FORMATS 7.9).
    draft.raw.reasoning = *raw.total - *raw.input - *raw.output;
    draft.output_includes_reasoning = false;
  }
}

Usage ToUsage(UsageDraft draft) {
  RawUsage& raw = draft.raw;
  Usage usage;
  if (!raw.input && raw.uncached_input) {
    raw.input = raw.uncached_input;
    draft.input_includes_cache = false;
  }
  if (!raw.cache_write) raw.cache_write = Sum(raw.cache_write_5m, raw.cache_write_1h);
  uint64_t cached = Known(Sum(raw.cache_read, raw.cache_write));
  if (draft.input_includes_cache && raw.input && cached > *raw.input) {
    draft.input_includes_cache = false;
    usage.assumed_exclusive = true;
  }
  if (!draft.input_includes_cache && raw.input) raw.input = Sum(raw.input, cached);
  if (raw.output && raw.reasoning && *raw.reasoning > *raw.output) {
    draft.output_includes_reasoning = false;
  }
  if (!draft.output_includes_reasoning && raw.reasoning) {
    raw.output = Sum(raw.output, raw.reasoning);
  }
  usage.input_tokens = raw.input;
  usage.output_tokens = raw.output;
  usage.cached_input_tokens = raw.cache_read;
  usage.cache_write_tokens = raw.cache_write;
  usage.cache_write_1h_tokens = raw.cache_write_1h;
  usage.reasoning_tokens = raw.reasoning;
  usage.audio_input_tokens = raw.audio_input;
  usage.audio_output_tokens = raw.audio_output;
  usage.image_input_tokens = raw.image_input;
  usage.image_output_tokens = raw.image_output;
  usage.web_search_requests = raw.web_searches;
  usage.billed_input_tokens = raw.billed_input;
  usage.billed_output_tokens = raw.billed_output;
  if (raw.more_input) {
    usage.billed_input_tokens = Sum(usage.input_tokens, raw.more_input);
    usage.billed_cached_input_tokens = Sum(raw.cache_read, raw.more_cache_read);
    usage.billed_cache_write_tokens = Sum(raw.cache_write, raw.more_cache_write);
    usage.billed_cache_write_1h_tokens = Sum(raw.cache_write_1h, raw.more_cache_write_1h);
    usage.largest_pass_tokens = raw.largest_pass;
    usage.smallest_pass_tokens = raw.smallest_pass;
  }
  if (raw.more_output) usage.billed_output_tokens = Sum(usage.output_tokens, raw.more_output);
  usage.cached_audio_tokens = raw.cached_audio;
  usage.input_seconds = raw.seconds;
  usage.pages = raw.pages;
  usage.search_units = raw.search_units;
  return usage;
}

}  // namespace vitrine::codecs
