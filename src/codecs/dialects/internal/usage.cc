#include "codecs/dialects/internal/usage.h"

#include <algorithm>

#include "codecs/dialects/internal/python_repr.h"
#include "codecs/dialects/internal/readers.h"

namespace vitrine::codecs::dialects {

namespace {

using model::Count;
using model::Usage;
using syntax::JsonStatus;
using syntax::JsonValue;

/// Adds counts; unknown only where both are.
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

uint64_t Known(Count count) { return count.value_or(0); }

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
  raw.audio_output = ModalityCount(answer, "audio");
  raw.image_output = ModalityCount(answer, "image");
  raw.excludes_reasoning = true;
}

void ReadBedrock(JsonValue usage, RawUsage& raw) {
  raw.input = usage["inputTokens"].ToUint();
  raw.output = usage["outputTokens"].ToUint();
  raw.total = usage["totalTokens"].ToUint();
  raw.cache_read = FirstOf(usage, "cacheReadInputTokens", "cachedInputTokens").ToUint();
  raw.cache_write = FirstOf(usage, "cacheWriteInputTokens", "cacheCreationInputTokens").ToUint();
  raw.reasoning = usage["reasoningTokens"].ToUint();
  raw.excludes_cache = usage["cacheReadInputTokens"].exists();
}

void ReadOpenAiOrAnthropic(JsonValue usage, RawUsage& raw) {
  raw.input = FirstOf(usage, "input_tokens", "prompt_tokens", "promptTokens").ToUint();
  raw.output = FirstOf(usage, "output_tokens", "completion_tokens", "completionTokens").ToUint();
  raw.total = FirstOf(usage, "total_tokens", "totalTokens").ToUint();
  JsonValue in = FirstOf(usage, "prompt_tokens_details", "input_tokens_details");
  JsonValue out = FirstOf(usage, "completion_tokens_details", "output_tokens_details");
  raw.cache_read = FirstOf(in, "cached_tokens").ToUint();
  raw.cache_write = FirstOf(in, "cache_write_tokens").ToUint();
  raw.audio_input = in["audio_tokens"].ToUint();
  raw.image_input = in["image_tokens"].ToUint();
  raw.audio_output = out["audio_tokens"].ToUint();
  raw.image_output = out["image_tokens"].ToUint();
  raw.reasoning = FirstOf(out, "reasoning_tokens", "thinking_tokens").ToUint();
  if (!raw.cache_read) {
    raw.cache_read = FirstOf(usage, "cache_read_input_tokens", "prompt_cache_hit_tokens").ToUint();
  }
  if (JsonValue created = usage["cache_creation_input_tokens"]; created.exists()) {
    raw.cache_write = created.ToUint();
    raw.excludes_cache = usage["input_tokens"].exists();
  }
  raw.excludes_cache |= usage["cache_read_input_tokens"].exists() && usage["input_tokens"].exists();
  raw.cache_write_5m = usage["cache_creation"]["ephemeral_5m_input_tokens"].ToUint();
  raw.cache_write_1h = usage["cache_creation"]["ephemeral_1h_input_tokens"].ToUint();
  raw.web_searches = usage["server_tool_use"]["web_search_requests"].ToUint();
}

/// Langfuse's usage map. By convention its buckets are disjoint; a total that adds up without them
/// says that they are parts of input and output.
RawUsage ReadUsageMap(JsonValue map) {
  if (FirstOf(map, "prompt_tokens", "input_tokens", "promptTokens").exists()) {
    return ReadUsageObject(map);
  }
  RawUsage raw;
  Count read, written, reasoning;
  for (auto [key, value] : map.Members()) {
    Count count = value.ToUint();
    if (key == "input") {
      raw.input = count;
    } else if (key == "output") {
      raw.output = count;
    } else if (key == "total") {
      raw.total = count;
    } else if (key == "input_cached_tokens" || key == "cache_read_input_tokens" ||
               key == "input_cache_read" || key == "cached_input" || key == "cache_read" ||
               key == "input_cached" || key == "cached_tokens") {
      read = Sum(read, count);
    } else if (key.starts_with("input_cache_creation") || key == "cache_creation_input_tokens" ||
               key == "input_cache_write_tokens" || key == "cache_write" ||
               key == "cache_write_input_tokens" || key == "input_cache_write") {
      written = Sum(written, count);
      if (key.ends_with("_1h")) raw.cache_write_1h = Sum(raw.cache_write_1h, count);
      if (key.ends_with("_5m")) raw.cache_write_5m = Sum(raw.cache_write_5m, count);
    } else if (key == "output_reasoning_tokens" || key == "output_reasoning" ||
               key == "reasoning_tokens" || key == "reasoning") {
      reasoning = Sum(reasoning, count);
    } else if (key == "input_audio_tokens" || key == "input_audio") {
      raw.audio_input = count;
    } else if (key == "output_audio_tokens" || key == "output_audio") {
      raw.audio_output = count;
    } else if (key == "input_image_tokens" || key == "input_image") {
      raw.image_input = count;
    } else if (key == "output_image_tokens" || key == "output_image") {
      raw.image_output = count;
    }
  }
  raw.cache_read = read;
  raw.cache_write = written;
  raw.reasoning = reasoning;
  bool details_inside = Equals(raw.total, {raw.input, raw.output}) &&
                        (Known(read) + Known(written) + Known(reasoning) > 0);
  if (details_inside) return raw;
  raw.input = Sum(Sum(raw.input, read), Sum(Sum(written, raw.audio_input), raw.image_input));
  raw.output = Sum(Sum(raw.output, reasoning), Sum(raw.audio_output, raw.image_output));
  return raw;
}

/// The provider's own usage inside the AI SDK's provider metadata.
JsonValue ProviderUsage(JsonValue metadata) {
  for (auto [provider, facts] : metadata.Members()) {
    JsonValue usage = FirstOf(facts, "usage", "usageMetadata");
    if (usage.is_object()) return usage;
  }
  return {};
}

/// What is counted on this span, before anybody asked what includes what.
struct Draft {
  RawUsage raw;
  bool input_includes_cache = true;
  bool output_includes_reasoning = true;
};

void ReadAttributes(SpanWork& work, RawUsage& raw) {
  raw.input = work.Count(Field::kInputTokens);
  raw.output = work.Count(Field::kOutputTokens);
  raw.total = work.Count(Field::kTotalTokens);
  raw.cache_read = work.Count(Field::kCacheReadTokens);
  raw.cache_write = work.Count(Field::kCacheWriteTokens);
  raw.cache_write_5m = work.Count(Field::kCacheWrite5mTokens);
  raw.cache_write_1h = work.Count(Field::kCacheWrite1hTokens);
  raw.reasoning = work.Count(Field::kReasoningTokens);
  raw.audio_input = work.Count(Field::kAudioInputTokens);
  raw.audio_output = work.Count(Field::kAudioOutputTokens);
  raw.image_input = work.Count(Field::kImageInputTokens);
  raw.image_output = work.Count(Field::kImageOutputTokens);
  raw.web_searches = work.Count(Field::kWebSearches);
  raw.uncached_input = work.Count(Field::kUncachedInputTokens);
}

/// Where a usage object was found: sent as the span's usage, or inside a response body.
enum class Origin : uint8_t { kSent, kBody };

/// Fills what is unknown in `to`. Bodies list what was not used as 0; a sender that then left it
/// out did not mean it as a count, and it stays unknown.
void FillFrom(const RawUsage& from, Origin origin, RawUsage& to) {
  auto fill = [&](Count& target, Count source) {
    if (!target && (origin == Origin::kSent || Known(source) > 0)) target = source;
  };
  fill(to.cache_read, from.cache_read);
  fill(to.cache_write, from.cache_write);
  fill(to.cache_write_5m, from.cache_write_5m);
  fill(to.cache_write_1h, from.cache_write_1h);
  fill(to.reasoning, from.reasoning);
  fill(to.audio_input, from.audio_input);
  fill(to.audio_output, from.audio_output);
  fill(to.image_input, from.image_input);
  fill(to.image_output, from.image_output);
  fill(to.tool_prompt, from.tool_prompt);
  fill(to.web_searches, from.web_searches);
}

/// Joins what attributes say with what the provider's own usage object, sent along, says. Where the
/// numbers are equal, the object's names tell what they include.
void JoinProviderUsage(const RawUsage& object, Origin origin, Draft& draft) {
  RawUsage& raw = draft.raw;
  bool nothing_yet = !raw.input && !raw.output;
  if (nothing_yet) {
    raw = object;
    draft.input_includes_cache = !object.excludes_cache;
    draft.output_includes_reasoning = !object.excludes_reasoning;
    return;
  }
  uint64_t cached = Known(object.cache_read) + Known(object.cache_write);
  bool same_input = raw.input && raw.input == object.input;
  bool same_output = raw.output && raw.output == object.output;
  FillFrom(object, origin, raw);
  if (!raw.total && same_input && same_output) raw.total = object.total;
  if (object.excludes_cache && same_input && cached > 0) draft.input_includes_cache = false;
  if (object.excludes_reasoning && same_output && Known(object.reasoning) > 0) {
    draft.output_includes_reasoning = false;
  }
  if (object.tool_prompt && same_input) raw.input = Sum(raw.input, object.tool_prompt);
}

/// Lets the total decide what input and output include.
void UseTotal(Draft& draft, bool is_google) {
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
  } else if (reasoning > 0 && Equals(raw.total, {raw.input, raw.output, raw.reasoning})) {
    draft.output_includes_reasoning = false;
  } else if (reasoning == 0 && is_google && *raw.total > *raw.input + *raw.output) {
    // Gemini's thoughts stand in the total alone (WIRE-FORMATS 7.9).
    draft.raw.reasoning = *raw.total - *raw.input - *raw.output;
    draft.output_includes_reasoning = false;
  }
}

