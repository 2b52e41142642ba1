#include "query/similar_traces.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "query/internal/table_ends.h"
#include "query/internal/trace_text.h"
#include "query/sql_text.h"
#include "query/trace_page.h"

namespace vitrine::query {
namespace {

/// Nothing is new in a call whose input ends in words put into the model's mouth.
constexpr const char* kLastInput =
    "if(empty(new_input_hashes), history_hashes, new_input_hashes)[-1]";

/// The message that the first call of the trace brought in last; empty where there is none.
Result<std::string> FirstInput(clickhouse::Client& client, std::string_view project,
                               const TracePlace& place) {
  SqlText sql;
  sql << "SELECT lower(hex(" << kLastInput
      << ")) FROM (SELECT * FROM vitrine.span_rows PREWHERE project = ";
  AppendTrace(sql.Param(project), place);
  sql << " ORDER BY start_time, span_id, version DESC, is_deleted LIMIT 1 BY start_time, span_id) "
         "WHERE is_deleted = 0 AND is_fragment = 0 AND kind = 'llm' AND "
         "(notEmpty(new_input_hashes) OR notEmpty(history_hashes)) ORDER BY start_time, span_id "
         "LIMIT 1 FORMAT TSV";
  TRY_ASSIGN(const auto lines, AskLines(client, sql));
  return lines.empty() || !ContentHash::FromHex(lines[0]) ? std::string() : lines[0];
}

/// A trace that was found; those without an error come first, then the newest.
struct FoundTrace {
  bool is_error = false;
  TraceText text;

  auto rank() const { return std::tuple(is_error, -text.key.start.since_epoch, text.key.trace_id); }
};

/// The traces, hex, of the newest calls that end in the message and lie in one stretch of days. The
/// message comes again in every later call of a conversation: it counts where it was last.
Result<std::vector<std::string>> TracesEndingIn(clickhouse::Client& client,
                                                std::string_view project, const std::string& hash,
                                                TraceId but, size_t step) {
  const std::string message = "toFixedString(unhex('" + hash + "'), 16)";
  SqlText sql;
  sql << "SELECT lower(hex(trace_id)) FROM vitrine.span_rows PREWHERE project = ";
  AppendStretch(sql.Param(project), "vitrine.span_rows", step);
  sql << " AND (has(new_input_hashes, " << message << ") OR has(history_hashes, " << message
      << ")) WHERE " << kLastInput << " = " << message
      << " AND kind = 'llm' AND is_deleted = 0 AND trace_id != unhex('" << but.ToHex()
      << "') GROUP BY trace_id ORDER BY max(start_time) DESC LIMIT " << kSimilarCandidatesMax
      << " FORMAT TSV";
  return AskLines(client, sql);
}

/// The first `limit` of these traces, as they are shown.
Result<void> ReadTraces(clickhouse::Client& client, std::string_view project,
                        const std::vector<std::string>& ids, uint32_t limit,
                        std::vector<FoundTrace>& found) {
  if (ids.empty()) return {};
  SqlText sql;
  sql << "SELECT status = 'error', " << kTraceTextColumns
      << " FROM (SELECT *, brief FROM vitrine.trace_rows PREWHERE project = ";
  std::vector<TraceId> binary;
  for (const std::string& id : ids) binary.push_back(TraceId::FromHex(id).value_or(TraceId{}));
  sql.Param(project) << storage::OfTracesSql(binary);
  TRY(AppendPlaces(client, project, ids, sql));
  sql << " ORDER BY start_time, trace_id, version DESC, is_deleted LIMIT 1 BY start_time, "
         "trace_id) WHERE is_deleted = 0 ORDER BY status = 'error', start_time DESC LIMIT "
      << limit << " FORMAT RowBinary";
  TRY_ASSIGN(const std::string answer, AskText(client, sql));
  for (BinaryRow left(answer); !left.rest().empty();) {
    const bool is_error = left.Bool();
    found.push_back({is_error, ReadTraceText(left)});
    if (!left.complete()) return Fail(ErrorCode::kInternal, "a row of traces was cut off");
  }
  // A trace may have such calls in two stretches.
  std::ranges::sort(found, {}, &FoundTrace::rank);
  const auto same = std::ranges::unique(found, {}, &FoundTrace::rank);
  found.erase(same.begin(), same.end());
  if (found.size() > limit) found.resize(limit);
  return {};
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
  // A greeting begins many traces, of which the last days have enough: older ones come behind them.
  std::vector<FoundTrace> found;
  const auto is_full = [&] { return found.size() == limit && !found.back().is_error; };
  for (size_t step = 0; step <= std::size(kEndDays) && !is_full(); ++step) {
    TRY_ASSIGN(const auto ids, TracesEndingIn(client, project, hash, trace_id, step));
    TRY(ReadTraces(client, project, ids, limit, found));
  }
  for (FoundTrace& trace : found) rows.push_back(std::move(trace.text.json));
  return rows;
}

}  // namespace vitrine::query
