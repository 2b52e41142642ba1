#include "pipeline/prices/row_json.h"

#include <limits>

#include "model/provider_names.h"
#include "pipeline/prices/limits.h"

namespace vitrine::pipeline {

using model::PriceRow;
using model::RateDim;
using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;

namespace {

std::unexpected<Error> Bad(std::string_view key, std::string_view what) {
  return Fail(ErrorCode::kInvalidInput, std::string(key) + ": " + std::string(what));
}

Result<std::string> Text(std::string_view key, const element& value) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) return Bad(key, "must be text");
  return std::string(text);
}

Result<int64_t> Whole(std::string_view key, const element& value) {
  int64_t number = 0;
  if (value.get(number) != simdjson::SUCCESS || number < 0) {
    return Bad(key, "must be a whole number that is not negative");
  }
  return number;
}

/// One rate: whole units, or with `scale` dollars as text. A JSON number with a fraction has
/// already been through a double somewhere, so it is refused.
Result<int64_t> Rate(std::string_view key, const element& value, int scale) {
  std::string_view text;
  int64_t number = 0;
  std::optional<int64_t> rate;
  if (scale == 0 && value.get(number) == simdjson::SUCCESS) {
    if (number >= 0 && number <= kRateMax) rate = number;
  } else if (value.get(number) == simdjson::SUCCESS) {
    rate = ParseScaledDecimal(std::to_string(number), scale);
  } else if (scale > 0 && value.get(text) == simdjson::SUCCESS) {
    rate = ParseScaledDecimal(text, scale);
  } else {
    return Bad(key, scale > 0 ? "must be dollars as decimal text, like \"0.25\""
                              : "must be a whole number of pico-dollars");
  }
  if (!rate) {
    return Bad(key, scale > 0 ? "must be a decimal number from 0 to 1000 dollars a unit, exact to "
                                "a millionth of a millionth of a dollar"
                              : "must be from 0 to 10^15 pico-dollars");
  }
  return *rate;
}

/// `scale_of_tokens` and `scale_of_units` are the decimal places from the written unit to pico-USD.
Result<void> ReadRates(std::string_view key, const element& value, int scale, bool tokens_only,
                       PriceRow& row) {
  object rates;
  if (value.get(rates) != simdjson::SUCCESS) return Bad(key, "must be a table of rates");
  for (auto [name, rate] : rates) {
    auto path = [&] { return std::string(key) + "." + std::string(name); };
    auto dim = model::RateDimFromName(name);
    if (!dim) return Bad(path(), "is not a dimension of price");
    if (tokens_only && static_cast<size_t>(*dim) >= model::kTokenDimCount) {
      return Bad(path(), "is not paid by token; put it under usd_per_unit");
    }
    if (row.rates.has(*dim)) return Bad(path(), "is given twice");
    Result<int64_t> read = Rate(key, rate, scale);
    if (!read) return Bad(path(), std::string_view(read.error().message).substr(key.size() + 2));
    row.rates[*dim] = *read;
  }
  return {};
}

std::optional<uint16_t> Clock(std::string_view text) {
  auto digit = [&](size_t at) { return text[at] - '0'; };
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  for (size_t at : {0u, 1u, 3u, 4u}) {
    if (digit(at) < 0 || digit(at) > 9) return std::nullopt;
  }
  int hour = digit(0) * 10 + digit(1);
  int minute = digit(3) * 10 + digit(4);
  if (hour > 23 || minute > 59) return std::nullopt;
  return static_cast<uint16_t>(hour * 60 + minute);
}

Result<void> ReadWindow(const element& value, PriceRow& row) {
  simdjson::dom::array parts;
  std::string_view begin, end;
  if (value.get(parts) != simdjson::SUCCESS || parts.size() != 2 ||
      parts.at(0).get(begin) != simdjson::SUCCESS || parts.at(1).get(end) != simdjson::SUCCESS) {
    return Bad("window", "must be two UTC times, like [\"00:30\",\"16:30\"]");
  }
  row.window_begin = Clock(begin);
  row.window_end = Clock(end);
  if (!row.window_begin || !row.window_end || *row.window_begin == *row.window_end) {
    return Bad("window", "must be two different UTC times, like [\"00:30\",\"16:30\"]");
  }
  return {};
}

Result<void> ReadGeo(const element& value, PriceRow& row) {
  object areas;
  if (value.get(areas) != simdjson::SUCCESS) return Bad("geo_ppm", "must be a table of factors");
  for (auto [area, factor] : areas) {
    TRY_ASSIGN(int64_t ppm, Whole("geo_ppm", factor));
    if (ppm < kPartsPerMillionMin || ppm > kPartsPerMillionMax) {
      return Bad("geo_ppm", "must be parts per million; 1100000 is ten per cent more");
    }
    row.geo.push_back({std::string(area), ppm});
  }
  return {};
}

Result<void> ReadSearch(const element& value, PriceRow& row) {
  object search;
  bool every = false;
  std::string_view context;
  if (value.get(search) != simdjson::SUCCESS || search["every_call"].get(every) != 0 ||
      search["default"].get(context) != 0) {
    return Bad("search", "must be {\"every_call\":true|false,\"default\":\"low|medium|high\"}");
  }
  row.searches_in_every_call = every;
  if (context == "low") {
    row.default_search = model::SearchContext::kLow;
  } else if (context == "medium") {
    row.default_search = model::SearchContext::kMedium;
  } else if (context == "high") {
    row.default_search = model::SearchContext::kHigh;
  } else {
    return Bad("search.default", "must be low, medium or high");
  }
  return {};
}

