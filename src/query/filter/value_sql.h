// One value, or one term over given expressions, as a condition that is true or false, never null.
// Private to the filter. Threads: free functions.
#pragma once

#include <string_view>

#include "query/filter/filter_tree.h"
#include "query/sql_text.h"

namespace vitrine::query {

/// Appends that one of the term's matches is met by one of the field's expressions (FilterField).
void AppendMatches(SqlText& sql, const FilterNode& term, std::string_view expressions);
/// Appends that the field has a value.
void AppendPresence(SqlText& sql, const FilterField& field, std::string_view expressions);

/// Appends that an attribute of the span, else of its resource, meets the term.
void AppendAttribute(SqlText& sql, const FilterNode& term);
void AppendAttributePresence(SqlText& sql, std::string_view key);

/// Appends that the number, or the text, meets the term: of scores.
void AppendNumberOrText(SqlText& sql, const FilterNode& term, std::string_view number,
                        std::string_view text);
/// Appends that a number meets the term; the expression may be null.
void AppendNumber(SqlText& sql, const FilterNode& term, std::string_view number);
/// The same of a number that is known.
bool MeetsNumber(const FilterNode& term, double number);

}  // namespace vitrine::query
