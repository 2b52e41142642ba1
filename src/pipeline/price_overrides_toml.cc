// The only file that sees toml++, which is slow to compile.
#include <algorithm>
#include <sstream>

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include "pipeline/price_overrides.h"
#include "pipeline/prices/limits.h"

namespace vitrine::pipeline {

namespace {

/// Passes over one string, from its opening quote; returns where it ends. A single-line string ends
/// at the line's end at the latest, as it does for the parser.
size_t StringEnd(std::string_view text, size_t at) {
  char quote = text[at];
  std::string_view triple = quote == '"' ? R"(""")" : "'''";
  bool multiline = text.substr(at).starts_with(triple);
  for (at += multiline ? 3 : 1; at < text.size(); ++at) {
    if (text[at] == '\\' && quote == '"') {
      ++at;
    } else if (multiline ? text.substr(at).starts_with(triple)
                         : text[at] == quote || text[at] == '\n') {
      return at + (multiline ? 3 : 1);
    }
  }
  return text.size();
}

/// The first byte that is neither ASCII nor inside a string or comment, which TOML does not allow.
/// toml++ 3.3 runs into undefined behaviour on some of them, so they are found before it.
std::optional<size_t> BareNonAscii(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    if (text[at] == '"' || text[at] == '\'') {
      at = StringEnd(text, at);
    } else if (text[at] == '#') {
      at = std::min(text.find('\n', at), text.size());
    } else if (static_cast<unsigned char>(text[at]) >= 0x80) {
      return at;
    } else {
      ++at;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<PriceOverrides> ParsePriceOverridesToml(std::string_view text) {
  if (text.size() > kOverrideBytesMax) {
    return Fail(ErrorCode::kLimitExceeded, "price overrides are larger than 4 MiB");
  }
  if (std::optional<size_t> at = BareNonAscii(text)) {
    auto line = std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(*at), '\n') + 1;
    return Fail(ErrorCode::kInvalidInput,
                "line " + std::to_string(line) + ": letters beyond ASCII must be in quotes", *at);
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
