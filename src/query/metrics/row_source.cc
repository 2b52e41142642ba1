#include "query/metrics/row_source.h"

#include <algorithm>

#include "query/limits.h"
#include "query/metrics/score_joins.h"
#include "storage/schema/schema.h"

namespace vitrine::query {
namespace {

void AppendScopeConditions(SqlText& sql, MetricsUnit unit, const MetricsScope& scope) {
  CallFilter filter = scope.filter;
  filter.from = scope.range.from;
  filter.to = scope.range.to;
  if (unit == MetricsUnit::kTraces) {
    AppendConditions(sql, filter);
  } else if (unit == MetricsUnit::kCalls) {
    AppendCallConditions(sql, filter);
  } else {
    AppendSpanConditions(sql, filter);
  }
  AppendFilter(sql, filter.expression, ExpressionScope(scope));
}

}  // namespace

Result<void> FindScopeWords(clickhouse::Client& client, MetricsScope& scope) {
  TRY_ASSIGN(scope.lookups, FindWords(client, scope.filter.expression, ExpressionScope(scope)));
  return {};
}

FilterScope ExpressionScope(const MetricsScope& scope) {
  FilterScope of;
  of.project = scope.filter.project;
  of.from = scope.range.from;
  of.to = scope.range.to;
  of.lookups = &scope.lookups;
  return of;
}

void AppendRows(SqlText& sql, MetricsUnit unit, const MetricsScope& scope,
                const std::vector<std::string>& scores) {
  sql << " FROM ";
  if (!scores.empty()) {
    sql << (unit == MetricsUnit::kTraces ? std::string("(SELECT *")
                                         : std::string("(SELECT ") + storage::kAllOfSpanRows);
    AppendScoreColumns(sql, scores, scope, unit);
    sql << " FROM ";
  }
  sql << (unit == MetricsUnit::kTraces ? "vitrine.trace_rows" : "vitrine.span_rows") << " FINAL";
  AppendScoreJoins(sql, scores, scope, unit);
  sql << " WHERE ";
  AppendScopeConditions(sql, unit, scope);
  if (!scores.empty()) sql << ")";
}

Result<std::vector<std::string>> AskMetricsLines(clickhouse::Client& client, const SqlText& sql,
                                                 uint64_t memory_bytes_max) {
  clickhouse::QueryOptions options = QuestionOptions(sql);
  for (auto& [name, value] : options.settings) {
    if (name == "max_memory_usage") value = std::to_string(memory_bytes_max);
  }
  // One state for all percentiles of a number.
  options.settings.emplace_back("optimize_syntax_fuse_functions", "1");
  // One table of scores for all threads: split among them it costs an eighth more of a question.
  options.settings.emplace_back("join_algorithm", "hash");
  auto answer = client.Query(sql.sql(), options);
  if (!answer) return std::unexpected(QuestionError(std::move(answer).error()));
  std::vector<std::string> lines;
  for (size_t at = 0; at < answer->size();) {
    const size_t end = std::min(answer->find('\n', at), answer->size());
    if (end > at) lines.push_back(answer->substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

}  // namespace vitrine::query
