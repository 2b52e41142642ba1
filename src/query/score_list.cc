#include "query/score_list.h"

#include "base/arena.h"
#include "query/cursor.h"
#include "query/sql_text.h"
#include "query/trace_filter.h"
#include "syntax/json/json_document.h"

namespace vitrine::query {
namespace {

// In the API's shape: what is not known is null.
constexpr const char* kColumns =
    "lower(hex(score_id)) AS score_id, name, value, nullIf(label, '') AS label, "
    "if(trace_id = toFixedString('', 16), NULL, lower(hex(trace_id))) AS trace_id, "
    "if(span_id = toFixedString('', 8), NULL, lower(hex(span_id))) AS span_id, "
    "nullIf(session_id, '') AS session_id, nullIf(response_id, '') AS response_id, "
    "nullIf(CAST(source, 'String'), '') AS source, nullIf(CAST(author, 'String'), '') AS author, "
    "nullIf(CAST(evaluator_version, 'String'), '') AS evaluator_version, "
    "nullIf(CAST(judge_model, 'String'), '') AS judge_model, judge_cost_usd, "
    "nullIf(comment, '') AS comment, time";

uint32_t DigestOf(const ScoreListRequest& request) {
  const std::string trace = request.trace_id ? request.trace_id->ToHex() : std::string();
  const std::string span = request.span_id ? request.span_id->ToHex() : std::string();
  const std::string_view texts[] = {"scores",           request.project,     trace,       span,
                                    request.session_id, request.response_id, request.name};
  return FilterDigest(0, texts);
}

void AppendRows(SqlText& sql, const ScoreListRequest& request) {
  (sql << "SELECT * FROM vitrine.score_rows FINAL WHERE project = ").Param(request.project);
  if (request.trace_id) (sql << " AND lower(hex(trace_id)) = ").Param(request.trace_id->ToHex());
  if (request.span_id) (sql << " AND lower(hex(span_id)) = ").Param(request.span_id->ToHex());
  AppendEqual(sql, "session_id", request.session_id);
  AppendEqual(sql, "response_id", request.response_id);
  AppendEqual(sql, "name", request.name);
  if (request.from) (sql << " AND time >= ").Time(*request.from);
  if (request.to) (sql << " AND time < ").Time(*request.to);
}

/// Where a row stands in the list.
Result<ListKey> KeyOf(const std::string& row) {
  Arena arena;
  syntax::JsonDocument document;
  if (document.Parse(row, arena) != syntax::JsonStatus::kOk)
    return Fail(ErrorCode::kInternal, "unexpected score: " + row);
  const auto time = ParseRfc3339(document.root()["time"].text());
  const auto id = TraceId::FromHex(document.root()["score_id"].text());
  if (!time || !id) return Fail(ErrorCode::kInternal, "unexpected score: " + row);
  return ListKey{*time, *id, {}};
}

}  // namespace

Result<ListPage> ListScores(clickhouse::Client& client, const ScoreListRequest& request) {
  if (request.limit == 0 || request.limit > kPageSizeMax)
    return Fail(ErrorCode::kInvalidInput, "limit: is 1 to " + std::to_string(kPageSizeMax));
  if (request.from && request.to && *request.from >= *request.to)
    return Fail(ErrorCode::kInvalidInput, "from: must be before to");
  const uint32_t digest = DigestOf(request);
  SqlText sql;
  sql << "SELECT " << kColumns << " FROM (";
  AppendRows(sql, request);
  if (!request.cursor.empty()) {
    TRY_ASSIGN(const ListKey last, ParseCursor(request.cursor, digest));
    (sql << " AND (time, lower(hex(score_id))) < (").Time(last.start) << ", ";
    sql.Param(last.trace_id.ToHex()) << ")";
  }
  sql << " ORDER BY time DESC, score_id DESC LIMIT " << request.limit + 1 << ") FORMAT JSONEachRow";
  ListPage page;
  TRY_ASSIGN(page.rows, AskLines(client, sql));
  if (page.rows.size() <= request.limit) return page;
  page.rows.resize(request.limit);
  TRY_ASSIGN(const ListKey last, KeyOf(page.rows.back()));
  page.next_cursor = CursorText(last, digest);
  return page;
}

}  // namespace vitrine::query
