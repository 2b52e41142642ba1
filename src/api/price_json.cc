#include "api/price_json.h"

namespace vitrine::api {
namespace {

/// A rate is pico-USD: per million tokens that is 10^-6 USD, a piece 10^-12 USD.
constexpr int kScaleOfTokens = 6;
constexpr int kScaleOfUnits = 12;

void WriteRates(syntax::JsonWriter& json, const model::Rates& rates, size_t begin, size_t end,
                int scale) {
  json.BeginObject();
  for (size_t i = begin; i < end; ++i) {
    const auto dim = static_cast<model::RateDim>(i);
    if (rates.has(dim)) json.Member(model::Name(dim), ScaledDecimal(rates[dim], scale));
  }
  json.EndObject();
}

std::optional<std::string> TierOf(const model::PriceRow& row) {
  std::string tier;
  if (row.mode != model::PriceMode::kStandard) tier = model::Name(row.mode);
  if (row.above_input_tokens > 0) {
    if (!tier.empty()) tier += ", ";
    tier += "above " + std::to_string(row.above_input_tokens) + " input tokens";
  }
  if (tier.empty()) return std::nullopt;
  return tier;
}

}  // namespace

std::string ScaledDecimal(int64_t value, int scale) {
  std::string digits = std::to_string(value);
  const auto places = static_cast<size_t>(scale);
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  std::string fraction = digits.substr(digits.size() - places);
  digits.resize(digits.size() - places);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return fraction.empty() ? digits : digits + "." + fraction;
}

void WritePrice(syntax::JsonWriter& json, const model::PriceRow& row) {
  json.BeginObject()
      .Member("price_id", row.price_id)
      .Member("provider", row.provider)
      .Member("model", row.model)
      .Member("region", row.region.empty() ? std::nullopt : std::optional(row.region))
      .Member("effective_from",
              row.effective_from ? std::optional(FormatRfc3339(*row.effective_from)) : std::nullopt)
      .Member("mode", model::Name(row.mode))
      .Member("above_input_tokens", row.above_input_tokens)
      .Member("tier", TierOf(row));
  json.Key("rates");
  WriteRates(json, row.rates, 0, model::kTokenDimCount, kScaleOfTokens);
  json.Key("unit_rates");
  WriteRates(json, row.rates, model::kTokenDimCount, model::kRateDimCount, kScaleOfUnits);
  std::string sources;
  for (const std::string& source : row.sources) sources += (sources.empty() ? "" : ", ") + source;
  json.Member("is_free", row.is_free)
      .Member("is_override", row.is_override)
      .Member("source", sources)
      .EndObject();
}

}  // namespace vitrine::api
