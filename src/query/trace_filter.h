// TraceFilter: which traces a question is about, and how that reads in SQL.
// Owner: values. Threads: free functions. Source: docs/ARCHITECTURE.md "HTTP API".
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "query/filter/filter.h"
#include "query/sql_text.h"

namespace vitrine::query {

/// Empty text means: not asked for. Times are of the trace's start, half-open.
struct TraceFilter {
  std::string project;
  std::optional<Nanos> from, to;
  std::string status, model, service, user, session, environment, release, feature, kind;
  std::string words;  ///< Free text over prompts and answers; text_search.h.
  Filter expression;  ///< Of the same unit; joined with the rest by and.
};

/// Whether a filter can be asked at all.
/// Errors: kInvalidInput naming the field (an empty range, an unknown status or kind).
Result<void> CheckFilter(const TraceFilter& filter);

/// Appends the conditions on columns that `traces` and `trace_rows` share, project first. Words and
/// the expression are not among them.
void AppendConditions(SqlText& sql, const TraceFilter& filter);

/// Appends " AND column = value", unless the value is empty.
void AppendEqual(SqlText& sql, std::string_view column, const std::string& value);

/// 32 bits that differ when the filter does, times and page aside: a cursor belongs to one filter.
uint32_t FilterDigest(const TraceFilter& filter);
/// The same of a longer filter, of whose digest `before` is the beginning.
uint32_t FilterDigest(uint32_t before, std::span<const std::string_view> texts);

}  // namespace vitrine::query
