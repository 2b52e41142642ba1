// FilterField: one name that a filter can ask for: its type, its values, the columns it is of.
// The table is the language's vocabulary: parser, SQL, completion, live tail and docs/filter.md are
// made from it or checked against it. Owner: constants. Threads: free functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::query {

enum class FieldType : uint8_t {
  kText,       ///< Equal, or a pattern with `*`.
  kEnum,       ///< One of `values`.
  kId,         ///< Hexadecimal digits, whole or a pattern.
  kNumber,     ///< 1.5k, 2M.
  kDuration,   ///< 1m30s; nanoseconds in SQL.
  kMoney,      ///< $0.05; Decimal in SQL.
  kBool,       ///< true, false.
  kTime,       ///< A day, or a moment in RFC 3339.
  kScore,      ///< score.NAME: a number or a label.
  kAttribute,  ///< attr.KEY: a text; numbers where it is compared.
  kHas,        ///< has:WHAT.
};

/// Where a field's values are.
enum class FieldPlace : uint8_t {
  kSpan,       ///< Of each span; a trace meets it by any of its spans.
  kBoth,       ///< Of each span, and the trace as a whole has its own.
  kTrace,      ///< Of the trace alone.
  kKindCount,  ///< How many spans of one kind a trace has.
};

struct FilterField {
  std::string_view name;
  std::string_view aliases;  ///< Separated by blanks.
  FieldType type;
  FieldPlace place;
  /// Expressions over `span_rows` and `trace_rows`; of several, separated by '|', one must match.
  /// One that begins with '[' is an array (its brackets left away), any element of which matches.
  std::string_view span_sql, trace_sql;
  std::span<const std::string_view> values;  ///< Of kEnum.
  std::string_view unit;                     ///< ns, usd, tokens … or empty.
  std::string_view meaning;                  ///< One line.
  std::string_view example;
  bool asks_trace = false;  ///< A call or span that has none is asked by its trace's other spans.
};

/// Every field, in the order of the documentation.
std::span<const FilterField> FilterFields();
/// By name or alias, in small letters; attr.KEY and score.NAME by their beginnings. Null: none.
const FilterField* FindField(std::string_view name);

/// What `has:` takes besides the names of fields, and what each means.
struct HasWord {
  std::string_view name, meaning;
  /// Over `span_rows`. Empty: the compiler makes it.
  std::string_view span_sql;
  /// Over `trace_rows`, where it has that; else any span counts.
  std::string_view trace_sql;
};
std::span<const HasWord> HasWords();
const HasWord* FindHasWord(std::string_view name);

/// The kinds of spans, as they are written.
std::span<const std::string_view> KindNames();
bool IsKind(std::string_view name);

/// The parts of a text between `separator`s.
std::vector<std::string_view> SplitAt(std::string_view text, char separator);

}  // namespace vitrine::query
