// CallFilter: which calls a question or a live tail is about, in SQL and against a span as it comes
// in. Owner: values. Threads: free functions. Source: docs/ARCHITECTURE.md "HTTP API".
#pragma once

#include <optional>
#include <string>

#include "model/span.h"
#include "query/trace_filter.h"

namespace vitrine::query {

/// What can be asked of traces can be asked of calls: of the call's own values, its times and its
/// request or response model. Status ok is everything that is no error.
struct CallFilter : TraceFilter {
  std::string error_type, provider, capture;
  std::optional<bool> stream;
};

/// What the kind of a filter may be.
enum class KindRule { kModelCalls, kAnyKind };

/// Whether a filter can be asked at all.
/// Errors: kInvalidInput naming the field.
Result<void> CheckCallFilter(const CallFilter& filter, KindRule rule = KindRule::kModelCalls);

/// Appends the conditions that counted calls in `span_rows` meet, project first, words and
/// expression left out. Each is one on plain columns that is true or false, never null.
void AppendCallConditions(SqlText& sql, const CallFilter& filter);
/// The same of spans of any kind, counted or not.
void AppendSpanConditions(SqlText& sql, const CallFilter& filter);

uint32_t CallFilterDigest(const CallFilter& filter);

/// True when a span as it was sent meets the filter: all but project, words and times. The
/// expression is one that CheckSpanMatch (filter/span_match.h) has taken.
bool Matches(const CallFilter& filter, const model::Span& span, model::Capture capture);

}  // namespace vitrine::query
