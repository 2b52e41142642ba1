#include "query/filter/span_sets.h"

#include "query/limits.h"

namespace vitrine::query {

/// Where the rows in question begin.
void SpanSets::AppendFrom() {
  if (scope_.from) {
    sql_.Time(*scope_.from);
  } else {
    sql_ << scope_.from_sql;
  }
}

/// The traces that are asked about.
void SpanSets::AppendNamed() {
  if (scope_.traces.empty()) return;
  // The index is over hexadecimal digits, and of use for few.
  if (scope_.traces.size() <= kNamedAtOnceMax)
    (sql_ << " AND lower(hex(trace_id)) IN ").List(scope_.traces);
  (sql_ << " AND trace_id IN (SELECT toFixedString(unhex(arrayJoin(").List(scope_.traces)
      << ")), 16))";
}

/// The rows of trace_rows that a row in question may belong to.
void SpanSets::AppendTraceWindow() {
  (sql_ << "project = ").Param(scope_.project);
  if (scope_.from || !scope_.from_sql.empty()) {
    sql_ << (unit_ == FilterUnit::kTraces ? " AND start_time >= " : " AND end_time >= ");
    AppendFrom();
  }
  if (scope_.to) (sql_ << " AND start_time < ").Time(*scope_.to);
  AppendNamed();
}

/// The other spans of a trace start between its start and its end. Traces are listed by their
/// start; a call may be in the middle of one.
void SpanSets::AppendWindow() {
  (sql_ << "project = ").Param(scope_.project);
  const bool has_from = scope_.from || !scope_.from_sql.empty();
  if (has_from && unit_ == FilterUnit::kTraces) {
    sql_ << " AND start_time >= ";
    AppendFrom();
  } else if (has_from) {
    sql_ << " AND start_time >= (SELECT least(ifNull(minOrNull(start_time), ";
    AppendFrom();
    sql_ << "), ";
    AppendFrom();
    sql_ << ") FROM vitrine.trace_rows WHERE ";
    AppendTraceWindow();
    sql_ << ")";
  }
  if (scope_.to) {
    (sql_ << " AND start_time <= (SELECT greatest(ifNull(maxOrNull(end_time), ").Time(*scope_.to);
    (sql_ << "), ").Time(*scope_.to) << ") FROM vitrine.trace_rows WHERE ";
    AppendTraceWindow();
    sql_ << ")";
  }
  AppendNamed();
}

/// The traces with a version of a span that meets the condition.
void SpanSets::AppendAnyVersion(const Append& condition) {
  sql_ << "SELECT trace_id FROM vitrine.span_rows WHERE ";
  AppendWindow();
  sql_ << " AND is_fragment = 0 AND is_deleted = 0 AND (";
  condition();
  sql_ << ")";
}

void SpanSets::AppendMerged(const char* columns) {
  sql_ << "SELECT " << columns << " FROM vitrine.span_rows FINAL PREWHERE ";
  AppendWindow();
  sql_ << " WHERE is_fragment = 0";
}

void SpanSets::AppendTraces(bool is_exact, const Append& condition) {
  sql_ << "trace_id IN (";
  if (!is_exact) {
    AppendAnyVersion(condition);
  } else {
    sql_ << "SELECT trace_id FROM vitrine.span_rows FINAL PREWHERE ";
    AppendWindow();
    if (scope_.traces.empty()) {
      sql_ << " AND trace_id IN (";
      AppendAnyVersion(condition);
      sql_ << ")";
    }
    sql_ << " WHERE is_fragment = 0 AND (";
    condition();
    sql_ << ")";
  }
  sql_ << ")";
}

void SpanSets::AppendTraceRows(bool is_exact, const Append& condition) {
  const auto any_version = [&] {
    sql_ << "SELECT trace_id FROM vitrine.trace_rows WHERE ";
    AppendTraceWindow();
    sql_ << " AND is_deleted = 0 AND ";
    condition();
  };
  sql_ << "trace_id IN (";
  if (is_exact) {
    (sql_ << "SELECT trace_id FROM vitrine.trace_rows FINAL PREWHERE project = ")
        .Param(scope_.project);
    sql_ << " AND trace_id IN (";
    any_version();
    sql_ << ") WHERE ";
    condition();
  } else {
    any_version();
  }
  sql_ << ")";
}

/// The spans of the traces that hold the first and the last part, with one column a condition.
void SpanSets::AppendPathStep(std::span<const Append> conditions) {
  sql_ << "(SELECT trace_id, span_id, parent_span_id";
  for (size_t i = 0; i < conditions.size(); ++i) {
    sql_ << ", toUInt8(";
    conditions[i]();
    sql_ << ") AS is_" << i;
  }
  sql_ << " FROM vitrine.span_rows FINAL PREWHERE ";
  AppendWindow();
  for (const Append* condition : {&conditions.front(), &conditions.back()}) {
    sql_ << " AND trace_id IN (";
    AppendAnyVersion(*condition);
    sql_ << ")";
  }
  sql_ << " WHERE is_fragment = 0)";
}

// Walks up from the last part's spans. `missing` is how many parts are still to be found above; the
// nearest ancestor that is the next one is as good as any farther one.
void SpanSets::AppendPath(const char* ids, std::span<const Append> conditions) {
  const size_t last = conditions.size() - 1;
  sql_ << "(" << ids
       << ") IN (WITH RECURSIVE above AS (SELECT trace_id, span_id, parent_span_id, toInt64("
       << last << ") AS missing, toInt64(0) AS level FROM ";
  AppendPathStep(conditions);
  sql_ << " WHERE is_" << last
       << " UNION ALL SELECT step.trace_id, above.span_id, step.parent_span_id, toInt64("
          "above.missing - multiIf(";
  for (size_t i = 0; i < last; ++i)
    sql_ << "above.missing = " << i + 1 << ", step.is_" << i << ", ";
  sql_ << "0)), toInt64(above.level + 1) FROM ";
  AppendPathStep(conditions);
  sql_ << " AS step INNER JOIN above ON step.trace_id = above.trace_id AND step.span_id = "
          "above.parent_span_id WHERE above.missing > 0 AND above.level < "
       << kFilterLevelsMax << ") SELECT " << ids << " FROM above WHERE missing = 0)";
}

}  // namespace vitrine::query
