// Which project a request is about: its key's, else the header x-vitrine-project, else ?project=,
// else the configured default. Threads: free functions. Source: DESIGN 5.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http_types.h"

namespace vitrine::access {

/// Long enough for anybody's name, short enough for a path segment and a column value.
inline constexpr size_t kProjectNameSizeMax = 64;

/// 1 to 64 of A-Z a-z 0-9 '.' '_' '-'.
bool IsProjectName(std::string_view name);

/// The project a request names, or `fallback` where it names none.
/// Errors: kInvalidInput (the name breaks the rules, or header and query name different ones).
Result<std::string> ProjectOf(const net::HttpRequest& request, std::string_view fallback);

}  // namespace vitrine::access
