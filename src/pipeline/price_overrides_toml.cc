// The only file that sees toml++, which is slow to compile.
#include <sstream>

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include "pipeline/price_overrides.h"
#include "pipeline/prices/limits.h"

namespace vitrine::pipeline {

Result<PriceOverrides> ParsePriceOverridesToml(std::string_view text) {
  if (text.size() > kOverrideBytesMax) {
    return Fail(ErrorCode::kLimitExceeded, "price overrides are larger than 4 MiB");
  }
  toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return Fail(ErrorCode::kInvalidInput, "line " + std::to_string(error.source().begin.line) +
                                              ", column " +
                                              std::to_string(error.source().begin.column) + ": " +
                                              std::string(error.description()));
  }
  std::ostringstream json;
  json << toml::json_formatter(parsed.table());
  return ParsePriceOverridesJson(std::move(json).str());
}

}  // namespace vitrine::pipeline
