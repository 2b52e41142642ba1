// TOML as JSON, so that whoever reads a TOML file needs only the JSON reader.
//
// Letters beyond ASCII are taken in comments and in strings with double quotes; anywhere else they
// are refused, because toml++ 3.3 has undefined behaviour on some of them.
// Threads: free functions. Source: TOML 1.0.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vitrine::syntax {

/// Ten thousand price rows of a user; a configuration has some kilobytes.
inline constexpr size_t kTomlBytesMax = size_t{4} << 20;

/// The document as one JSON object. Times and dates become strings.
/// Errors: kInvalidInput with line and column, kLimitExceeded.
Result<std::string> TomlToJson(std::string_view text);

}  // namespace vitrine::syntax