Usage ToUsage(Draft& draft) {
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
  return usage;
}

bool IsGoogle(const model::Span& span) {
  return span.provider.starts_with("gcp.") || span.request_model.contains("gemini") ||
         span.response_model.contains("gemini");
}

/// LangChain's {"cache_read":…,"cache_creation":…,"audio":…,"reasoning":…}.
void ReadDetails(SpanWork& work, ContentReader& reader, RawUsage& raw) {
  auto fill = [](Count& target, Count source) {
    if (!target) target = source;
  };
  for (Field field : {Field::kInputDetailsJson, Field::kOutputDetailsJson}) {
    const Taken& taken = work.At(field);
    if (!taken) continue;
    syntax::JsonDocument& document = reader.NextDocument();
    if (document.Parse(taken.value().text, work.arena()) != JsonStatus::kOk) {
      work.Malformed(taken.attribute->key, "not JSON");
      work.GiveBack(taken);
      continue;
    }
    JsonValue details = document.root();
    bool is_input = field == Field::kInputDetailsJson;
    fill(raw.cache_read, details["cache_read"].ToUint());
    fill(raw.cache_write, details["cache_creation"].ToUint());
    fill(raw.reasoning, details["reasoning"].ToUint());
    fill(is_input ? raw.audio_input : raw.audio_output, details["audio"].ToUint());
  }
}

