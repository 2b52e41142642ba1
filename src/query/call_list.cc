#include "query/call_list.h"

#include "query/internal/call_row.h"
#include "query/internal/page_reader.h"
#include "query/trace_place.h"

namespace vitrine::query {
namespace {

struct FoundCall {
  std::string call_id;
  ListRow row;
};

/// The newest version of one span.
Result<FoundCall> FindCall(clickhouse::Client& client, std::string_view project, TraceId trace_id,
                           SpanId span_id) {
  TRY_ASSIGN(const TracePlace place, FindPlace(client, project, trace_id));
  SqlText sql;
  sql << "SELECT is_deleted, is_fragment, rare['call_id'], " << kCallColumns
      << " FROM vitrine.span_rows PREWHERE project = ";
  // Where a span's start changed, one version has both: a tombstone and the row.
  AppendTrace(sql.Param(project), place);
  sql << " AND span_id = unhex('" << span_id.ToHex()
      << "') ORDER BY version DESC, is_deleted LIMIT 1 SETTINGS " << kPlainStatement
      << " FORMAT RowBinary";
  TRY_ASSIGN(const std::string answer, AskText(client, sql));
  BinaryRow left(answer);
  const bool is_deleted = left.Bool(), is_fragment = left.Bool();
  if (answer.empty() || is_deleted || is_fragment) {
    return Fail(ErrorCode::kNotFound, "there is no span " + span_id.ToHex() + " of trace " +
                                          trace_id.ToHex() + " in this project");
  }
  FoundCall found{std::string(left.Text()), ReadCallRow(left)};
  if (!left.complete()) return Fail(ErrorCode::kInternal, "a row of spans was cut off");
  return found;
}

}  // namespace

Result<ListPage> ListCalls(clickhouse::Client& client, const CallListRequest& request) {
  TRY(CheckCallFilter(request.filter));
  ListSource source;
  source.table = "vitrine.span_rows";
  source.unit = TextUnit::kCalls;
  source.append_conditions = [&](SqlText& sql) { AppendCallConditions(sql, request.filter); };
  source.columns = kCallColumns;
  source.read = ReadCallRow;
  return ReadPage(client, source,
                  {request.filter, CallFilterDigest(request.filter), request.limit, request.cursor,
                   request.newest});
}

Result<ListPage> ListSpans(clickhouse::Client& client, const CallListRequest& request) {
  TRY(CheckCallFilter(request.filter, KindRule::kAnyKind));
  ListSource source;
  source.table = "vitrine.span_rows";
  source.unit = TextUnit::kCalls;
  source.append_conditions = [&](SqlText& sql) { AppendSpanConditions(sql, request.filter); };
  source.columns = kCallColumns;
  source.read = ReadSpanRow;
  const std::string_view texts[] = {"spans"};
  return ReadPage(client, source,
                  {request.filter, FilterDigest(CallFilterDigest(request.filter), texts),
                   request.limit, request.cursor, request.newest});
}

Result<std::vector<std::string>> ListAttempts(clickhouse::Client& client, std::string_view project,
                                              TraceId trace_id, SpanId span_id) {
  TRY_ASSIGN(FoundCall call, FindCall(client, project, trace_id, span_id));
  std::vector<std::string> attempts;
  if (call.call_id.empty()) {
    attempts.push_back(std::move(call.row.json));
    return attempts;
  }
  SqlText sql;
  // Few spans have a call id: the names of the map are read first.
  sql << "SELECT " << kCallColumns
      << " FROM (SELECT *, brief FROM vitrine.span_rows PREWHERE project = ";
  (sql.Param(project) << " AND start_time >= ").Time(call.row.key.start + -kAttemptsApartMax);
  (sql << " AND start_time <= ").Time(call.row.key.start + kAttemptsApartMax);
  (sql << " AND has(mapKeys(rare), 'call_id') WHERE rare['call_id'] = ").Param(call.call_id);
  sql << " ORDER BY start_time, trace_id, span_id, version DESC, is_deleted LIMIT 1 BY start_time, "
         "trace_id, span_id) WHERE is_deleted = 0 AND is_fragment = 0 ORDER BY attempt, start_time "
         "LIMIT "
      << kAttemptsMax << " FORMAT RowBinary";
  TRY_ASSIGN(const std::string answer, AskText(client, sql));
  for (BinaryRow left(answer); !left.rest().empty();) {
    attempts.push_back(ReadCallRow(left).json);
    if (!left.complete()) return Fail(ErrorCode::kInternal, "a row of spans was cut off");
  }
  return attempts;
}

}  // namespace vitrine::query
