#include "pipeline/prices/price_math.h"

#include <algorithm>
#include <array>
#include <limits>

#include "pipeline/prices/limits.h"

namespace vitrine::pipeline {

using model::kNoRate;
using model::PriceMode;
using model::PriceQuery;
using model::PriceRow;
using model::RateDim;
using model::Rates;
using model::UnpricedReason;

namespace {

__extension__ typedef __int128 Int128;

constexpr int64_t kPartsPerMillion = 1'000'000;
constexpr int64_t kPicoPerNano = 1'000;

/// What each special kind costs where its own rate is not stated: what its plain kind costs.
int64_t RateOrPlain(const Rates& rates, RateDim dim) {
  while (rates[dim] == kNoRate) {
    switch (dim) {
      case RateDim::kCacheRead:
      case RateDim::kCacheWrite5m:
      case RateDim::kInputAudio:
      case RateDim::kInputImage: dim = RateDim::kInput; break;
      case RateDim::kCacheWrite1h: dim = RateDim::kCacheWrite5m; break;
      case RateDim::kCacheReadAudio:
        dim = rates.has(RateDim::kInputAudio) ? RateDim::kInputAudio : RateDim::kCacheRead;
        break;
      case RateDim::kReasoning:
      case RateDim::kOutputAudio:
      case RateDim::kOutputImage: dim = RateDim::kOutput; break;
      default: return kNoRate;
    }
  }
  return rates[dim];
}

/// Sums one call's parts in pico-USD and remembers what stands in the way of a price.
class Sum {
 public:
  explicit Sum(const PriceRow& row) : row_(row) {}

  void Tokens(Int128& part, RateDim dim, uint64_t count) {
    if (count != 0) Add(part, RateOrPlain(row_.rates, dim), count);
  }

  /// Units that another rate of the same direction already covers as tokens are not paid twice.
  void Units(Int128& part, RateDim dim, uint64_t count, bool paid_by_token) {
    if (count == 0 || (paid_by_token && !row_.rates.has(dim))) return;
    Add(part, row_.rates[dim], count);
    paid_by_unit_ = paid_by_unit_ || row_.rates.has(dim);
  }

  UnpricedReason reason() const { return reason_; }
  bool paid_by_unit() const { return paid_by_unit_; }

 private:
  void Add(Int128& part, int64_t rate, uint64_t count) {
    if (rate == kNoRate) {
      reason_ = UnpricedReason::kNoRateForUsage;
    } else if (count > kCountMax) {
      reason_ = UnpricedReason::kTooLarge;
    } else {
      part += static_cast<Int128>(rate) * static_cast<Int128>(count);
    }
  }

