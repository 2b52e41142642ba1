// What can stand at a place of a filter's text: fields, values that the language knows, and values
// that are stored. Threads: free functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/filter/filter.h"

namespace vitrine::query {

struct Completion {
  std::string text;       ///< What stands there instead of the bytes `from` to `to`.
  std::string label;      ///< How it is shown.
  std::string detail;     ///< One line, or empty.
  std::string_view kind;  ///< field, operator, value or keyword.
  size_t from = 0, to = 0;
};

struct CompletionRequest {
  std::string_view text;
  size_t at = 0;  ///< Byte of the text before which somebody types.
  FilterUnit unit = FilterUnit::kTraces;
  std::string project;
};

/// The best first, at most kCompletionsMax.
/// Errors: the client's.
Result<std::vector<Completion>> CompleteFilter(clickhouse::Client& client,
                                               const CompletionRequest& request);

}  // namespace vitrine::query
