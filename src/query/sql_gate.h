// SqlGate: decides whether a user's SQL may go to the engine at all.
//
// It is the second of three walls. The engine's own: readonly, a filter on the project of every
// table, limits, no grants for files and networks. This one: one statement that only reads, from
// the public views and a few harmless table functions; no way to write files, wait, change
// settings, or ask about the server. The engine's parser stays the judge of everything else.
// Threads: free functions. Source: DESIGN 4, last paragraph.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace vitrine::query {

/// Checks `text` and returns the statement to send, without a trailing semicolon.
/// Errors: kInvalidInput (says what is not taken; byte offset given), kLimitExceeded (length,
///         depth).
Result<std::string> GateSql(std::string_view text, const std::vector<std::string>& views);

}  // namespace vitrine::query
