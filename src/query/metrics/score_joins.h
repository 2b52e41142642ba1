// Scores of the rows of a statement: the latest score of a name that a call, a span or a trace has.
// A call or span without one of its own has its trace's, else its session's.
// Private to query/metrics. Threads: free functions.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "query/metrics/metrics_request.h"
#include "query/sql_text.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

/// Fills the scope's `scores`: a join for each way costs a reading of all scores of the name, those
/// of most names are of one sort, and most questions are about a short time.
Result<void> FindScores(clickhouse::Client& client, const std::vector<std::string>& names,
                        MetricsScope& scope);

/// Appends joins to a statement over `span_rows` or `trace_rows`. They make the columns
/// ScoreValueColumn(i) and ScoreTextColumn(i), for use in its SELECT.
void AppendScoreJoins(SqlText& sql, const std::vector<std::string>& names,
                      const MetricsScope& scope, MetricsUnit unit);

/// Appends " … AS score<i>_value, … AS score<i>_label" for each name, commas in front.
void AppendScoreColumns(SqlText& sql, const std::vector<std::string>& names,
                        const MetricsScope& scope, MetricsUnit unit);

/// The score as a text: its label, else its value.
std::string ScoreTextSql(size_t index);

}  // namespace vitrine::query
