// The rows that a question about metrics is over: FROM and WHERE, and how the statement is asked.
// Private to query. Threads: free functions.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "query/filter/filter.h"
#include "query/limits.h"
#include "query/metrics/metrics_request.h"
#include "query/sql_text.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

/// Looks up the words of the scope's expression; with another time or project they are others.
Result<void> FindScopeWords(clickhouse::Client& client, MetricsScope& scope);
/// Where the terms of an expression over the scope are looked up.
FilterScope ExpressionScope(const MetricsScope& scope);

/// Appends " FROM … WHERE …": the newest version of each row of the scope, with its scores of these
/// names (score_joins.h).
void AppendRows(SqlText& sql, MetricsUnit unit, const MetricsScope& scope,
                const std::vector<std::string>& scores = {});

/// Runs a statement with the memory that metrics may take; the answer's lines.
Result<std::vector<std::string>> AskMetricsLines(
    clickhouse::Client& client, const SqlText& sql,
    uint64_t memory_bytes_max = kMetricsMemoryBytesMax);

}  // namespace vitrine::query
