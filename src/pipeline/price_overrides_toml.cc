#include "pipeline/price_overrides.h"
#include "pipeline/prices/limits.h"
#include "syntax/toml/toml_text.h"

namespace vitrine::pipeline {

static_assert(syntax::kTomlBytesMax >= kOverrideBytesMax);

Result<PriceOverrides> ParsePriceOverridesToml(std::string_view text) {
  if (text.size() > kOverrideBytesMax)
    return Fail(ErrorCode::kLimitExceeded, "price overrides are larger than 4 MiB");
  TRY_ASSIGN(const std::string json, syntax::TomlToJson(text));
  return ParsePriceOverridesJson(json);
}

}  // namespace vitrine::pipeline
