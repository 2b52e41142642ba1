#include "model/usage.h"

#include <algorithm>
#include <array>

namespace vitrine::model {

namespace {

/// Takes `part` out of `rest`, at most what is there.
uint64_t TakeFrom(uint64_t& rest, Count part) {
  uint64_t taken = std::min(rest, part.value_or(0));
  rest -= taken;
  return taken;
}

}  // namespace

UsageBuckets SplitUsage(const Usage& usage) {
  UsageBuckets buckets;
  buckets.input = usage.input_tokens.value_or(0);
  buckets.cache_read = TakeFrom(buckets.input, usage.cached_input_tokens);
  uint64_t written = TakeFrom(buckets.input, usage.cache_write_tokens);
  buckets.cache_write_1h = TakeFrom(written, usage.cache_write_1h_tokens);
  buckets.cache_write_5m = written;
  // Audio that came from the cache is among what was read from it.
  uint64_t audio = usage.audio_input_tokens.value_or(0);
  TakeFrom(audio, usage.cached_audio_tokens);
  buckets.input_audio = TakeFrom(buckets.input, audio);
  buckets.input_image = TakeFrom(buckets.input, usage.image_input_tokens);
  buckets.output = usage.output_tokens.value_or(0);
  buckets.reasoning = TakeFrom(buckets.output, usage.reasoning_tokens);
  buckets.output_audio = TakeFrom(buckets.output, usage.audio_output_tokens);
  buckets.output_image = TakeFrom(buckets.output, usage.image_output_tokens);
  return buckets;
}

std::span<const NamedBucket> BucketsByName() {
  static constexpr auto kBuckets = std::to_array<NamedBucket>({
      {"input", &UsageBuckets::input},
      {"cache_read", &UsageBuckets::cache_read},
      {"cache_write_5m", &UsageBuckets::cache_write_5m},
      {"cache_write_1h", &UsageBuckets::cache_write_1h},
      {"input_audio", &UsageBuckets::input_audio},
      {"input_image", &UsageBuckets::input_image},
      {"output", &UsageBuckets::output},
      {"reasoning", &UsageBuckets::reasoning},
      {"output_audio", &UsageBuckets::output_audio},
      {"output_image", &UsageBuckets::output_image},
  });
  return kBuckets;
}

UsageBuckets SplitBilledUsage(const Usage& usage) {
  // Where more is billed than is counted, all that is counted is billed, each kind as itself.
  constexpr auto kHoldsAll = [](Count billed, Count counted) {
    return counted && *billed >= *counted;
  };
  Usage billed = usage;
  if (usage.billed_input_tokens) {
    billed.input_tokens = usage.billed_input_tokens;
    if (!kHoldsAll(usage.billed_input_tokens, usage.input_tokens)) {
      billed.cached_input_tokens = billed.cache_write_tokens = {};
      billed.audio_input_tokens = billed.image_input_tokens = billed.cached_audio_tokens = {};
    }
    const auto replace = [](Count& counted, Count other) {
      if (other) counted = other;
    };
    replace(billed.cached_input_tokens, usage.billed_cached_input_tokens);
    replace(billed.cache_write_tokens, usage.billed_cache_write_tokens);
    replace(billed.cache_write_1h_tokens, usage.billed_cache_write_1h_tokens);
  }
  if (usage.billed_output_tokens) {
    billed.output_tokens = usage.billed_output_tokens;
    if (!kHoldsAll(usage.billed_output_tokens, usage.output_tokens))
      billed.reasoning_tokens = billed.audio_output_tokens = billed.image_output_tokens = {};
  }
  return SplitUsage(billed);
}

}  // namespace vitrine::model
