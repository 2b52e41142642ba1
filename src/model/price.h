// The nouns of money: rates, price rows, the question "what does this call cost" and its answer.
// Values only; the table that answers is pipeline/price_table.h. Rules and format: docs/prices.md.
// Units: a rate is pico-USD (1e-12 USD) per token or unit; a cost is Money (nano-USD).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/money.h"
#include "base/time.h"
#include "model/usage.h"

namespace vitrine::model {

/// What is paid for. The order is that of the table's canonical text.
enum class RateDim : uint8_t {
  kInput,
  kCacheRead,
  kCacheWrite5m,
  kCacheWrite1h,
  kInputAudio,
  kCacheReadAudio,
  kInputImage,
  kOutput,
  kReasoning,
  kOutputAudio,
  kOutputImage,
  kPerInputImage,
  kPerOutputImage,
  kPerInputSecond,
  kPerOutputSecond,
  kPerInputCharacter,
  kPerOutputCharacter,
  kPerPage,
  kPerQuery,
  kPerRequest,
  kPerSession,
  kPerWebSearch,
  kPerWebSearchLow,
  kPerWebSearchMedium,
  kPerWebSearchHigh,
};
inline constexpr size_t kRateDimCount = 25;
inline constexpr size_t kTokenDimCount = 11;  ///< Dimensions before this index count tokens.

/// How the provider was asked to process the call; each has its own price.
enum class PriceMode : uint8_t { kStandard, kBatch, kFlex, kPriority, kFast };
inline constexpr size_t kPriceModeCount = 5;

/// How much a provider-run search reads; some providers charge by it.
enum class SearchContext : uint8_t { kUnknown, kLow, kMedium, kHigh };

/// The table's names: "cache_write_5m", "batch".
std::string_view Name(RateDim dim);
std::string_view Name(PriceMode mode);
std::optional<RateDim> RateDimFromName(std::string_view name);
std::optional<PriceMode> PriceModeFromName(std::string_view name);

/// Pico-USD per unit; kNoRate where the price is not known.
inline constexpr int64_t kNoRate = -1;
struct Rates {
  std::array<int64_t, kRateDimCount> values;
  Rates() { values.fill(kNoRate); }
  int64_t operator[](RateDim dim) const { return values[static_cast<size_t>(dim)]; }
  int64_t& operator[](RateDim dim) { return values[static_cast<size_t>(dim)]; }
  bool has(RateDim dim) const { return (*this)[dim] != kNoRate; }
  bool operator==(const Rates&) const = default;
};

/// A surcharge on every rate of a row where the call was processed in one area.
struct GeoFactor {
  std::string area;  ///< "us", "eu".
  int64_t parts_per_million = 1'000'000;
  bool operator==(const GeoFactor&) const = default;
};

/// One line of the price table: the rates of one model from a date on, in one mode, above one
/// context size.
struct PriceRow {
  std::string provider;                 ///< Canonical id (model/provider_names.h).
  std::string model;                    ///< As the provider writes it; matched without case.
  std::string region;                   ///< Empty: everywhere.
  std::optional<Nanos> effective_from;  ///< Nothing: from the beginning.
  uint32_t revision = 0;                ///< Corrections of the same date count up.
  PriceMode mode = PriceMode::kStandard;
  uint64_t above_input_tokens = 0;  ///< Applies to prompts of more tokens than this.
  std::optional<uint16_t> window_begin, window_end;  ///< Minutes of the UTC day, half-open.
  Rates rates;
  std::vector<GeoFactor> geo;
  bool searches_in_every_call = false;
  SearchContext default_search = SearchContext::kUnknown;
  bool is_free = false;              ///< Zero on purpose: nothing is paid for this call.
  bool is_override = false;          ///< Written by the user.
  std::vector<RateDim> derived;      ///< Computed by a rule, not stated by a source.
  std::vector<std::string> sources;  ///< "litellm:gpt-4o", "genai:openai/gpt-4o", "user".
  std::string price_id;              ///< Unique, stable: see docs/prices.md.
};

/// What a call used that tokens do not count. Absent means none.
struct PriceUnits {
  uint64_t cached_audio_tokens = 0;  ///< Of UsageBuckets::cache_read.
  uint64_t input_images = 0;
  uint64_t output_images = 0;
  uint64_t input_seconds = 0;
  uint64_t output_seconds = 0;
  uint64_t input_characters = 0;
  uint64_t output_characters = 0;
  uint64_t pages = 0;
  uint64_t queries = 0;   ///< Rerank and search calls.
  uint64_t sessions = 0;  ///< Code interpreter containers.
  uint64_t web_searches = 0;
  SearchContext search_context = SearchContext::kUnknown;

