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

/// Langfuse takes a provider's own usage object in the place of its map.
bool IsProviderObject(JsonValue map) {
  if (FirstOf(map, "prompt_tokens", "input_tokens", "promptTokens").exists()) return true;
  bool has_bucket = FirstOf(map, "input", "output", "total").exists();
  return !has_bucket && FirstOf(map, "inputTokens", "outputTokens", "promptTokenCount",
                                "prompt_token_count", "totalTokenCount", "total_token_count")
                            .exists();
}

/// Langfuse's usage map. By convention its buckets are disjoint; a total that adds up without them
/// says that they are parts of input and output.
RawUsage ReadUsageMap(JsonValue map) {
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

/// The provider's own counts inside the AI SDK's provider metadata: as the provider's usage object,
/// and before AI SDK 5 under names of the SDK's.
RawUsage ReadProviderMetadata(JsonValue metadata) {
  RawUsage raw;
  for (auto [provider, facts] : metadata.Members()) {
    JsonValue usage = FirstOf(facts, "usage", "usageMetadata");
    if (usage.is_object()) raw = ReadUsageObject(usage);
    Count read = FirstOf(facts, "cacheReadInputTokens").ToUint();
    Count written = FirstOf(facts, "cacheCreationInputTokens").ToUint();
    raw.excludes_cache |= read || written;  // Anthropic's words.
    if (!read) read = FirstOf(facts, "cachedPromptTokens", "promptCacheHitTokens").ToUint();
    if (!raw.cache_read) raw.cache_read = read;
    if (!raw.cache_write) raw.cache_write = written;
    if (!raw.reasoning) raw.reasoning = facts["reasoningTokens"].ToUint();
    if (usage.is_object()) return raw;
  }
  return raw;
}

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
void JoinProviderUsage(const RawUsage& object, Origin origin, UsageDraft& draft) {
  RawUsage& raw = draft.raw;
  bool nothing_yet = !raw.input && !raw.output;
  if (nothing_yet) {
    raw = object;
    raw.input = Sum(object.input, object.tool_prompt);  // Gemini counts them beside the prompt.
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

/// AI SDK 4 and 5 hand on the input as the provider counts it; 6 adds it up, and says what of it no
/// cache has seen.
void JoinProviderMetadata(const RawUsage& object, UsageDraft& draft) {
  if (!draft.raw.input && !object.input) return;  // Parts of what nobody counts.
  bool is_handed_on = !draft.raw.uncached_input && !object.input && object.excludes_cache &&
                      Known(object.cache_read) + Known(object.cache_write) > 0;
  JoinProviderUsage(object, Origin::kBody, draft);
  if (is_handed_on) draft.input_includes_cache = false;
}

/// MLflow writes every provider's counts under the same names. Anthropic's and Bedrock's leave the
/// cache out of the input, all others' hold it.
bool PassesOnExclusiveCounts(SpanWork& work, const model::Span& span) {
  for (const model::Attribute& attribute : work.RestSoFar()) {
    if (attribute.key == "mlflow.message.format") {
      std::string_view format = Trim(ReadText(attribute.value, work.arena()));
      if (!format.empty()) return format.contains("anthropic") || format.contains("bedrock");
    }
  }
  return span.provider == "anthropic" || span.provider == "aws.bedrock";
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

void ResolveUsage(SpanWork& work, const ScopeFacts& scope, const BodyFacts& answer,
                  ContentReader& reader, model::Span& span) {
  ReadCost(work, reader, span);
  UsageDraft draft;
  ReadAttributes(work, draft.raw);
  ReadDetails(work, reader, draft.raw);
  draft.input_includes_cache = !scope.exclusive_input;
  if (JsonValue map = ObjectOf(work, Field::kUsageDetails, reader); map.is_object()) {
    RawUsage raw = IsProviderObject(map) ? ReadUsageObject(map) : ReadUsageMap(map);
    if (raw.input || raw.output || raw.total) {
      draft = {};
      JoinProviderUsage(raw, Origin::kSent, draft);
    } else {
      work.GiveBack(work.At(Field::kUsageDetails));
    }
  }
  if (JsonValue usage = ObjectOf(work, Field::kUsageJson, reader); usage.is_object()) {
    RawUsage raw = ReadUsageObject(usage);
    if (work.At(Field::kUsageJson).rule->dialect == Dialect::kMlflow) {
      raw.excludes_cache = PassesOnExclusiveCounts(work, span);
    }
    JoinProviderUsage(raw, Origin::kSent, draft);
  }
  if (work.Has(Field::kProviderMetadata)) {
    JoinProviderMetadata(ReadProviderMetadata(ObjectOf(work, Field::kProviderMetadata, reader)),
                         draft);
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
