#include "query/similar_traces.h"

#include "query/internal/trace_text.h"
#include "query/sql_text.h"
#include "query/trace_page.h"

namespace vitrine::query {
namespace {

/// The message that the first call of the trace brought in last; empty where there is none.
Result<std::string> FirstInput(clickhouse::Client& client, std::string_view project,
                               const TracePlace& place) {
  SqlText sql;
  sql << "SELECT lower(hex(input_hashes[-1])) FROM (SELECT * FROM vitrine.span_rows PREWHERE "
         "project = ";
  AppendTrace(sql.Param(project), place);
  sql << " ORDER BY start_time, span_id, version DESC, is_deleted LIMIT 1 BY start_time, span_id) "
         "WHERE is_deleted = 0 AND is_fragment = 0 AND kind = 'llm' AND length(input_hashes) > 0 "
         "ORDER BY start_time, span_id LIMIT 1 FORMAT TSV";
  TRY_ASSIGN(const auto lines, AskLines(client, sql));
  return lines.empty() || !ContentHash::FromHex(lines[0]) ? std::string() : lines[0];
}

}  // namespace

Result<std::vector<std::string>> ListSimilarTraces(clickhouse::Client& client,
                                                   std::string_view project, TraceId trace_id,
                                                   uint32_t limit) {
  if (limit == 0 || limit > kSimilarTracesMax) {
    return Fail(ErrorCode::kInvalidInput, "limit: is 1 to " + std::to_string(kSimilarTracesMax));
  }
  TRY_ASSIGN(const TracePlace place, FindPlace(client, project, trace_id));
  TRY(FindTrace(client, project, place));
  TRY_ASSIGN(const std::string hash, FirstInput(client, project, place));
  std::vector<std::string> rows;
  if (hash.empty()) return rows;
  SqlText sql;
  // The message comes again in every later call of a conversation: it counts where it was last.
  sql << "SELECT " << kTraceTextColumns
      << " FROM (SELECT *, brief FROM vitrine.trace_rows PREWHERE project = ";
  sql.Param(project) << " AND lower(hex(trace_id)) IN (SELECT lower(hex(trace_id)) FROM "
                        "vitrine.span_rows PREWHERE project = ";
  sql.Param(project) << " AND has(input_hashes, toFixedString(unhex('" << hash
                     << "'), 16)) WHERE input_hashes[-1] = toFixedString(unhex('" << hash
                     << "'), 16) AND kind = 'llm' AND is_deleted = 0) AND trace_id != unhex('"
                     << trace_id.ToHex()
                     << "') ORDER BY start_time, trace_id, version DESC, is_deleted LIMIT 1 BY "
                        "start_time, trace_id) WHERE is_deleted = 0 ORDER BY status = 'error', "
                        "start_time DESC LIMIT "
                     << limit << " FORMAT RowBinary";
  TRY_ASSIGN(const std::string answer, AskText(client, sql));
  for (BinaryRow left(answer); !left.rest().empty();) {
    rows.push_back(ReadTraceText(left).json);
    if (!left.complete()) return Fail(ErrorCode::kInternal, "a row of traces was cut off");
  }
  return rows;
}

}  // namespace vitrine::query
