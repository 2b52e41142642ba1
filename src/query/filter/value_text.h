// The values of a filter as texts: 1.5k, 1m30s, $0.05, 2026-11-20. What is printed reads back the
// same. Threads: free functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "query/filter/filter_tree.h"

namespace vitrine::query {

/// A decimal number with k, M or G behind it; nothing for any other text.
std::optional<double> ParseNumber(std::string_view text);
/// Shortest text that reads back the same.
std::string NumberText(double number);

/// Nanoseconds of "1m30s", "250ms", "1.5h", "0"; units d h m s ms us ns, each once or more. Nothing
/// for any other text, and beyond 292 years.
std::optional<int64_t> ParseDuration(std::string_view text);
std::string DurationText(int64_t ns);

/// "2026-11-20" is that day in UTC; else RFC 3339, one nanosecond.
std::optional<FilterValue> ParseTimeValue(std::string_view text);
std::string TimeValueText(const FilterValue& value);

/// Reads the text of a value that is no pattern, for a field of this type. Nothing where it is not
/// one of its values.
std::optional<FilterValue> ParseTyped(FieldType type, std::string_view text);
/// What a value of the type looks like, for messages: "a duration like 5s, 250ms or 1m30s".
std::string_view TypeHint(FieldType type);

/// Whether values of the type have an order: <, >, ranges.
bool IsOrdered(FieldType type);

/// The value as the printer writes it, quoted where it must be.
std::string ValueText(FieldType type, const FilterValue& value);
/// Quotes a text, so that it is read back as it is, stars and all.
std::string Quoted(std::string_view text);

}  // namespace vitrine::query