Result<void> ReadList(std::string_view key, const element& value, PriceRow& row) {
  simdjson::dom::array list;
  if (value.get(list) != simdjson::SUCCESS) return Bad(key, "must be a list of text");
  for (const element& item : list) {
    TRY_ASSIGN(std::string text, Text(key, item));
    if (key == "source") {
      row.sources.push_back(std::move(text));
      continue;
    }
    auto dim = model::RateDimFromName(text);
    if (!dim) return Bad(key, "holds \"" + text + "\", which is not a dimension of price");
    row.derived.push_back(*dim);
  }
  return {};
}

Result<void> ReadFrom(const element& value, PriceRow& row) {
  TRY_ASSIGN(std::string text, Text("from", value));
  row.effective_from = ParseRfc3339(text);
  if (!row.effective_from) return Bad("from", "must be a date, like \"2026-07-30\"");
  return {};
}

Result<void> ReadMode(const element& value, PriceRow& row) {
  TRY_ASSIGN(std::string text, Text("mode", value));
  auto mode = model::PriceModeFromName(text);
  if (!mode) return Bad("mode", "must be standard, batch, flex, priority or fast");
  row.mode = *mode;
  return {};
}

Result<void> ReadRevision(const element& value, PriceRow& row) {
  TRY_ASSIGN(int64_t revision, Whole("rev", value));
  if (revision > std::numeric_limits<uint16_t>::max()) return Bad("rev", "is too large");
  row.revision = static_cast<uint32_t>(revision);
  return {};
}

Result<void> ReadKey(std::string_view key, const element& value, RowOrigin origin, PriceRow& row) {
  bool user = origin == RowOrigin::kOverride;
  if (key == "provider") {
    TRY_ASSIGN(row.provider, Text(key, value));
  } else if (key == "model") {
    TRY_ASSIGN(row.model, Text(key, value));
  } else if (key == "region") {
    TRY_ASSIGN(row.region, Text(key, value));
  } else if (key == "from") {
    TRY(ReadFrom(value, row));
  } else if (key == "mode") {
    TRY(ReadMode(value, row));
  } else if (key == "above") {
    TRY_ASSIGN(int64_t above, Whole(key, value));
    row.above_input_tokens = static_cast<uint64_t>(above);
  } else if (key == "window") {
    TRY(ReadWindow(value, row));
  } else if (key == "rates") {
    TRY(ReadRates(key, value, 0, false, row));
  } else if (user && key == "usd_per_million") {
    TRY(ReadRates(key, value, 6, true, row));
  } else if (user && key == "usd_per_unit") {
    TRY(ReadRates(key, value, 12, false, row));
  } else if (key == "geo_ppm") {
    TRY(ReadGeo(value, row));
  } else if (key == "search") {
    TRY(ReadSearch(value, row));
  } else if (key == "free") {
    if (value.get(row.is_free) != simdjson::SUCCESS) return Bad(key, "must be true or false");
  } else if (!user && key == "rev") {
    TRY(ReadRevision(value, row));
  } else if (!user && (key == "derived" || key == "source")) {
    TRY(ReadList(key, value, row));
  } else {
    return Bad(key, "is not a key of a price row");
  }
  return {};
}

Result<void> CheckRow(PriceRow& row) {
  if (row.provider.empty()) return Bad("provider", "is missing");
  if (row.model.empty()) return Bad("model", "is missing");
  if (row.model.size() > kModelNameBytesMax) return Bad("model", "is longer than 512 bytes");
  bool any = false, positive = false;
  for (int64_t rate : row.rates.values) {
    any = any || rate != model::kNoRate;
    positive = positive || rate > 0;
  }
  if (!any) return Bad("rates", "are missing");
  if (!positive && !row.is_free) {
    return Bad("rates", "are all zero; a model that costs nothing says \"free\": true");
  }
  if (positive && row.is_free) return Bad("free", "contradicts the rates");
  return {};
}

}  // namespace

std::optional<int64_t> ParseScaledDecimal(std::string_view text, int scale) {
  uint64_t value = 0;
  int places = -1;  // After the point; -1 before it.
  bool any = false;
  for (char c : text) {
    if (c == '.' && places < 0) {
      places = 0;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    any = true;
    if (places >= scale) {
      if (c != '0') return std::nullopt;
      continue;
    }
    if (places >= 0) ++places;
    if (value > static_cast<uint64_t>(kRateMax)) return std::nullopt;
    value = value * 10 + static_cast<uint64_t>(c - '0');
  }
  if (!any) return std::nullopt;
  for (int place = std::max(places, 0); place < scale; ++place) {
    if (value > static_cast<uint64_t>(kRateMax)) return std::nullopt;
    value *= 10;
  }
  if (value > static_cast<uint64_t>(kRateMax)) return std::nullopt;
  return static_cast<int64_t>(value);
}

Result<PriceRow> RowFromJson(const object& object, RowOrigin origin) {
  PriceRow row;
  for (auto [key, value] : object) TRY(ReadKey(key, value, origin, row));
  TRY(CheckRow(row));
  row.provider = model::CanonicalProvider(row.provider);
  row.price_id = model::PriceIdOf(row);
  return row;
}

}  // namespace vitrine::pipeline
