#include "query/internal/turn_verdict.h"

namespace vitrine::query {
namespace {

// Names on whose scale less is better: a low toxicity speaks for the turn.
constexpr const char* kLessIsBetter =
    "match(lower(name), 'toxic|halluc|bias|harm|risk|error|latency|cost|pii|leak|jailbreak|"
    "distance|perplexity|refus|unsafe|violation|difficulty|effort')";
constexpr const char* kFromPeople =
    "(lower(source) IN ('user', 'end_user', 'feedback', 'user_feedback') OR match(lower(name), "
    "'feedback|thumb|rating|csat|satisf'))";
constexpr const char* kBadLabels =
    "('bad', 'poor', 'negative', 'down', 'thumbs_down', 'thumbs-down', 'dislike', 'fail', "
    "'failed', "
    "'incorrect', 'wrong', 'unhelpful', 'unsatisfied', 'no', 'false')";

constexpr const char* kSpanColumns =
    "trace_id, span_id, parent_span_id, start_time, end_time, version, is_deleted, is_fragment, "
    "counted, kind, status, error_type, finish_reason, has(mapKeys(rare), 'refusal') AS refused, "
    "ttft_ns, output_hashes, output_choices, rare['output_finish_reasons'] AS "
    "output_finish_reasons, new_input_hashes AS new_hashes";

}  // namespace

void AppendTurns(SqlText& sql, std::string_view project, const AppendSpanBounds& append_bounds) {
  sql << "(SELECT trace_id, countIf(is_call) > 0 AS has_answer, "
         "argMaxIf((span_id, CAST(status, 'String') AS status_text, CAST(error_type, 'String'), "
         "CAST(finish_reason, 'String') AS finish_text, ttft_ns, output_hashes, output_choices, "
         "output_finish_reasons, refused), (finish_text != 'tool_call', end_time, span_id), "
         "is_call) AS answer, "
         "argMinIf(new_hashes, (start_time, span_id), is_call) AS first_input, "
         "multiIf(countIf(status = 'error' AND parent_span_id = toFixedString('', 8)) > 0 OR "
         "(has_answer AND tupleElement(answer, 2) = 'error'), 'error', NOT has_answer, '', "
         "tupleElement(answer, 9) OR tupleElement(answer, 4) = 'content_filter', 'refusal', "
         "tupleElement(answer, 4) = 'length', 'length', '') AS verdict FROM "
         "(SELECT *, kind = 'llm' AND counted = 1 AS is_call FROM (SELECT "
      << kSpanColumns << " FROM vitrine.span_rows PREWHERE project = ";
  sql.Param(project);
  append_bounds(sql);
  // The newest version of each span, without FINAL: that would read every column of the granules
  // before it looks for the turns.
  sql << " ORDER BY start_time, trace_id, span_id, version DESC, is_deleted LIMIT 1 BY start_time, "
         "trace_id, span_id) WHERE is_deleted = 0 AND is_fragment = 0) GROUP BY trace_id)";
}

void AppendBadScore(SqlText& sql) {
  sql << "(if(isNull(value), lower(label) IN " << kBadLabels << ", NOT " << kLessIsBetter
      << " AND (value < 0 OR (value >= 0 AND value < 0.5))))";
}

void AppendScoreReason(SqlText& sql) {
  sql << "if(" << kFromPeople << ", 'negative_feedback', 'low_score')";
}

}  // namespace vitrine::query
