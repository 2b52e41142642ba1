#include "query/span_content.h"

#include <set>
#include <vector>

#include "base/arena.h"
#include "query/limits.h"
#include "query/message_parts.h"
#include "query/sql_text.h"
#include "storage/clickhouse/native_reader.h"
#include "syntax/json/json_document.h"

namespace vitrine::query {
namespace {

/// Message hashes of one statement; its text must stay under ClickHouse's 256 KiB.
constexpr size_t kHashesPerStatement = 2'000;

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

Result<void> TakeMessages(const std::string& native, SpanContent& content) {
  TRY_ASSIGN(const auto blocks, clickhouse::ParseNative(native));
  for (const auto& block : blocks) {
    for (size_t i = 0; i < block.rows; ++i) {
      const auto text = [&](size_t column) { return block.columns[column].values.Text(i); };
      StoredMessage message{std::string(text(1)), std::string(text(2)), {}};
      TRY_ASSIGN(message.parts, ExpandParts(text(3), text(4)));
      content.messages.insert_or_assign(std::string(text(0)), std::move(message));
    }
  }
  return {};
}

/// Reads messages stored under the span's own day, which is where they are unless the span moved
/// to another day later; `any_day` looks everywhere.
Result<void> ReadMessages(clickhouse::Client& client, const SpanKey& key,
                          const std::vector<std::string>& hashes, bool any_day,
                          SpanContent& content) {
  for (size_t begin = 0; begin < hashes.size(); begin += kHashesPerStatement) {
    const size_t end = std::min(hashes.size(), begin + kHashesPerStatement);
    SqlText sql;
    sql << "SELECT lower(hex(hash)), CAST(role, 'String'), CAST(name, 'String'), parts_template, "
           "texts FROM vitrine.message_rows WHERE project = ";
    sql.Param(key.project) << " AND hash IN (";
    for (size_t i = begin; i < end; ++i)
      sql << (i == begin ? "" : ", ") << "toFixedString(unhex('" << hashes[i] << "'), 16)";
    sql << ")";
    if (!any_day) {
      sql << " AND day IN (SELECT day FROM vitrine.span_rows WHERE ";
      AppendKey(sql, key, true);
      sql << ")";
    }
    sql << " LIMIT 1 BY hash FORMAT Native";
    TRY_ASSIGN(const std::string native, AskText(client, sql));
    TRY(TakeMessages(native, content));
  }
  return {};
}

}  // namespace

Result<SpanContent> ReadSpan(clickhouse::Client& client, std::string_view project, TraceId trace_id,
                             SpanId span_id) {
  const SpanKey key{project, trace_id, span_id};
  SqlText sql;
  sql << "SELECT * FROM vitrine.spans WHERE ";
  AppendKey(sql, key, false);
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
  if (!hashes.empty()) TRY(ReadMessages(client, key, hashes, false, content));
  std::erase_if(hashes, [&](const std::string& hash) { return content.messages.contains(hash); });
  if (!hashes.empty()) TRY(ReadMessages(client, key, hashes, true, content));
  SqlText timeline;
  timeline << "SELECT offsets_ns, sizes FROM vitrine.token_timeline WHERE ";
  AppendKey(timeline, key, false);
  timeline << " LIMIT 1 FORMAT JSONEachRow";
  TRY_ASSIGN(auto timelines, AskLines(client, timeline));
  if (!timelines.empty()) content.timeline = std::move(timelines[0]);
  return content;
}

}  // namespace vitrine::query
