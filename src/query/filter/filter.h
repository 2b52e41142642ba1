// The filter language: one text that says which traces, calls or spans a question is about.
//
//   kind:llm model:gpt-4o* cost_usd>0.05 -status:error "refund policy" agent > tool{status:error}
//
// Read with ReadFilter or ParseFilter, printed with FilterText, compiled with AppendFilter. What
// means what: docs/filter.md; the fields: filter_field.h. Owner: values. Threads: free functions.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "query/filter/filter_problem.h"
#include "query/filter/filter_reader.h"
#include "query/filter/filter_tree.h"
#include "query/sql_text.h"

namespace vitrine::query {

class FilterLookups;

/// Reads the text of a filter; an empty one is everything.
/// Errors: kInvalidInput, with the bytes and what could stand there instead.
Result<Filter> ParseFilter(std::string_view text, FilterUnit unit);
/// The same problem as an Error.
Error FilterError(const FilterProblem& problem);

/// The canonical text: what it reads back as is equal to `filter`.
std::string FilterText(const Filter& filter);

/// One condition of the outermost level, as it is shown.
struct FilterChip {
  size_t from = 0, to = 0;       ///< Bytes of the text.
  std::string text;              ///< They themselves.
  std::string field, op, value;  ///< Empty where it is no single term.
  bool is_negated = false;
};
/// `text` is the one that the filter was read from.
std::vector<FilterChip> FilterChips(std::string_view text, const Filter& filter);

/// Whose rows a statement is over, and what is known of them.
struct FilterScope {
  std::string project;
  /// When the rows start, half-open: bounds which other spans are read. Unset: any time.
  std::optional<Nanos> from, to;
  /// Instead of `from`, where only the engine's clock knows it: an expression of ours.
  std::string from_sql;
  /// Only these traces are asked about, in hexadecimal digits. Empty: any.
  std::vector<std::string> traces;
  /// The statement reads rows whose versions are not merged and is checked again on merged ones:
  /// more than what matches may come, never less. Else its rows come from FINAL.
  bool is_candidates = false;
  /// What FindWords found; without it the engine searches the words within the statement.
  const FilterLookups* lookups = nullptr;
};

/// Appends " AND (…)", true or false and never null, over columns of `trace_rows` (kTraces) or
/// `span_rows` (kCalls, kSpans); nothing for a filter that is everything.
void AppendFilter(SqlText& sql, const Filter& filter, const FilterScope& scope);

}  // namespace vitrine::query
