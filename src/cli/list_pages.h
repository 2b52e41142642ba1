// A list of the API, page by page: asked for and printed, for people as a table.
// Threads: one command at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cli/read_commands.h"
#include "cli/zone_choice.h"
#include "syntax/json/json_document.h"

namespace vitrine::cli {

/// A filter's parameters and what was given for them; empty is not asked for.
using FilterTexts = std::span<const std::pair<const char*, const std::string*>>;

/// "&name=value" for each that was given.
std::string FilterQuery(FilterTexts texts);
struct ListShape {
  std::string path;               ///< "/api/v1/traces".
  std::string name;               ///< Of the answer's member, and of what it holds: "traces".
  std::vector<std::string> head;  ///< Of the table; kStartColumn gets the time zone behind it.
  size_t first_number = 0;        ///< Columns from here on are padded on the left.
  std::function<std::vector<std::string>(syntax::JsonValue, const TimeZone&)> cells;
  std::string filter;  ///< As it was typed, to point into where it is wrong.
  TypedRange range;
};

inline constexpr const char* kStartColumn = "start";

/// Prints at most `limit` rows of what `query` ("&name=value…") asks for. Returns the exit code.
int PrintList(const ReadOptions& options, const ListShape& shape, std::string query, int64_t limit);

}  // namespace vitrine::cli
