// The numbers that a measure can sum, average and take percentiles of, and where each is stored.
// Owner: a table of constants; what points into it lives as long as the program.
#pragma once

#include <string_view>

namespace vitrine::query {

/// What a question counts: counted model calls, every span, or traces.
enum class MetricsUnit { kCalls, kSpans, kTraces };
std::string_view Name(MetricsUnit unit);

/// What a value is measured in.
enum class ValueUnit { kCount, kNs, kUsd, kTokens, kRatio, kPerSecond, kScore, kBytes };
/// As it stands in answers: "count", "ns", "usd" …
std::string_view Name(ValueUnit unit);

struct NumberField {
  std::string_view name;
  ValueUnit unit;
  /// Over a row of span_rows, of trace_rows; empty: there is no such number.
  std::string_view span_sql, trace_sql;
  /// Of rollup_rows: its sum, how many rows said it (both over columns), the column of its
  /// histogram. Empty: not kept.
  std::string_view rollup_sum, rollup_count, rollup_histogram;
};

/// Null where no number has this name.
const NumberField* FindNumber(std::string_view name);
/// The names, for error messages: "duration, ttft, …".
std::string_view NumberNames();

}  // namespace vitrine::query
