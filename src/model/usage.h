// Usage: the tokens of one model call, normalised, and its disjoint billing buckets.
// Units: tokens unless named otherwise. Unknown is nullopt, never 0.
// Source: DESIGN 4 (input_tokens includes the cache, output_tokens includes reasoning).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace vitrine::model {

enum class UsageSource : uint8_t {
  kMissing,    ///< Nobody reported usage.
  kProvider,   ///< The provider's own numbers.
  kEstimated,  ///< Counted by the sender or by us with a tokenizer.
};

using Count = std::optional<uint64_t>;

struct Usage {
  Count input_tokens;           ///< All input, cache reads and writes included.
  Count cached_input_tokens;    ///< Of input: read from the provider's cache.
  Count cache_write_tokens;     ///< Of input: written to the cache, any lifetime.
  Count cache_write_1h_tokens;  ///< Of cache writes: those with one hour to live.
  Count output_tokens;          ///< All output, reasoning included.
  Count reasoning_tokens;       ///< Of output.
  Count audio_input_tokens;     ///< Of input.
  Count audio_output_tokens;    ///< Of output.
  Count image_input_tokens;     ///< Of input.
  Count image_output_tokens;    ///< Of output.
  Count cached_audio_tokens;    ///< Of cached input and of audio input.
  Count web_search_requests;    ///< Provider-run searches, billed each.
  /// What is billed in the place of input and output, where the provider says so and it is another
  /// number (Cohere). Prices take these; tokens stay tokens.
  Count billed_input_tokens, billed_output_tokens;
  /// Of billed input, where it is more than what is counted.
  Count billed_cached_input_tokens, billed_cache_write_tokens, billed_cache_write_1h_tokens;
  /// Input of the largest and of the smallest pass of a call that is billed as several: each pass
  /// is a prompt of its own.
  Count largest_pass_tokens, smallest_pass_tokens;
  // What is billed by the piece, where tokens do not tell.
  Count input_seconds;     ///< Of sound that was transcribed, begun ones whole.
  Count input_characters;  ///< Of text that was spoken.
  Count output_images;
  Count pages;         ///< Of documents that were read.
  Count search_units;  ///< Of a ranking, as the provider counts them.
  UsageSource source = UsageSource::kMissing;
  bool assumed_exclusive =
      false;  ///< Reads plus writes exceeded input, so input was taken as uncached.

  bool has_any() const { return input_tokens || output_tokens; }
  bool has_pieces() const {
    return input_seconds || input_characters || output_images || pages || search_units;
  }
  bool operator==(const Usage&) const = default;
};

/// Disjoint buckets that add up to input_tokens + output_tokens.
struct UsageBuckets {
  uint64_t input = 0;  ///< Uncached text input.
  uint64_t cache_read = 0;
  uint64_t cache_write_5m = 0;
  uint64_t cache_write_1h = 0;
  uint64_t input_audio = 0;
  uint64_t input_image = 0;
  uint64_t output = 0;  ///< Visible text output.
  uint64_t reasoning = 0;
  uint64_t output_audio = 0;
  uint64_t output_image = 0;
};

/// Splits usage into disjoint buckets. Of a part that is said to be more than its whole, what there
/// is of the whole; of an unknown whole nothing.
UsageBuckets SplitUsage(const Usage& usage);

struct NamedBucket {
  std::string_view name;  ///< Of the token dimension in the price table, and in `usage_details`.
  uint64_t UsageBuckets::* count;
};

/// Every bucket once; lives for ever.
std::span<const NamedBucket> BucketsByName();

/// The buckets that are priced: billed counts in the place of those that they stand for, else those
/// of SplitUsage.
UsageBuckets SplitBilledUsage(const Usage& usage);

}  // namespace vitrine::model
