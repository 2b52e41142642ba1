#include "query/trace_view.h"

namespace vitrine::query {

void AppendMatchingTraces(SqlText& sql, const TraceFilter& filter, const TextMatch& match) {
  sql << "(SELECT * FROM vitrine.trace_rows FINAL WHERE ";
  AppendConditions(sql, filter);
  AppendTextCondition(sql, filter, match);
  sql << ")";
}

}  // namespace vitrine::query
