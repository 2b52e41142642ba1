// Dimension: what rows are grouped by, and where it is stored. Owner: values. Threads: free
// functions. Source: docs/metrics.md "Dimensions".
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "query/metrics/number.h"
#include "query/sql_text.h"

namespace vitrine::query {

struct DimensionField {
  std::string_view name;
  /// Text over a row of span_rows, of trace_rows; empty: there is none. An Array(String) where
  /// `is_list` of that table.
  std::string_view span_sql, trace_sql;
  std::string_view rollup_column;  ///< Of rollup_rows; empty: not kept.
  bool is_list_of_spans = false, is_list_of_traces = false;
};

struct Dimension {
  std::string name;                       ///< As asked for.
  const DimensionField* field = nullptr;  ///< Null for attributes and scores.
  std::string key;                        ///< Of attr.KEY, or the name of score.NAME.
  bool is_score = false;

  bool is_list(MetricsUnit unit) const {
    if (field == nullptr) return false;
    return unit == MetricsUnit::kTraces ? field->is_list_of_traces : field->is_list_of_spans;
  }
  std::string_view rollup_column() const {
    return field == nullptr ? std::string_view() : field->rollup_column;
  }
};

/// Errors: kInvalidInput (no such dimension, or none of this unit).
Result<Dimension> ParseDimension(std::string_view name, MetricsUnit unit);

/// Appends the dimension's text of a row; the empty text stands for "unknown". Not for scores.
void AppendDimension(SqlText& sql, const Dimension& dimension, MetricsUnit unit);

/// Every dimension with a fixed name that rows of this unit have.
std::vector<Dimension> DimensionsOf(MetricsUnit unit);

}  // namespace vitrine::query
