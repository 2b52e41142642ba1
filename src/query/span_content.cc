#include "query/span_content.h"

#include <set>
#include <vector>

#include "base/arena.h"
#include "query/internal/message_store.h"
#include "query/limits.h"
#include "query/trace_place.h"
#include "syntax/json/json_document.h"

namespace vitrine::query {
namespace {

struct SpanKey {
  std::string_view project;
  TraceId trace_id;
  SpanId span_id;
};

void AppendKey(SqlText& sql, const SpanKey& key, bool binary) {
  (sql << "project = ").Param(key.project);
  sql << (binary ? " AND lower(hex(trace_id)) = '" : " AND trace_id = '") << key.trace_id.ToHex()
      << (binary ? "' AND lower(hex(span_id)) = '" : "' AND span_id = '") << key.span_id.ToHex()
      << "'";
}

/// Every hash the row refers to; each once.
Result<std::vector<std::string>> HashesOf(const syntax::JsonValue& row) {
  std::set<std::string> hashes;
  const auto add = [&](std::string_view hash) {
    if (ContentHash::FromHex(hash)) hashes.emplace(hash);
  };
  for (const char* column : {"input_hashes", "output_hashes", "tool_definition_hashes"}) {
    for (const auto hash : row[column].Elements()) add(hash.text());
  }
  for (const auto document : row["retrieval"].Elements()) add(document["hash"].text());
  if (hashes.size() > kMessagesMax)
    return Fail(ErrorCode::kLimitExceeded, "this call has more than 20,000 messages");
  return std::vector<std::string>(hashes.begin(), hashes.end());
}

}  // namespace

Result<SpanContent> ReadSpan(clickhouse::Client& client, std::string_view project, TraceId trace_id,
                             SpanId span_id) {
  const SpanKey key{project, trace_id, span_id};
  TRY_ASSIGN(const TracePlace place, FindPlace(client, project, trace_id));
  SqlText sql;
  sql << "SELECT * FROM vitrine.spans WHERE ";
  AppendKey(sql, key, false);
  AppendTimes(sql, place);
  sql << " ORDER BY received_time DESC LIMIT 1 FORMAT JSONEachRow";
  TRY_ASSIGN(auto lines, AskLines(client, sql));
  if (lines.empty()) {
    return Fail(ErrorCode::kNotFound, "there is no span " + span_id.ToHex() + " in the trace " +
                                          trace_id.ToHex() + " of this project");
  }
  SpanContent content;
  content.row = std::move(lines[0]);
  Arena arena;
  syntax::JsonDocument document;
  if (document.Parse(content.row, arena) != syntax::JsonStatus::kOk)
    return std::unexpected(document.error());
  TRY_ASSIGN(auto hashes, HashesOf(document.root()));
  // Messages are stored under the span's own day, unless the span moved to another one later.
  const auto append_days = [&](SqlText& days) {
    days << " AND day IN (SELECT day FROM vitrine.span_rows WHERE ";
    AppendKey(days, key, true);
    AppendTimes(days, place);
    days << ")";
  };
  TRY_ASSIGN(content.messages, ReadStoredMessages(client, project, std::move(hashes), append_days));
  SqlText timeline;
  timeline << "SELECT offsets_ns, sizes FROM vitrine.token_timeline WHERE ";
  AppendKey(timeline, key, false);
  timeline << " LIMIT 1 FORMAT JSONEachRow";
  TRY_ASSIGN(auto timelines, AskLines(client, timeline));
  if (!timelines.empty()) content.timeline = std::move(timelines[0]);
  return content;
}

}  // namespace vitrine::query