void ReadCost(SpanWork& work, ContentReader& reader, model::Span& span) {
  if (const Taken& taken = work.At(Field::kCostTotal)) {
    span.cost.reported = ReadMoney(taken.value());
    if (!span.cost.reported) {
      work.Malformed(taken.attribute->key, "not an amount");
      work.GiveBack(taken);
    }
  }
  const Taken& details = work.At(Field::kCostDetails);
  if (!details || span.cost.reported) return;
  syntax::JsonDocument& document = reader.NextDocument();
  if (document.Parse(details.value().text, work.arena()) != JsonStatus::kOk) {
    work.Malformed(details.attribute->key, "not JSON");
    work.GiveBack(details);
    return;
  }
  JsonValue map = document.root();
  if (auto total = ReadMoney(map["total"])) {
    span.cost.reported = total;
    return;
  }
  for (auto [key, value] : map.Members()) {
    if (auto part = ReadMoney(value)) {
      span.cost.reported = span.cost.reported.value_or(Money{}) + *part;
    }
  }
}

/// Reads the JSON object of a field; missing, and named as malformed, where it is none.
JsonValue ObjectOf(SpanWork& work, Field field, ContentReader& reader) {
  const Taken& taken = work.At(field);
  if (!taken) return {};
  syntax::JsonDocument& document = reader.NextDocument();
  std::string_view text = taken.value().text;
  if (taken.rule->unit == Unit::kPythonRepr) {
    text = JsonFromPythonRepr(text, work.arena()).value_or(text);
  }
  if (document.Parse(text, work.arena()) == JsonStatus::kOk && document.root().is_object()) {
    return document.root();
  }
  work.Malformed(taken.attribute->key, "not a JSON object");
  work.GiveBack(taken);
  return {};
}

