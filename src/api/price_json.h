// A price row as the API shows it. Threads: free functions.
#pragma once

#include <string>

#include "model/price.h"
#include "syntax/json/json_writer.h"

namespace vitrine::api {

/// `value` / 10^scale as a decimal without trailing zeros. Not negative.
std::string ScaledDecimal(int64_t value, int scale);

/// {"price_id","provider","model",…,"rates","unit_rates"}: rates are dollars per million tokens,
/// unit rates dollars a piece.
void WritePrice(syntax::JsonWriter& json, const model::PriceRow& row);

}  // namespace vitrine::api
