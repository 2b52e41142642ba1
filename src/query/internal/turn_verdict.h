// What a turn of a conversation came to. A turn is a trace; it is judged by what its user saw: the
// call that answered, the root span, and what was said about it afterwards. Private to query.
//
// The call that answered is the counted llm call that ended last, one that only asked for tools
// left aside where there is another; a failed attempt that was tried again is none.
// Threads: free functions.
#pragma once

#include <functional>
#include <string_view>

#include "query/sql_text.h"

namespace vitrine::query {

/// Appends which spans of `span_rows` are in question, " AND …": more than those of the turns costs
/// time, fewer would be wrong.
using AppendSpanBounds = std::function<void(SqlText& sql)>;

/// Appends a bracketed subquery: one row a trace, with `trace_id`, `verdict` ('error', 'refusal',
/// 'length' or '') and, as the tuple `answer`, the call that answered: span_id, status, error_type,
/// finish_reason, ttft_ns, output_hashes, output_choices, output_finish_reasons (columns as in
/// `span_rows`); `has_answer` is 0 where the trace has no call. `first_input` are the hashes that
/// are new in its first call.
void AppendTurns(SqlText& sql, std::string_view project, const AppendSpanBounds& append_bounds);

/// Appends a condition on `score_rows` that is true for a score that speaks against the turn: a
/// feedback below its middle ("negative_feedback"), or another score that is low ("low_score").
/// A score is low when it is below 0.5 on a scale of 0 to 1 on which more is better, or below 0;
/// what another scale means is not known, so it is not judged. A label is judged by its word.
void AppendBadScore(SqlText& sql);
/// Appends the expression 'negative_feedback' or 'low_score' of a bad score's row.
void AppendScoreReason(SqlText& sql);

}  // namespace vitrine::query
