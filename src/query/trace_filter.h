// TraceFilter: which traces a question is about, and how that reads in SQL.
// Owner: values. Threads: free functions. Source: docs/ARCHITECTURE.md "HTTP API".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "query/sql_text.h"

namespace vitrine::query {

/// Empty text means: not asked for. Times are of the trace's start, half-open.
struct TraceFilter {
  std::string project;
  std::optional<Nanos> from, to;
  std::string status, model, service, user, session, environment, release, feature, kind;
  std::string words;  ///< Free text over prompts and answers; text_search.h.
};

/// Whether a filter can be asked at all.
/// Errors: kInvalidInput naming the field (an empty range, an unknown status or kind).
Result<void> CheckFilter(const TraceFilter& filter);

/// Appends the conditions on columns that `traces` and `trace_rows` share, project first. Words are
/// not among them.
void AppendConditions(SqlText& sql, const TraceFilter& filter);

/// 32 bits that differ when the filter does, times and page aside: a cursor belongs to one filter.
uint32_t FilterDigest(const TraceFilter& filter);

}  // namespace vitrine::query
