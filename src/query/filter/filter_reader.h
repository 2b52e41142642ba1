// FilterReader: the text of a filter -> its tree, or what is wrong with it.
//
// Grammar (blanks between items; keywords in any case):
//   filter := or                        or := and ("or" and)*          and := item (["and"] item)*
//   item   := ("-" | "not") item | path path := part (">" part)*       ">" with blanks around it
//   part   := "(" or ")" | [KIND] "{" [or] "}" | KIND before ">" | term | word | "phrase"
//   term   := FIELD op value | FIELD ":" [op] "(" value ("or" value)* ")"
//   op     := ":" "=" "!=" "<" "<=" ">" ">="                           value := V | V ".." V
// A value is bare characters, "quoted" ones and stars, side by side; a backslash takes the next
// character as it is. Threads: free functions.
#pragma once

#include <expected>
#include <string_view>

#include "query/filter/filter_problem.h"
#include "query/filter/filter_tree.h"

namespace vitrine::query {

std::expected<Filter, FilterProblem> ReadFilter(std::string_view text, FilterUnit unit);

}  // namespace vitrine::query
