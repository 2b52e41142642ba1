// One JSON object -> PriceRow, shared by the built-in table and user overrides.
// Private to pipeline/prices: it shows simdjson.
#pragma once

#include <simdjson.h>

#include "base/result.h"
#include "model/price.h"

namespace vitrine::pipeline {

enum class RowOrigin : uint8_t {
  kTable,     ///< Ours: rates are integers of pico-USD.
  kOverride,  ///< A user's: dollars as decimal text too, and every key is checked.
};

/// Reads one row and sets its price_id. Errors: kInvalidInput, naming the key.
Result<model::PriceRow> RowFromJson(const simdjson::dom::object& object, RowOrigin origin);

/// "0.25" with `scale` 6 -> 250000. Nothing unless the text is a plain decimal number that is a
/// whole number of units, not negative, and at most kRateMax.
std::optional<int64_t> ParseScaledDecimal(std::string_view text, int scale);

}  // namespace vitrine::pipeline
