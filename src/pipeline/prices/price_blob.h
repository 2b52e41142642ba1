// The generated price table inside this program (embed.cmake, data/prices/).
#pragma once

#include <string_view>

namespace vitrine::pipeline {

/// The text of data/prices/price_rows.jsonl and model_names.jsonl. Lifetime: for ever.
std::string_view BuiltInPriceRows();
std::string_view BuiltInModelNames();

}  // namespace vitrine::pipeline
