// Whether one span, as it was sent, meets a filter: for the live tail, which sees each span alone
// and before settling. Threads: free functions.
#pragma once

#include <expected>

#include "model/span.h"
#include "query/filter/filter_problem.h"
#include "query/filter/filter_tree.h"

namespace vitrine::query {

/// Whether one span says all that the filter asks; else names the first part that it does not: words
/// (they are indexed when they are stored), scores, other spans of the trace, and whether a span
/// counts.
std::expected<void, FilterProblem> CheckSpanMatch(const Filter& filter);

/// The filter must have passed CheckSpanMatch.
bool MatchesSpan(const Filter& filter, const model::Span& span, model::Capture capture);

}  // namespace vitrine::query
