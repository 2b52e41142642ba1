#include "query/session_list.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <vector>

#include "base/beside.h"
#include "query/cursor.h"
#include "query/internal/session_rows.h"
#include "query/internal/table_ends.h"
#include "query/internal/turn_verdict.h"
#include "query/internal/visit_rows.h"
#include "query/text_search.h"
#include "query/trace_view.h"
#include "syntax/json/json_writer.h"

namespace vitrine::query {
namespace {

using syntax::JsonValue;
using syntax::JsonWriter;

/// Back from where the list begins, sessions are looked for in longer and longer times: mostly the
/// last hours fill a page.
constexpr int64_t kHour = 3'600 * kNanosPerSecond;
constexpr int64_t kSteps[] = {3 * kHour, 48 * kHour, 16 * 24 * kHour};

struct PlacedSession {
  std::string id;
  ListKey key;  ///< Its latest matching turn; instead of a trace id a hash of the session's.
};

/// Where the list begins; nothing where the project has no trace.
Result<std::optional<Nanos>> FindBegin(clickhouse::Client& client, const TraceFilter& filter,
                                       const std::optional<ListKey>& cursor) {
  if (cursor) return std::optional(cursor->start);
  if (filter.to) return filter.to;
  TRY_ASSIGN(const auto lines, AskAtEnd(client, {"vitrine.trace_rows", filter.project,
                                                 "reinterpretAsInt64(start_time)", ""}));
  if (lines.empty()) return std::optional<Nanos>();
  Nanos begin;
  const auto [end, error] =
      std::from_chars(lines[0].data(), lines[0].data() + lines[0].size(), begin.since_epoch);
  if (error != std::errc()) return Fail(ErrorCode::kInternal, "unexpected time: " + lines[0]);
  return std::optional(begin);
}

/// The sessions of traces that match and start in a time, and one more than the page takes.
Result<std::vector<PlacedSession>> PlaceSome(clickhouse::Client& client, const TraceFilter& filter,
                                             const std::optional<ListKey>& cursor, uint32_t limit,
                                             const TextMatch& match) {
  SqlText sql;
  sql << "SELECT session_id, reinterpretAsInt64(max(start_time)) AS last, "
         "lower(hex(sipHash128(session_id))) AS id_hash FROM ";
  AppendMatchingTraces(sql, filter, match);
  sql << " WHERE session_id != '' GROUP BY session_id";
  // A session whose latest turn is newer was on a page before.
  if (cursor) {
    sql << " HAVING (last, id_hash) < (toInt64(" << std::to_string(cursor->start.since_epoch)
        << "), '" << cursor->trace_id.ToHex() << "')";
  }
  sql << " ORDER BY last DESC, id_hash DESC LIMIT " << limit + 1 << " FORMAT JSONCompactEachRow";
  std::vector<PlacedSession> placed;
  TRY(VisitRows(client, sql, [&](const JsonValue& row) {
    const auto hash = TraceId::FromHex(row.At(2).text());
    placed.push_back({std::string(row.At(0).text()),
                      {Nanos{row.At(1).ToInt().value_or(0)}, hash.value_or(TraceId{}), {}}});
  }));
  return placed;
}

/// The sessions of a page and one more, if there is one.
Result<std::vector<PlacedSession>> PlaceSessions(clickhouse::Client& client,
                                                 const SessionListRequest& request,
                                                 const std::optional<ListKey>& cursor,
                                                 const TextMatch& match) {
  std::vector<PlacedSession> placed;
  TRY_ASSIGN(const auto begin, FindBegin(client, request.filter, cursor));
  if (!begin) return placed;
  for (size_t step = 0; step <= std::size(kSteps); ++step) {
    TraceFilter filter = request.filter;
    const bool is_last =
        step == std::size(kSteps) || (filter.from && *begin + -kSteps[step] <= *filter.from);
    if (!is_last) filter.from = *begin + -kSteps[step];
    TRY_ASSIGN(placed, PlaceSome(client, filter, cursor, request.limit, match));
    if (is_last || placed.size() > request.limit) break;
  }
  return placed;
}

constexpr const char* kSums =
    "reinterpretAsInt64(min(start_time)), reinterpretAsInt64(max(greatest(start_time, end_time))), "
    "count(), "
    "sum(call_count), sum(error_count), sum(unpriced_count), sum(input_tokens), "
    "sum(output_tokens), sum(cost_usd), arraySort(groupUniqArrayArray(models)), "
    "argMaxIf(user_id, (start_time, trace_id), user_id != ''), "
    "argMinIf(input_preview, (start_time, trace_id), input_preview != ''), "
    "argMaxIf(output_preview, (start_time, trace_id), output_preview != ''), "
    "reinterpretAsInt64(max(start_time))";
constexpr const char* kSummed =
    "end_time, call_count, error_count, unpriced_count, input_tokens, output_tokens, cost_usd, "
    "models, user_id, input_preview, output_preview";

struct Sums {
  SessionTimes times;
  std::string json;  ///< Without its closing bracket and first_bad_turn.
};

void WriteTextOrNull(JsonWriter& json, std::string_view key, const JsonValue& value) {
  value.text().empty() ? json.Key(key).Null() : json.Member(key, value.text());
}

Sums ReadSums(const JsonValue& row) {
  Sums sums;
  sums.times = {Nanos{row.At(1).ToInt().value_or(0)}, Nanos{row.At(2).ToInt().value_or(0)}};
  JsonWriter json(sums.json);
  json.BeginObject().Member("session_id", row.At(0).text());
  WriteTextOrNull(json, "user_id", row.At(11));
  json.Member("start_time", FormatRfc3339(sums.times.first_start));
  json.Member("end_time", FormatRfc3339(sums.times.last_end));
  json.Member("last_turn_time", FormatRfc3339(Nanos{row.At(14).ToInt().value_or(0)}));
  size_t at = 3;
  for (const char* key : {"trace_count", "call_count", "error_count", "unpriced_count",
                          "input_tokens", "output_tokens", "cost_usd", "models"}) {
    json.Key(key).Raw(row.At(at++).raw());
  }
  WriteTextOrNull(json, "first_input_preview", row.At(12));
  WriteTextOrNull(json, "last_output_preview", row.At(13));
  return sums;
}

/// An index of so many sessions keeps nothing from being read, and what it was used for is not
/// remembered by the engine's cache of conditions.
std::string_view SettingOf(const std::vector<std::string>& ids) {
  constexpr size_t kIndexedMax = 20;
  return ids.size() > kIndexedMax ? " SETTINGS use_skip_indexes = 0" : "";
}

Result<std::map<std::string, Sums>> SumUp(clickhouse::Client& client, std::string_view project,
                                          const std::vector<std::string>& ids) {
  SqlText sql;
  sql << "SELECT session_id, " << kSums << " FROM ";
  AppendSessionTraces(sql, project, ids, kSummed);
  sql << " GROUP BY session_id" << SettingOf(ids) << " FORMAT JSONCompactEachRow";
  std::map<std::string, Sums> sums;
  const auto id = [](const JsonValue& row) { return std::string(row.At(0).text()); };
  TRY(VisitRows(client, sql, [&](const JsonValue& row) { sums[id(row)] = ReadSums(row); }));
  return sums;
}

/// Appends that a row began while the sessions lasted, and is of one of them.
void AppendWithin(SqlText& sql, const std::vector<std::string>& ids, const SessionTimes& times) {
  (sql << " AND start_time >= ").Time(times.first_start);
  (sql << " AND start_time <= ").Time(times.last_end) << " AND ";
  AppendSessionIn(sql, ids);
}

/// What bad turns are looked for in.
struct TurnSearch {
  std::string_view project;
  const std::vector<std::string>& ids;
  const SessionTimes& times;
};

/// Appends a SELECT of the traces, as `trace_id`, whose answer or root says that they are bad.
void AppendFailedTurns(SqlText& sql, const TurnSearch& search) {
  sql << "SELECT trace_id FROM ";
  AppendTurns(sql, search.project,
              [&](SqlText& bounds) { AppendWithin(bounds, search.ids, search.times); });
  sql << " WHERE verdict != ''";
}

/// The same of those that a score speaks against. PREWHERE: a trace is in the table's key, so what
/// is of another one need not be compared with its newer versions.
void AppendJudgedTurns(SqlText& sql, const TurnSearch& search) {
  sql << "SELECT trace_id FROM vitrine.score_rows FINAL PREWHERE project = ";
  sql.Param(search.project) << " AND lower(hex(trace_id)) IN (SELECT lower(hex(trace_id)) FROM "
                               "vitrine.trace_rows WHERE project = ";
  AppendWithin(sql.Param(search.project), search.ids, search.times);
  sql << ") WHERE trace_id != toFixedString('', 16) AND ";
  AppendBadScore(sql);
}

/// The traces of bad turns, hex.
Result<std::vector<std::string>> BadTurns(clickhouse::Client& client, const TurnSearch& search) {
  auto judged = RunBeside([&] {
    SqlText sql;
    sql << "SELECT DISTINCT lower(hex(trace_id)) FROM (";
    AppendJudgedTurns(sql, search);
    sql << ") FORMAT TSV";
    return AskLines(client, sql);
  });
  SqlText failed;
  failed << "SELECT lower(hex(trace_id)) FROM (";
  AppendFailedTurns(failed, search);
  failed << ")" << SettingOf(search.ids) << " FORMAT TSV";
  TRY_ASSIGN(auto bad, AskLines(client, failed));
  TRY_ASSIGN(const auto others, judged.get());
  bad.insert(bad.end(), others.begin(), others.end());
  return bad;
}

/// The first bad turn of each session that has one, counted from 1.
Result<std::map<std::string, uint64_t>> FirstBadTurns(clickhouse::Client& client,
                                                      const TurnSearch& search) {
  /// So many stand in a statement of less than ClickHouse's 256 KiB; more are asked for in it.
  constexpr size_t kNamedMax = 2'000;
  std::map<std::string, uint64_t> turns;
  TRY_ASSIGN(const auto bad, BadTurns(client, search));
  if (bad.empty()) return turns;
  SqlText sql;
  sql << "SELECT session_id, arrayFirstIndex(turn -> tupleElement(turn, 3), "
         "arraySort(groupArray((start_time, trace_id, trace_id IN (";
  if (bad.size() <= kNamedMax) {
    for (const std::string& id : bad)
      sql << (&id == bad.data() ? "unhex('" : ", unhex('") << id << "')";
  } else {
    AppendFailedTurns(sql, search);
    AppendJudgedTurns(sql << " UNION ALL ", search);
  }
  sql << "))))) AS first_bad FROM ";
  AppendSessionTraces(sql, search.project, search.ids, "end_time",
                      std::pair(search.times.first_start, search.times.last_end));
  sql << " GROUP BY session_id HAVING first_bad > 0 FORMAT JSONCompactEachRow";
  TRY(VisitRows(client, sql, [&](const JsonValue& row) {
    turns.insert_or_assign(std::string(row.At(0).text()), row.At(1).ToUint().value_or(0));
  }));
  return turns;
}

/// The time of all of them together.
SessionTimes TimesOf(const std::map<std::string, Sums>& sums) {
  SessionTimes times = sums.begin()->second.times;
  for (const auto& [id, sum] : sums) {
    times.first_start = std::min(times.first_start, sum.times.first_start);
    times.last_end = std::max(times.last_end, sum.times.last_end);
  }
  return times;
}

std::string WithFirstBad(std::string json, const std::string& id,
                         const std::map<std::string, uint64_t>& bad) {
  const auto turn = bad.find(id);
  json += ",\"first_bad_turn\":";
  json += turn == bad.end() ? "null" : std::to_string(turn->second);
  return json + "}";
}

Error NoSession(const std::string& id) {
  return {ErrorCode::kNotFound, "there is no session \"" + id + "\" in this project", {}};
}

/// By session id, whole objects.
Result<std::map<std::string, std::string>> Describe(clickhouse::Client& client,
                                                    std::string_view project,
                                                    const std::vector<std::string>& ids) {
  std::map<std::string, std::string> described;
  TRY_ASSIGN(auto sums, SumUp(client, project, ids));
  if (sums.empty()) return described;
  const SessionTimes times = TimesOf(sums);
  TRY_ASSIGN(const auto bad, FirstBadTurns(client, {project, ids, times}));
  for (auto& [id, sum] : sums) {
    described[id] = WithFirstBad(std::move(sum.json), id, bad);
  }
  return described;
}

}  // namespace

Result<ListPage> ListSessions(clickhouse::Client& client, const SessionListRequest& request) {
  TRY(CheckFilter(request.filter));
  if (request.limit == 0 || request.limit > kPageSizeMax)
    return Fail(ErrorCode::kInvalidInput, "limit: is 1 to " + std::to_string(kPageSizeMax));
  const std::string_view kind[] = {"sessions"};
  const uint32_t digest = FilterDigest(FilterDigest(request.filter), kind);
  std::optional<ListKey> cursor;
  if (!request.cursor.empty()) {
    TRY_ASSIGN(cursor, ParseCursor(request.cursor, digest));
  }
  TRY_ASSIGN(const TextMatch match, FindText(client, request.filter));
  ListPage page;
  if (match.is_nothing()) return page;
  TRY_ASSIGN(auto placed, PlaceSessions(client, request, cursor, match));
  if (placed.size() > request.limit) {
    placed.resize(request.limit);
    page.next_cursor = CursorText(placed.back().key, digest);
  }
  if (placed.empty()) return page;
  std::vector<std::string> ids;
  for (const PlacedSession& session : placed) ids.push_back(session.id);
  TRY_ASSIGN(auto described, Describe(client, request.filter.project, ids));
  for (const PlacedSession& session : placed) {
    // A session may lose its last trace to another one in between.
    const auto found = described.find(session.id);
    if (found == described.end()) continue;
    found->second.pop_back();
    page.rows.push_back(std::move(found->second) + ",\"last_match_time\":\"" +
                        FormatRfc3339(session.key.start) + "\"}");
  }
  return page;
}

Result<SessionTimes> FindSessionTimes(clickhouse::Client& client, std::string_view project,
                                      const std::string& session_id) {
  TRY_ASSIGN(const auto sums, SumUp(client, project, {session_id}));
  if (sums.empty()) return std::unexpected(NoSession(session_id));
  return sums.begin()->second.times;
}

Result<SessionSums> FindSession(clickhouse::Client& client, std::string_view project,
                                const std::string& session_id,
                                const std::function<void(const SessionTimes&)>& meanwhile) {
  const std::vector<std::string> ids = {session_id};
  TRY_ASSIGN(auto sums, SumUp(client, project, ids));
  if (sums.empty()) return std::unexpected(NoSession(session_id));
  Sums& found = sums.begin()->second;
  auto turns = RunBeside([&] { return FirstBadTurns(client, {project, ids, found.times}); });
  if (meanwhile) meanwhile(found.times);
  TRY_ASSIGN(const auto bad, turns.get());
  return SessionSums{WithFirstBad(std::move(found.json), session_id, bad), found.times};
}

}  // namespace vitrine::query
