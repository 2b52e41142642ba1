// SpanSets: sets of traces by their spans, for a filter's statement. Private to the filter.
//
// A span has several versions until the engine merges them, and only the newest one counts. Merging
// (FINAL) a whole window of time is slow, so an exact set first takes the traces that any version
// speaks for, and merges only those: which trace a row is of is part of its key, so that choosing
// by it before merging loses no version. Owner: borrows all it is given. Threads: one statement.
#pragma once

#include <functional>
#include <span>

#include "query/filter/filter.h"

namespace vitrine::query {

class SpanSets {
 public:
  using Append = std::function<void()>;

  SpanSets(SqlText& sql, FilterUnit unit, const FilterScope& scope)
      : sql_(sql), unit_(unit), scope_(scope) {}

  /// Appends "trace_id IN (…)": of the traces with a span that meets the condition on columns of
  /// span_rows. Inexact: a version that is no longer the newest may meet it.
  void AppendTraces(bool is_exact, const Append& condition);
  /// The same by a condition on columns of trace_rows.
  void AppendTraceRows(bool is_exact, const Append& condition);
  /// Appends "SELECT <columns> FROM … WHERE …": the newest versions of all spans in question.
  void AppendMerged(const char* columns);
  /// Appends "(<ids>) IN (…)": of the last spans of a path, each part of which is somewhere above
  /// the next one.
  void AppendPath(const char* ids, std::span<const Append> conditions);
  /// Appends the conditions on the keys of the spans in question: project, time, traces.
  void AppendWindow();

 private:
  void AppendFrom();
  void AppendNamed();
  void AppendTraceWindow();
  void AppendAnyVersion(const Append& condition);
  void AppendPathStep(std::span<const Append> conditions);

  SqlText& sql_;
  const FilterUnit unit_;
  const FilterScope& scope_;
};

}  // namespace vitrine::query
