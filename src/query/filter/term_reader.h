// TermReader: a field, its operator and its values -> a term, typed by the table of fields; or what
// is wrong with them. Private to the filter. Threads: free functions.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "query/filter/filter_problem.h"
#include "query/filter/filter_tree.h"

namespace vitrine::query {

/// A value as it was typed.
struct TypedText {
  size_t from = 0, to = 0;
  std::vector<std::string> pieces;  ///< The texts around the stars.
  bool is_quoted = false;           ///< In part or in whole, or with a backslash: never a number.
};

struct TypedTerm {
  size_t from = 0, name_to = 0, to = 0;
  std::string name;  ///< As typed.
  FilterOperator op = FilterOperator::kIs;
  bool is_negated = false;        ///< "!=".
  std::vector<TypedText> values;  ///< Of a list, all of them.
  bool is_list = false;
};

/// Where a term stands.
struct TermPlace {
  FilterUnit unit = FilterUnit::kTraces;
  bool is_in_span = false;  ///< Between { and }, or beside > .
};

/// The field of a name as typed.
std::expected<const FilterField*, FilterProblem> FieldOf(std::string_view text,
                                                         const TypedTerm& typed);
std::expected<FilterNode, FilterProblem> MakeTerm(const FilterField& field, const TypedTerm& typed,
                                                  TermPlace place);

}  // namespace vitrine::query
