// Where sums are read instead of rows: whole hours from the tables of hours, what is left at both
// ends of a range from minutes, and parts of minutes from the spans. Where no table of minutes has
// it, the spans of the part of an hour are added, or those of the rest taken off. Private to
// query/metrics. Threads: free functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "query/metrics/metrics_request.h"
#include "query/sql_text.h"

namespace vitrine::query {

enum class RollupSource {
  kNone,    ///< Only rows hold all of it.
  kByName,  ///< hour_rollup_rows, rollup_rows and span_rows.
  kByUser,  ///< user_rollup_rows and span_rows.
};

/// The column of the dimension there; empty where it is not kept.
std::string_view RollupColumn(RollupSource source, const Dimension& dimension);

/// Whether the rows of `scope` are those of sums that the source has.
bool Answers(RollupSource source, const MetricsScope& scope, MetricsUnit unit);

/// Expressions over columns of the source's table.
using RollupColumns = std::vector<std::string>;
/// The sums and histograms that the expressions name, each with the function that adds it up.
std::vector<std::pair<std::string_view, const char*>> RollupSums(const RollupColumns& columns);
/// Appends " FROM (…)": rows with `minute`, the moment from which on they are, and the columns that
/// the expressions name: each one more costs a question a millisecond. With `buckets`, no row is of
/// two of them.
void AppendRollups(SqlText& sql, RollupSource source, MetricsUnit unit, const MetricsScope& scope,
                   const std::vector<Nanos>* buckets, const RollupColumns& columns);

}  // namespace vitrine::query
