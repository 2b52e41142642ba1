#include "model/price.h"

#include <algorithm>

namespace vitrine::model {

namespace {

constexpr auto kRateDimNames = std::to_array<std::string_view>({
    "input",
    "cache_read",
    "cache_write_5m",
    "cache_write_1h",
    "input_audio",
    "cache_read_audio",
    "input_image",
    "output",
    "reasoning",
    "output_audio",
    "output_image",
    "per_input_image",
    "per_output_image",
    "per_input_second",
    "per_output_second",
    "per_input_character",
    "per_output_character",
    "per_page",
    "per_query",
    "per_request",
    "per_session",
    "per_web_search",
    "per_web_search_low",
    "per_web_search_medium",
    "per_web_search_high",
});
static_assert(kRateDimNames.size() == kRateDimCount);

constexpr auto kModeNames =
    std::to_array<std::string_view>({"standard", "batch", "flex", "priority", "fast"});
static_assert(kModeNames.size() == kPriceModeCount);

constexpr auto kMatchNames = std::to_array<std::string_view>(
    {"response_model", "request_model", "deployment", "without_date", "without_version",
     "without_prefix", "pattern", "related_provider"});

constexpr auto kReasonNames = std::to_array<std::string_view>(
    {"", "no_usage", "no_model", "unknown_provider", "unknown_model", "unknown_tier",
     "no_rate_for_tier", "no_rate_for_usage", "not_counted", "too_large"});

template <typename Enum, size_t kSize>
std::optional<Enum> Find(const std::array<std::string_view, kSize>& names, std::string_view name) {
  auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

void AppendClock(std::string& text, uint16_t minute) {
  for (int part : {minute / 60, minute % 60}) {
    text.push_back(static_cast<char>('0' + part / 10));
    text.push_back(static_cast<char>('0' + part % 10));
  }
}

}  // namespace

std::string_view Name(RateDim dim) { return kRateDimNames.at(static_cast<size_t>(dim)); }
std::string_view Name(PriceMode mode) { return kModeNames.at(static_cast<size_t>(mode)); }
std::string_view Name(PriceMatch match) { return kMatchNames.at(static_cast<size_t>(match)); }
std::string_view Name(UnpricedReason reason) {
  return kReasonNames.at(static_cast<size_t>(reason));
}

std::optional<RateDim> RateDimFromName(std::string_view name) {
  return Find<RateDim>(kRateDimNames, name);
}

std::optional<PriceMode> PriceModeFromName(std::string_view name) {
  return Find<PriceMode>(kModeNames, name);
}

std::string PriceIdOf(const PriceRow& row) {
  std::string text = row.provider + "/" + row.model;
  if (!row.region.empty()) text += "~" + row.region;
  text += "@";
  if (row.effective_from) {
    std::string time = FormatRfc3339(*row.effective_from);
    bool whole_day = time.compare(10, std::string::npos, "T00:00:00.000000000Z") == 0;
    text += whole_day ? time.substr(0, 10) : time;
  } else {
    text += "always";
  }
  if (row.revision != 0) text += ".r" + std::to_string(row.revision);
  if (row.mode != PriceMode::kStandard) text += "+" + std::string(Name(row.mode));
  if (row.above_input_tokens != 0) text += ">" + std::to_string(row.above_input_tokens);
  if (row.window_begin && row.window_end) {
    text += "%";
    AppendClock(text, *row.window_begin);
    text += "-";
    AppendClock(text, *row.window_end);
  }
  return text;
}

}  // namespace vitrine::model
