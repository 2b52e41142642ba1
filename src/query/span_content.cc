#include "query/span_content.h"

#include <set>
#include <vector>

#include "base/arena.h"
#include "base/beside.h"
#include "query/internal/binary_rows.h"
#include "query/internal/message_store.h"
#include "query/limits.h"
#include "query/trace_place.h"
#include "storage/schema/schema.h"
#include "syntax/json/json_document.h"

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

/// Every column of the view. The engine takes most of the time to understand so many expressions:
/// what else is needed is asked for beside it.
Result<std::string> ReadRow(clickhouse::Client& client, const SpanKey& key,
                            const TracePlace& place) {
  const storage::ViewSelect& view = storage::SpanVersionsSelect();
  SqlText sql;
  sql << view.before;
  AppendNewest(sql, key, place);
  sql << view.after << " SETTINGS " << kPlainStatement << " FORMAT JSONEachRow";
  TRY_ASSIGN(auto lines, AskLines(client, sql));
  if (lines.empty()) return std::unexpected(NoSpan(key));
  return std::move(lines[0]);
}

/// What leads to everything else of the span.
struct SpanLeads {
  std::set<std::string> hashes;  ///< Hex.
  bool is_streamed = false;
};

Result<SpanLeads> ReadLeads(clickhouse::Client& client, const SpanKey& key,
                            const TracePlace& place) {
  SqlText sql;
  sql << "SELECT is_deleted, is_fragment, ttft_ns IS NOT NULL, arrayConcat(history_hashes, "
         "new_input_hashes, output_hashes, tool_definition_hashes, document_hashes) FROM "
         "vitrine.span_rows PREWHERE ";
  AppendNewest(sql, key, place);
  sql << " FORMAT RowBinary";
  TRY_ASSIGN(const std::string answer, AskText(client, sql));
  BinaryRow row(answer);
  const bool is_deleted = row.Bool(), is_fragment = row.Bool();
  if (answer.empty() || is_deleted || is_fragment) return std::unexpected(NoSpan(key));
  SpanLeads leads;
  leads.is_streamed = row.Bool();
  for (size_t left = row.Size(); left > 0 && row.complete(); --left) {
    const auto hash = ContentHash::FromBytes(row.Bytes(ContentHash::size));
    if (hash && !hash->is_zero()) leads.hashes.insert(hash->ToHex());
  }
  if (!row.complete()) return Fail(ErrorCode::kInternal, "a row of spans was cut off");
  return leads;
}

/// Every hash the row refers to.
std::set<std::string> HashesOf(const syntax::JsonValue& row) {
  std::set<std::string> hashes;
  const auto add = [&](std::string_view hash) {
    if (ContentHash::FromHex(hash)) hashes.emplace(hash);
  };
  for (const char* column : {"input_hashes", "output_hashes", "tool_definition_hashes"}) {
    for (const auto hash : row[column].Elements()) add(hash.text());
  }
  for (const auto document : row["retrieval"].Elements()) add(document["hash"].text());
  return hashes;
}

Result<void> ReadMessages(clickhouse::Client& client, const SpanKey& key, const TracePlace& place,
                          const std::set<std::string>& hashes, SpanContent& content) {
  if (hashes.size() > kMessagesMax)
    return Fail(ErrorCode::kLimitExceeded, "this call has more than 20,000 messages");
  // Messages are stored under the day their span had as it came.
  TRY_ASSIGN(auto messages,
             ReadStoredMessages(client, key.project, {hashes.begin(), hashes.end()},
                                [&](SqlText& days) { AppendTraceDays(days, place); }));
  content.messages.merge(std::move(messages));
  return {};
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

/// Messages and the timeline. Returns the hashes that were asked for.
Result<std::set<std::string>> ReadRest(clickhouse::Client& client, const SpanKey& key,
                                       const TracePlace& place, SpanContent& content) {
  TRY_ASSIGN(SpanLeads leads, ReadLeads(client, key, place));
  TRY(ReadMessages(client, key, place, leads.hashes, content));
  TRY_ASSIGN(content.timeline, ReadTimeline(client, key, place));
  // It lies elsewhere where the span was sent twice at once, with starts of two days.
  if (content.timeline.empty() && leads.is_streamed && place.place) {
    TRY_ASSIGN(content.timeline, ReadTimeline(client, key, {key.trace_id, std::nullopt}));
  }
  return std::move(leads.hashes);
}

}  // namespace

Result<SpanContent> ReadSpan(clickhouse::Client& client, std::string_view project, TraceId trace_id,
                             SpanId span_id) {
  const SpanKey key{project, trace_id, span_id};
  TRY_ASSIGN(const TracePlace place, FindPlace(client, project, trace_id));
  auto row = RunBeside([&] { return ReadRow(client, key, place); });
  SpanContent content;
  TRY_ASSIGN(const auto asked, ReadRest(client, key, place, content));
  TRY_ASSIGN(content.row, row.get());
  Arena arena;
  syntax::JsonDocument document;
  if (document.Parse(content.row, arena) != syntax::JsonStatus::kOk)
    return std::unexpected(document.error());
  // The span may have changed in between.
  std::set<std::string> hashes = HashesOf(document.root());
  std::erase_if(hashes, [&](const std::string& hash) { return asked.contains(hash); });
  if (!hashes.empty()) TRY(ReadMessages(client, key, place, hashes, content));
  return content;
}

}  // namespace vitrine::query