  bool operator==(const PriceUnits&) const = default;
};

/// Everything the price of one call depends on. Borrows its text.
struct PriceQuery {
  std::string_view provider;        ///< Any spelling.
  std::string_view response_model;  ///< What answered; preferred.
  std::string_view request_model;
  std::string_view deployment_id;  ///< Azure deployment, Bedrock inference profile.
  std::string_view region;         ///< "us-east-1", "eu"; prices differ by it at some providers.
  std::string_view inference_geo;  ///< "us", "global", as the provider reports it.
  std::string_view service_tier;   ///< As the provider reports it: "default", "flex", "ON_DEMAND".
  std::string_view speed;          ///< "fast".
  bool is_batch = false;
  Nanos start;
  bool has_usage = true;  ///< False where nobody reported tokens.
  UsageBuckets tokens;
  /// Input of the largest and the smallest pass of a call of several; 0: the call is one prompt.
  uint64_t largest_pass = 0, smallest_pass = 0;
  PriceUnits units;
};

/// Which rule found the model, best first.
enum class PriceMatch : uint8_t {
  kResponseModel,    ///< The response model's own name.
  kRequestModel,     ///< The request model's own name.
  kDeployment,       ///< The deployment map.
  kWithoutDate,      ///< After a date was taken off.
  kWithoutVersion,   ///< After ":0", "-v1" or a region was taken off.
  kWithoutPrefix,    ///< After a provider's prefix was taken off.
  kPattern,          ///< A family rule of the source table.
  kRelatedProvider,  ///< In the table of a provider that sells the same model at the same price.
};

/// Why a call has no price.
enum class UnpricedReason : uint8_t {
  kNone,
  kNoUsage,          ///< Nobody reported what was used.
  kNoModel,          ///< Neither the request nor the response names a model.
  kUnknownProvider,  ///< The provider is not in the table, nor certain from the model's name.
  kUnknownModel,     ///< The provider's table has no such model.
  kUnknownTier,      ///< The service tier is not one whose price is public.
  kNoRateForTier,    ///< The model has no price in this mode.
  kNoRateForUsage,   ///< Something was used that the row has no rate for.
  kNotCounted,       ///< The row is paid by a unit that the call does not report.
  kTooLarge,         ///< The cost does not fit 9.2 billion dollars: the counts are nonsense.
};

std::string_view Name(PriceMatch match);
std::string_view Name(UnpricedReason reason);

/// The answer. The four parts add up to the total, exactly.
struct PricedCall {
  Money input;  ///< Text, audio and image input, and fees by call, search, query, page.
  Money cache_read;
  Money cache_write;
  Money output;
  Money total;
  Money fees;                     ///< Of `input`: what is not paid by token, second or character.
  const PriceRow* row = nullptr;  ///< Lives as long as the table that answered.
  PriceMatch match = PriceMatch::kResponseModel;

  std::string_view price_id() const { return row->price_id; }
};

/// "price_id" of a row, as tools/prices/rates.py writes it.
std::string PriceIdOf(const PriceRow& row);

}  // namespace vitrine::model