  const PriceRow& row_;
  UnpricedReason reason_ = UnpricedReason::kNone;
  bool paid_by_unit_ = false;
};

bool HasTokenRate(const Rates& rates) {
  return std::any_of(rates.values.begin(), rates.values.begin() + model::kTokenDimCount,
                     [](int64_t rate) { return rate != kNoRate; });
}

RateDim SearchDim(const PriceRow& row, model::SearchContext context) {
  if (row.rates.has(RateDim::kPerWebSearch)) return RateDim::kPerWebSearch;
  if (context == model::SearchContext::kUnknown) context = row.default_search;
  switch (context) {
    case model::SearchContext::kLow: return RateDim::kPerWebSearchLow;
    case model::SearchContext::kHigh: return RateDim::kPerWebSearchHigh;
    default: return RateDim::kPerWebSearchMedium;
  }
}

int64_t GeoPartsPerMillion(const PriceRow& row, const PriceQuery& query) {
  for (const model::GeoFactor& factor : row.geo) {
    if (factor.area == query.inference_geo || factor.area == query.region) {
      return factor.parts_per_million;
    }
  }
  return kPartsPerMillion;
}

template <typename Integer>
Integer DivideHalfEven(Integer value, Integer divisor) {
  Integer whole = value / divisor;
  Integer twice = (value - whole * divisor) * 2;
  return twice > divisor || (twice == divisor && (whole & 1) != 0) ? whole + 1 : whole;
}

/// Pico-USD times a factor in parts per million, to nano-USD, ties to even.
Int128 ToNano(Int128 pico, int64_t parts_per_million) {
  if (pico == 0) return 0;
  if (parts_per_million == kPartsPerMillion) {
    // Nearly always: a 128-bit division costs ten times as much.
    constexpr Int128 kSmall = std::numeric_limits<int64_t>::max();
    if (pico <= kSmall) return DivideHalfEven<int64_t>(static_cast<int64_t>(pico), kPicoPerNano);
    return DivideHalfEven<Int128>(pico, kPicoPerNano);
  }
  constexpr Int128 kDivisor = static_cast<Int128>(kPartsPerMillion) * kPicoPerNano;
  return DivideHalfEven<Int128>(pico * parts_per_million, kDivisor);
}

struct Parts {
  Int128 input = 0, cache_read = 0, cache_write = 0, output = 0, fees = 0;
};

void AddTokens(Sum& sum, Parts& parts, const PriceQuery& query) {
  const model::UsageBuckets& tokens = query.tokens;
  uint64_t cached_audio = std::min(query.units.cached_audio_tokens, tokens.cache_read);
  sum.Tokens(parts.input, RateDim::kInput, tokens.input);
  sum.Tokens(parts.input, RateDim::kInputAudio, tokens.input_audio);
  sum.Tokens(parts.input, RateDim::kInputImage, tokens.input_image);
  sum.Tokens(parts.cache_read, RateDim::kCacheRead, tokens.cache_read - cached_audio);
  sum.Tokens(parts.cache_read, RateDim::kCacheReadAudio, cached_audio);
  sum.Tokens(parts.cache_write, RateDim::kCacheWrite5m, tokens.cache_write_5m);
  sum.Tokens(parts.cache_write, RateDim::kCacheWrite1h, tokens.cache_write_1h);
  sum.Tokens(parts.output, RateDim::kOutput, tokens.output);
  sum.Tokens(parts.output, RateDim::kReasoning, tokens.reasoning);
  sum.Tokens(parts.output, RateDim::kOutputAudio, tokens.output_audio);
  sum.Tokens(parts.output, RateDim::kOutputImage, tokens.output_image);
}

void AddUnits(Sum& sum, Parts& parts, const PriceRow& row, const PriceQuery& query) {
  const model::PriceUnits& units = query.units;
  bool none = units == model::PriceUnits{} && !row.searches_in_every_call &&
              !row.rates.has(RateDim::kPerRequest);
  if (none) return;  // As in nearly every call.
  bool input_by_token = row.rates.has(RateDim::kInput);
  bool output_by_token = row.rates.has(RateDim::kOutput) || row.rates.has(RateDim::kOutputImage);
  sum.Units(parts.input, RateDim::kPerInputImage, units.input_images, input_by_token);
  sum.Units(parts.input, RateDim::kPerInputSecond, units.input_seconds, input_by_token);
  sum.Units(parts.input, RateDim::kPerInputCharacter, units.input_characters, input_by_token);
  sum.Units(parts.output, RateDim::kPerOutputImage, units.output_images, output_by_token);
  sum.Units(parts.output, RateDim::kPerOutputSecond, units.output_seconds, output_by_token);
  sum.Units(parts.output, RateDim::kPerOutputCharacter, units.output_characters, output_by_token);
  sum.Units(parts.fees, RateDim::kPerPage, units.pages, input_by_token);
  sum.Units(parts.fees, RateDim::kPerQuery, units.queries, input_by_token);
  sum.Units(parts.fees, RateDim::kPerSession, units.sessions, false);
  sum.Units(parts.fees, RateDim::kPerRequest, row.rates.has(RateDim::kPerRequest) ? 1 : 0, false);
  // Where every call searches, the fee is one for each call.
  uint64_t searches = row.searches_in_every_call ? 1 : units.web_searches;
  sum.Units(parts.fees, SearchDim(row, units.search_context), searches, false);
}

std::string_view Fold(std::string_view text, std::array<char, 32>& buffer) {
  if (text.size() > buffer.size()) return text;
  std::transform(text.begin(), text.end(), buffer.begin(), [](char c) {
    if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
    return c == '-' || c == ' ' ? '_' : c;
  });
  return {buffer.data(), text.size()};
}

struct TierWord {
  std::string_view word;
  PriceMode mode;
};

// OpenAI, Anthropic, Gemini, Vertex (trafficType), Bedrock, Groq and xAI in their own words. "1" is
// ON_DEMAND as a protobuf number.
constexpr auto kTierWords = std::to_array<TierWord>({
    {"", PriceMode::kStandard},
    {"default", PriceMode::kStandard},
    {"standard", PriceMode::kStandard},
    {"auto", PriceMode::kStandard},
    {"standard_only", PriceMode::kStandard},
    {"on_demand", PriceMode::kStandard},
    {"none", PriceMode::kStandard},
    {"null", PriceMode::kStandard},
    {"1", PriceMode::kStandard},
    {"batch", PriceMode::kBatch},
    {"flex", PriceMode::kFlex},
    {"on_demand_flex", PriceMode::kFlex},
    {"priority", PriceMode::kPriority},
    {"on_demand_priority", PriceMode::kPriority},
    {"fast", PriceMode::kFast},
});

}  // namespace

std::optional<PriceMode> PriceModeOf(const PriceQuery& query) {
  std::array<char, 32> buffer;
  if (query.is_batch) return PriceMode::kBatch;
  if (!query.speed.empty() && Fold(query.speed, buffer) == "fast") return PriceMode::kFast;
  bool plain = query.service_tier.empty() || query.service_tier == "default";
  if (plain) return PriceMode::kStandard;
  std::string_view tier = Fold(query.service_tier, buffer);
  for (const TierWord& known : kTierWords) {
    if (known.word == tier) return known.mode;
  }
  return std::nullopt;
}

uint64_t PromptTokens(const model::UsageBuckets& tokens) {
  uint64_t sum = 0;
  for (uint64_t part : {tokens.input, tokens.cache_read, tokens.cache_write_5m,
                        tokens.cache_write_1h, tokens.input_audio, tokens.input_image}) {
    sum += std::min(part, kCountMax + 1);
  }
  return sum;
}

MathResult CostUnder(const PriceRow& row, const PriceQuery& query) {
  MathResult result;
  Sum sum(row);
  Parts parts;
  result.call.row = &row;
  if (row.is_free) return result;
  bool by_token = HasTokenRate(row.rates);
  if (by_token) AddTokens(sum, parts, query);
  AddUnits(sum, parts, row, query);
  result.reason = sum.reason();
  if (result.reason != UnpricedReason::kNone) return result;
  if (!sum.paid_by_unit() && (!by_token || !query.has_usage)) {
    result.reason = by_token ? UnpricedReason::kNoUsage : UnpricedReason::kNotCounted;
    return result;
  }
  if (by_token && !query.has_usage) {
    result.reason = UnpricedReason::kNoUsage;
    return result;
  }
  int64_t factor = GeoPartsPerMillion(row, query);
  Int128 nanos[] = {ToNano(parts.input + parts.fees, factor), ToNano(parts.cache_read, factor),
                    ToNano(parts.cache_write, factor), ToNano(parts.output, factor)};
  Int128 total = nanos[0] + nanos[1] + nanos[2] + nanos[3];
  if (total > std::numeric_limits<int64_t>::max()) {
    result.reason = UnpricedReason::kTooLarge;
    return result;
  }
  result.call.input = {static_cast<int64_t>(nanos[0])};
  result.call.cache_read = {static_cast<int64_t>(nanos[1])};
  result.call.cache_write = {static_cast<int64_t>(nanos[2])};
  result.call.output = {static_cast<int64_t>(nanos[3])};
  result.call.total = {static_cast<int64_t>(total)};
  result.call.fees = {static_cast<int64_t>(ToNano(parts.fees, factor))};
  return result;
}

}  // namespace vitrine::pipeline
