#include "query/cache_lens.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "query/internal/binary_rows.h"
#include "query/internal/cache_compare.h"
#include "query/internal/cache_loss.h"
#include "query/internal/message_store.h"
#include "query/limits.h"
#include "query/session_list.h"
#include "query/sql_text.h"
#include "query/trace_page.h"
#include "syntax/json/json_writer.h"

namespace vitrine::query {
namespace {

using syntax::JsonWriter;

/// A call as it was read; the answer it borrows from outlives it.
struct ReadCall {
  CacheCall call;
  TraceId trace_id;
  SpanId span_id;
  std::string_view status, price_id, agent;
  std::optional<std::string> cost;
};

constexpr const char* kColumns =
    "trace_id, span_id, start_time, end_time, name, agent_name, status, provider, request_model, "
    "response_model, input_tokens, cached_input_tokens, cache_write_tokens, "
    "toUInt64OrNull(rare['cache_write_1h_tokens']), price_id, ifNull(toString(cost_usd), ''), "
    "tool_definition_hashes, arrayConcat(history_hashes, new_input_hashes)";

ContentHash HashOf(std::string_view bytes) {
  return ContentHash::FromBytes(bytes).value_or(ContentHash{});
}

/// FixedString(16) elements of an array.
void ReadHashes(BinaryRow& row, std::string_view role, std::vector<CacheItem>& items) {
  for (size_t left = row.Size(); left > 0 && row.complete(); --left)
    items.push_back({HashOf(row.Bytes(ContentHash::size)), role, 0, false, false});
}

ReadCall ReadRow(BinaryRow& row) {
  ReadCall read;
  read.trace_id = TraceId::FromBytes(row.Bytes(TraceId::size)).value_or(TraceId{});
  read.span_id = SpanId::FromBytes(row.Bytes(SpanId::size)).value_or(SpanId{});
  CacheCall& call = read.call;
  call.start = Nanos{row.Int64()};
  call.end = Nanos{row.Int64()};
  call.name = row.Text();
  read.agent = row.Text();
  read.status = row.Text();
  call.provider = row.Text();
  const std::string_view asked = row.Text(), answered = row.Text();
  call.model = answered.empty() ? asked : answered;
  call.input_tokens = row.NumberOrNull<uint64_t>();
  call.cached_tokens = row.NumberOrNull<uint64_t>();
  call.written_tokens = row.NumberOrNull<uint64_t>();
  call.written_long_tokens = row.NumberOrNull<uint64_t>();
  read.price_id = row.Text();
  if (const std::string_view cost = row.Text(); !cost.empty()) read.cost = std::string(cost);
  ReadHashes(row, "tool_definition", call.items);
  ReadHashes(row, "", call.items);
  return read;
}

/// Asks for the counted llm calls that `append_where` picks, by their start.
Result<std::string> AskCalls(clickhouse::Client& client, std::string_view project,
                             const std::function<void(SqlText&)>& append_where) {
  SqlText sql;
  (sql << "SELECT " << kColumns << " FROM (SELECT * FROM vitrine.span_rows PREWHERE project = ")
      .Param(project);
  append_where(sql);
  sql << " ORDER BY start_time, trace_id, span_id, version DESC, is_deleted LIMIT 1 BY start_time, "
         "trace_id, span_id) WHERE is_deleted = 0 AND is_fragment = 0 AND counted = 1 AND kind = "
         "'llm' AND status != 'error' ORDER BY start_time, trace_id, span_id LIMIT "
      << kCacheCallsMax + 1 << " FORMAT RowBinary";
  return AskText(client, sql);
}

Result<std::vector<ReadCall>> ReadCalls(std::string_view answer) {
  std::vector<ReadCall> calls;
  size_t messages = 0;
  for (BinaryRow left(answer); !left.rest().empty();) {
    calls.push_back(ReadRow(left));
    if (!left.complete()) return Fail(ErrorCode::kInternal, "a row of spans was cut off");
    messages += calls.back().call.items.size();
    if (calls.size() > kCacheCallsMax || messages > kCacheMessagesMax) {
      return Fail(ErrorCode::kLimitExceeded,
                  "more than " + std::to_string(kCacheCallsMax) + " calls, or than " +
                      std::to_string(kCacheMessagesMax) +
                      " messages in them, are too many to compare; look at one of the traces");
    }
  }
  return calls;
}

struct StoredItem {
  std::string role;
  uint64_t size_bytes = 0;
  bool has_media = false;
};

using StoredItems = std::map<ContentHash, StoredItem>;

/// Reads what is stored of those of `hashes` that are not there yet.
Result<void> ReadSome(clickhouse::Client& client, std::string_view project,
                      const std::set<ContentHash>& hashes, const AppendDays& append_days,
                      StoredItems& items) {
  /// So many hashes stand in one statement of less than ClickHouse's 256 KiB.
  constexpr size_t kHashesPerStatement = 4'000;
  std::vector<ContentHash> missing;
  std::ranges::copy_if(hashes, std::back_inserter(missing),
                       [&](const ContentHash& hash) { return !items.contains(hash); });
  for (size_t begin = 0; begin < missing.size(); begin += kHashesPerStatement) {
    const size_t end = std::min(missing.size(), begin + kHashesPerStatement);
    SqlText sql;
    // The JSON around texts is paid with some tokens a message, far fewer than its bytes; that of
    // tool definitions is sent as it is.
    sql << "SELECT hash, CAST(any(role), 'String'), toUInt64(any(length(texts) + if(role = "
           "'tool_definition', length(parts_template), 16 + intDiv(length(parts_template), 4)))), "
           "toUInt8(max(match(parts_template, "
           "'\"type\":\"(blob|uri|file)\"'))) FROM vitrine.message_rows WHERE project = ";
    sql.Param(project) << " AND hash IN (";
    for (size_t i = begin; i < end; ++i)
      sql << (i == begin ? "" : ", ") << "unhex('" << missing[i].ToHex() << "')";
    sql << ")";
    if (append_days) append_days(sql);
    sql << " GROUP BY hash FORMAT RowBinary";
    TRY_ASSIGN(const std::string answer, AskText(client, sql));
    for (BinaryRow row(answer); !row.rest().empty();) {
      const ContentHash hash = HashOf(row.Bytes(ContentHash::size));
      StoredItem item;
      item.role = row.Text();
      item.size_bytes = row.Number<uint64_t>();
      item.has_media = row.Bool();
      if (!row.complete()) return Fail(ErrorCode::kInternal, "a row of messages was cut off");
      items.insert_or_assign(hash, std::move(item));
    }
  }
  return {};
}

/// Length and role of every message that the calls refer to: of the calls' days first, and what is
/// not there of any day.
Result<StoredItems> ReadItems(clickhouse::Client& client, std::string_view project,
                              const std::vector<ReadCall>& calls) {
  std::set<ContentHash> hashes;
  for (const ReadCall& read : calls) {
    for (const CacheItem& item : read.call.items) hashes.insert(item.hash);
  }
  StoredItems items;
  if (hashes.empty()) return items;
  // In the order of their starts.
  const Nanos first = calls.front().call.start, last = calls.back().call.start;
  TRY(ReadSome(
      client, project, hashes, [&](SqlText& sql) { AppendDaysBetween(sql, first, last); }, items));
  TRY(ReadSome(client, project, hashes, nullptr, items));
  return items;
}

template <typename T>
void NumberOrNull(JsonWriter& json, std::string_view key, const std::optional<T>& number) {
  json.Member(key, number);
}

void TextOrNull(JsonWriter& json, std::string_view key, std::string_view text) {
  text.empty() ? json.Key(key).Null() : json.Member(key, text);
}

void WriteItems(JsonWriter& json, const ReadCall& read, const CacheFinding& finding) {
  json.Key("items").BeginArray();
  size_t tools = 0;
  for (size_t i = 0; i < read.call.items.size(); ++i) {
    const CacheItem& item = read.call.items[i];
    const bool is_tool = item.role == "tool_definition";
    json.BeginObject().Member("hash", item.hash.ToHex());
    TextOrNull(json, "role", item.role);
    // Where the item stands among the span's tool definitions or input messages.
    json.Member("position", static_cast<uint64_t>(is_tool ? tools : i - tools));
    json.Key("tokens");
    i < finding.item_tokens.size() ? json.Uint(finding.item_tokens[i]) : json.Null();
    json.EndObject();
    tools += is_tool ? 1 : 0;
  }
  json.EndArray();
}

void WriteFinding(JsonWriter& json, const CacheFinding& finding, const std::optional<Money>& lost) {
  json.Member("outcome", Name(finding.outcome));
  NumberOrNull(json, "previous", finding.previous);
  json.Member("shared_items", static_cast<uint64_t>(finding.shared_items));
  NumberOrNull(json, "broken_item", finding.broken_item);
  NumberOrNull(json, "previous_item", finding.previous_item);
  NumberOrNull(json, "shared_tokens", finding.shared_tokens);
  NumberOrNull(json, "expected_tokens", finding.expected_tokens);
  NumberOrNull(json, "lost_tokens", finding.lost_tokens);
  json.Member("lost_usd", lost ? std::optional(lost->ToString()) : std::nullopt);
  NumberOrNull(json, "idle_ns", finding.idle_ns);
  TextOrNull(json, "rule", finding.rule ? finding.rule->name : std::string_view());
}

void WriteCall(JsonWriter& json, const ReadCall& read, const CacheFinding& finding,
               const std::optional<Money>& lost) {
  const CacheCall& call = read.call;
  json.BeginObject().Member("trace_id", read.trace_id.ToHex());
  json.Member("span_id", read.span_id.ToHex()).Member("name", call.name);
  TextOrNull(json, "agent_name", read.agent);
  json.Member("start_time", FormatRfc3339(call.start));
  TextOrNull(json, "provider", call.provider);
  TextOrNull(json, "model", call.model);
  NumberOrNull(json, "input_tokens", call.input_tokens);
  NumberOrNull(json, "cached_tokens", call.cached_tokens);
  NumberOrNull(json, "written_tokens", call.written_tokens);
  json.Member("cost_usd", read.cost);
  WriteFinding(json, finding, lost);
  WriteItems(json, read, finding);
  json.EndObject();
}

void WriteRules(JsonWriter& json, const std::vector<CacheFinding>& findings) {
  std::set<std::string_view> written;
  json.Key("rules").BeginArray();
  for (const CacheFinding& finding : findings) {
    const CacheRule* rule = finding.rule;
    if (!rule || !written.insert(rule->name).second) continue;
    json.BeginObject().Member("name", rule->name).Member("minimum_tokens", rule->minimum_tokens);
    json.Member("block_tokens", rule->block_tokens);
    NumberOrNull(json, "kept_s", rule->kept_s);
    NumberOrNull(json, "kept_long_s", rule->kept_long_s);
    json.Member("is_automatic", rule->is_automatic).Member("source", rule->source).EndObject();
  }
  json.EndArray();
}

/// Sums over the calls of which both numbers are known; how many that are is said too.
void WriteTotals(JsonWriter& json, const std::vector<ReadCall>& calls,
                 const std::vector<CacheFinding>& findings,
                 const std::vector<std::optional<Money>>& losses) {
  uint64_t expected = 0, reported = 0, lost_tokens = 0, judged = 0, breaks = 0, expired = 0;
  uint64_t unpriced = 0;
  Money lost{};
  for (size_t i = 0; i < calls.size(); ++i) {
    const CacheFinding& finding = findings[i];
    breaks += finding.outcome == CacheOutcome::kChanged ? 1 : 0;
    expired += finding.outcome == CacheOutcome::kExpired ? 1 : 0;
    if (!finding.lost_tokens) continue;
    ++judged;
    expected += *finding.expected_tokens;
    reported += *calls[i].call.cached_tokens;
    lost_tokens += *finding.lost_tokens;
    if (losses[i]) lost += *losses[i];
    unpriced += losses[i] ? 0 : 1;
  }
  const auto known = [&](uint64_t number) {
    return judged > 0 ? std::optional(number) : std::nullopt;
  };
  json.Key("totals").BeginObject().Member("calls", static_cast<uint64_t>(calls.size()));
  json.Member("judged_calls", judged).Member("expected_tokens", known(expected));
  json.Member("reported_tokens", known(reported)).Member("lost_tokens", known(lost_tokens));
  json.Member("lost_usd", judged > unpriced ? std::optional(lost.ToString()) : std::nullopt);
  json.Member("unpriced_calls", unpriced).Member("changed_calls", breaks);
  json.Member("expired_calls", expired).EndObject();
}

Result<std::string> Answer(clickhouse::Client& client, std::string_view project,
                           const std::string& rows, const FindPrice& find_price) {
  TRY_ASSIGN(auto calls, ReadCalls(rows));
  TRY_ASSIGN(const auto stored, ReadItems(client, project, calls));
  std::vector<CacheCall> compared;
  for (ReadCall& read : calls) {
    for (CacheItem& item : read.call.items) {
      const auto found = stored.find(item.hash);
      if (found == stored.end()) continue;
      if (item.role.empty()) item.role = found->second.role;
      item.size_bytes = found->second.size_bytes;
      item.has_media = found->second.has_media;
      item.is_kept = true;
    }
    compared.push_back(read.call);
  }
  const std::vector<CacheFinding> findings = CompareForCache(compared);
  std::vector<std::optional<Money>> losses;
  for (size_t i = 0; i < calls.size(); ++i) {
    const auto price = calls[i].price_id.empty() ? std::nullopt : find_price(calls[i].price_id);
    losses.push_back(price ? CacheLoss(price->rates, calls[i].call, findings[i]) : std::nullopt);
  }
  std::string text;
  JsonWriter json(text);
  json.BeginObject();
  WriteTotals(json, calls, findings, losses);
  WriteRules(json, findings);
  json.Key("calls").BeginArray();
  for (size_t i = 0; i < calls.size(); ++i) WriteCall(json, calls[i], findings[i], losses[i]);
  json.EndArray().EndObject();
  return text.substr(1, text.size() - 2);
}

}  // namespace

Result<std::string> SessionCacheJson(clickhouse::Client& client, std::string_view project,
                                     const std::string& session_id, const FindPrice& find_price) {
  TRY_ASSIGN(const SessionTimes times, FindSessionTimes(client, project, session_id));
  TRY_ASSIGN(const std::string rows, AskCalls(client, project, [&](SqlText& sql) {
               (sql << " AND start_time >= ").Time(times.first_start);
               (sql << " AND start_time <= ").Time(times.last_end);
               (sql << " AND session_id = ").Param(session_id);
             }));
  return Answer(client, project, rows, find_price);
}

Result<std::string> TraceCacheJson(clickhouse::Client& client, std::string_view project,
                                   TraceId trace_id, const FindPrice& find_price) {
  TRY_ASSIGN(const TracePlace place, FindPlace(client, project, trace_id));
  TRY(FindTrace(client, project, place));
  TRY_ASSIGN(const std::string rows,
             AskCalls(client, project, [&](SqlText& sql) { AppendTrace(sql, place); }));
  return Answer(client, project, rows, find_price);
}

}  // namespace vitrine::query
