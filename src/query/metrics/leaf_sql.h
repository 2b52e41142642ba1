// How one count or statistic of a measure reads in SQL: over rows and, where they hold it, over the
// rollups. Private to query/metrics. Threads: free functions.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "query/metrics/formula.h"
#include "query/sql_text.h"

namespace vitrine::query {

/// Whether rows of this unit have what the leaf is of. Errors: kInvalidInput (says which unit has).
Result<void> CheckLeaf(const Leaf& leaf, MetricsUnit unit);

/// The column that holds the value of score number `index` of a statement; AppendScoreJoins makes
/// it.
std::string ScoreValueColumn(size_t index);

/// Over `span_rows` or `trace_rows`: an aggregate that is a number, a Map (histograms) or null.
/// `scores` are the names of the statement's scores. `is_sketched`: percentiles come from a sketch
/// of the values, not from all of them.
std::string RowLeafSql(const Leaf& leaf, MetricsUnit unit, const std::vector<std::string>& scores,
                       bool is_sketched);

/// The number or score of a leaf, of one row; null where the row does not have it.
std::string RowNumberSql(const Leaf& leaf, MetricsUnit unit,
                         const std::vector<std::string>& scores);

/// Over `rollup_rows`, of calls with counted ones only; empty where they do not hold it.
std::string RollupLeafSql(const Leaf& leaf);

/// The greatest relative error of the leaf's value from rollups.
double RollupLeafError(const Leaf& leaf);
/// The same of a sketch.
double SketchedLeafError(const Leaf& leaf);

/// Counts and sums of nothing are 0; everything else of nothing is unknown.
bool IsZeroWithoutRows(const Leaf& leaf);

}  // namespace vitrine::query
