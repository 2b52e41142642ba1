#include "query/trace_view.h"

namespace vitrine::query {

void AppendMatchingTraces(SqlText& sql, const TraceFilter& filter, const TextMatch& match) {
  sql << "(SELECT * FROM vitrine.trace_rows FINAL WHERE ";
  AppendConditions(sql, filter);
  AppendTextCondition(sql, filter, match);
  FilterScope scope;
  scope.project = filter.project;
  scope.from = filter.from;
  scope.to = filter.to;
  scope.lookups = &match.lookups;
  AppendFilter(sql, filter.expression, scope);
  sql << ")";
}

}  // namespace vitrine::query
