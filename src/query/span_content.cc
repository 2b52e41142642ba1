#include "query/span_content.h"

#include <set>
#include <vector>

#include "base/arena.h"
#include "base/beside.h"
#include "query/internal/binary_rows.h"
#include "query/internal/message_store.h"
#include "query/limits.h"
#include "query/span_row.h"
#include "query/trace_place.h"
#include "storage/clickhouse/native_reader.h"
#include "storage/schema/span_table_reader.h"

namespace vitrine::query {
namespace {

struct SpanKey {
  std::string_view project;
  TraceId trace_id;
  SpanId span_id;
};

/// Appends a condition over columns of any table of spans: which span, by the sort key of those
/// that have one.
void AppendKey(SqlText& sql, const SpanKey& key) {
  (sql << "project = ").Param(key.project);
  sql << " AND trace_id = unhex('" << key.trace_id.ToHex() << "') AND span_id = unhex('"
      << key.span_id.ToHex() << "')";
}

/// Appends the same over `span_rows`, and that it is the newest version. Where a span's start
/// changed, one version has both: a tombstone and the row.
void AppendNewest(SqlText& sql, const SpanKey& key, const TracePlace& place) {
  AppendKey(sql, key);
  AppendTrace(sql, place);
  sql << " ORDER BY version DESC, is_deleted LIMIT 1";
}

Error NoSpan(const SpanKey& key) {
  return {ErrorCode::kNotFound,
          "there is no span " + key.span_id.ToHex() + " in the trace " + key.trace_id.ToHex() +
              " of this project",
          {}};
}

Result<storage::StoredSpan> ReadRow(clickhouse::Client& client, const SpanKey& key,
                                    const TracePlace& place, Arena& arena) {
  SqlText sql;
  sql << "SELECT " << storage::SpanTableColumns() << " FROM vitrine.span_rows PREWHERE ";
  AppendNewest(sql, key, place);
  sql << " SETTINGS " << kPlainStatement << " FORMAT Native";
  TRY_ASSIGN(const std::string answer, AskText(client, sql));
  TRY_ASSIGN(const auto blocks, clickhouse::ParseNative(answer));
  TRY_ASSIGN(const auto rows, storage::ReadSpanTable(blocks, arena));
  if (rows.empty() || rows[0].is_deleted || rows[0].span.is_fragment)
    return std::unexpected(NoSpan(key));
  return rows[0];
}

/// Every hash the row refers to, in hex.
Result<std::set<std::string>> ReadHashes(clickhouse::Client& client, const SpanKey& key,
                                         const TracePlace& place) {
  SqlText sql;
  sql << "SELECT arrayConcat(history_hashes, new_input_hashes, output_hashes, "
         "tool_definition_hashes, document_hashes) FROM vitrine.span_rows PREWHERE ";
  AppendNewest(sql, key, place);
  sql << " FORMAT RowBinary";
  TRY_ASSIGN(const std::string answer, AskText(client, sql));
  BinaryRow row(answer);
  std::set<std::string> hashes;
  for (size_t left = answer.empty() ? 0 : row.Size(); left > 0 && row.complete(); --left) {
    const auto hash = ContentHash::FromBytes(row.Bytes(ContentHash::size));
    if (hash && !hash->is_zero()) hashes.insert(hash->ToHex());
  }
  if (!row.complete()) return Fail(ErrorCode::kInternal, "a row of spans was cut off");
  return hashes;
}

/// The same of a row that is there.
std::set<std::string> HashesOf(const storage::StoredSpan& row) {
  std::set<std::string> hashes;
  for (const auto& list :
       {row.input_hashes, row.output_hashes, row.tool_definition_hashes, row.documents.hashes}) {
    for (const ContentHash& hash : list) {
      if (!hash.is_zero()) hashes.insert(hash.ToHex());
    }
  }
  return hashes;
}

Result<StoredMessages> ReadMessages(clickhouse::Client& client, const SpanKey& key,
                                    const TracePlace& place, const std::set<std::string>& hashes) {
  if (hashes.size() > kMessagesMax)
    return Fail(ErrorCode::kLimitExceeded, "this call has more than 20,000 messages");
  // Messages are stored under the day their span had as it came.
  return ReadStoredMessages(client, key.project, {hashes.begin(), hashes.end()},
                            [&](SqlText& days) { AppendTraceDays(days, place); });
}

/// {"offsets_ns","sizes"}, or nothing: the newest version without FINAL, which reads all of them.
Result<std::string> ReadTimeline(clickhouse::Client& client, const SpanKey& key,
                                 const TracePlace& place) {
  SqlText sql;
  sql << "SELECT arrayMap(o -> o * 1000, offsets_us) AS offsets_ns, sizes FROM "
         "vitrine.timeline_rows PREWHERE ";
  AppendKey(sql, key);
  AppendTraceDays(sql, place);
  sql << " ORDER BY version DESC LIMIT 1 FORMAT JSONEachRow";
  TRY_ASSIGN(auto lines, AskLines(client, sql));
  return lines.empty() ? std::string() : std::move(lines[0]);
}

/// It lies elsewhere where the span was sent twice at once, with starts of two days.
Result<std::string> FindTimeline(clickhouse::Client& client, const SpanKey& key,
                                 const TracePlace& place, bool is_streamed) {
  TRY_ASSIGN(std::string timeline, ReadTimeline(client, key, place));
  if (!timeline.empty() || !is_streamed || !place.place) return timeline;
  return ReadTimeline(client, key, {key.trace_id, std::nullopt});
}

/// The row and what is asked for by its own values.
Result<std::set<std::string>> ReadRowAndTimeline(clickhouse::Client& client, const SpanKey& key,
                                                 const TracePlace& place, SpanContent& content) {
  Arena arena;
  TRY_ASSIGN(const storage::StoredSpan row, ReadRow(client, key, place, arena));
  content.row = SpanRowJson(row);
  TRY_ASSIGN(content.timeline, FindTimeline(client, key, place, row.span.ttft_ns.has_value()));
  return HashesOf(row);
}

}  // namespace

/// Messages take longest, for each is unpacked with its neighbours; the row comes next, for its
/// many columns. So both are read at once, messages by what a row of few columns says.
Result<SpanContent> ReadSpan(clickhouse::Client& client, std::string_view project, TraceId trace_id,
                             SpanId span_id) {
  const SpanKey key{project, trace_id, span_id};
  TRY_ASSIGN(const TracePlace place, FindPlace(client, project, trace_id));
  SpanContent content;
  auto row = RunBeside([&] { return ReadRowAndTimeline(client, key, place, content); });
  TRY_ASSIGN(const auto asked, ReadHashes(client, key, place));
  TRY_ASSIGN(auto messages, ReadMessages(client, key, place, asked));
  TRY_ASSIGN(auto hashes, row.get());
  // The span may have changed in between.
  std::erase_if(hashes, [&](const std::string& hash) { return asked.contains(hash); });
  TRY_ASSIGN(content.messages, ReadMessages(client, key, place, hashes));
  content.messages.merge(messages);
  return content;
}

}  // namespace vitrine::query