void ReadAggregate(SpanWork& work, Usage& usage) {
  usage.input_tokens = work.Count(Field::kAggregateInputTokens);
  usage.output_tokens = work.Count(Field::kAggregateOutputTokens);
  usage.cached_input_tokens = work.Count(Field::kAggregateCacheReadTokens);
  usage.cache_write_tokens = work.Count(Field::kAggregateCacheWriteTokens);
  usage.reasoning_tokens = work.Count(Field::kAggregateReasoningTokens);
}

}  // namespace

RawUsage ReadUsageObject(JsonValue usage) {
  RawUsage raw;
  if (FirstOf(usage, "promptTokenCount", "prompt_token_count", "totalTokenCount",
              "total_token_count")
          .exists()) {
    ReadGemini(usage, raw);
  } else if (usage["inputTokens"].exists()) {
    ReadBedrock(usage, raw);
  } else {
    ReadOpenAiOrAnthropic(usage, raw);
  }
  return raw;
}

void ResolveUsage(SpanWork& work, const ScopeFacts& scope, const BodyFacts& answer,
                  ContentReader& reader, model::Span& span) {
  ReadCost(work, reader, span);
  Draft draft;
  ReadAttributes(work, draft.raw);
  ReadDetails(work, reader, draft.raw);
  draft.input_includes_cache = !scope.exclusive_input;
  if (JsonValue map = ObjectOf(work, Field::kUsageDetails, reader); map.is_object()) {
    RawUsage raw = ReadUsageMap(map);
    if (raw.input || raw.output || raw.total) {
      draft = {};
      draft.raw = raw;
      draft.input_includes_cache = !raw.excludes_cache;
    }
  }
  if (JsonValue usage = ObjectOf(work, Field::kUsageJson, reader); usage.is_object()) {
    JoinProviderUsage(ReadUsageObject(usage), Origin::kSent, draft);
  }
  if (work.Has(Field::kProviderMetadata)) {
    JsonValue usage = ProviderUsage(ObjectOf(work, Field::kProviderMetadata, reader));
    if (usage.is_object()) JoinProviderUsage(ReadUsageObject(usage), Origin::kBody, draft);
  }
  if (!answer.usage.empty() && model::IsModelCall(span.kind)) {
    syntax::JsonDocument& document = reader.NextDocument();
    if (document.Parse(answer.usage, work.arena()) == JsonStatus::kOk) {
      // OpenRouter says in its answer what the call cost.
      if (!span.cost.reported) span.cost.reported = ReadMoney(document.root()["cost"]);
      JoinProviderUsage(ReadUsageObject(document.root()), Origin::kBody, draft);
    }
  }
  if (!draft.raw.input && span.kind != model::SpanKind::kLlm) {
    draft.raw.input = work.Count(Field::kEmbeddingTokens);
  }
  UseTotal(draft, IsGoogle(span));
  span.usage = ToUsage(draft);
  if (!span.usage.has_any() &&
      (work.Has(Field::kAggregateInputTokens) || work.Has(Field::kAggregateOutputTokens))) {
    span.usage = {};
    ReadAggregate(work, span.usage);
    span.usage_is_aggregate = true;
  }
  if (span.usage.has_any()) span.usage.source = model::UsageSource::kProvider;
}

}  // namespace vitrine::codecs::dialects
