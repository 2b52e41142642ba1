#include "query/session_page.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "base/arena.h"
#include "base/beside.h"
#include "query/cursor.h"
#include "query/internal/message_store.h"
#include "query/internal/session_rows.h"
#include "query/internal/turn_verdict.h"
#include "query/session_list.h"
#include "syntax/json/json_document.h"
#include "syntax/json/json_writer.h"

namespace vitrine::query {
namespace {

using syntax::JsonValue;
using syntax::JsonWriter;

/// One line of an answer, kept with what it was read from.
struct Line {
  std::string text;
  Arena arena;
  syntax::JsonDocument document;
  JsonValue operator[](std::string_view key) const { return document.root()[key]; }
};
using Lines = std::vector<std::unique_ptr<Line>>;

Result<Lines> AskObjects(clickhouse::Client& client, const SqlText& sql) {
  TRY_ASSIGN(auto texts, AskLines(client, sql));
  Lines lines;
  for (std::string& text : texts) {
    auto line = std::make_unique<Line>();
    line->text = std::move(text);
    if (line->document.Parse(line->text, line->arena) != syntax::JsonStatus::kOk)
      return Fail(ErrorCode::kInternal, "unexpected row of a session: " + line->text);
    lines.push_back(std::move(line));
  }
  return lines;
}

struct Turn {
  const Line* trace = nullptr;
  const Line* call = nullptr;  ///< Nothing where the trace has neither call nor root.
  std::vector<const Line*> scores;
};

/// Reads the traces of a page and one more.
Result<Lines> ReadTraces(clickhouse::Client& client, const SessionPageRequest& request,
                         const SessionTimes& times, const std::optional<ListKey>& cursor) {
  SqlText sql;
  sql << "SELECT lower(hex(trace_id)) AS trace, reinterpretAsInt64(start_time) AS start, "
         "reinterpretAsInt64(end_time) AS end, name, status, cost_usd, "
         "call_count, error_count, span_count, unpriced_count, input_tokens, output_tokens, "
         "cached_input_tokens, ttft_ns, release, models FROM ";
  AppendSessionTraces(sql, request.project, {request.session_id},
                      "end_time, name, status, cost_usd, call_count, error_count, span_count, "
                      "unpriced_count, input_tokens, output_tokens, cached_input_tokens, ttft_ns, "
                      "release, models",
                      std::pair(times.first_start, times.last_end));
  if (cursor) {
    (sql << " WHERE (start_time, trace_id) > (").Time(cursor->start);
    sql << ", toFixedString(unhex('" << cursor->trace_id.ToHex() << "'), 16))";
  }
  sql << " ORDER BY start_time, trace_id LIMIT " << request.limit + 1 << " FORMAT JSONEachRow";
  return AskObjects(client, sql);
}

/// Appends "trace_id IN (…)" as texts, which the index of ids is over.
void AppendTracesIn(SqlText& sql, const Lines& traces) {
  sql << "lower(hex(trace_id)) IN (";
  for (size_t i = 0; i < traces.size(); ++i)
    sql << (i == 0 ? "'" : ", '") << (*traces[i])["trace"].text() << "'";
  sql << ")";
}

SessionTimes TimesOf(const Lines& traces) {
  SessionTimes times{Nanos{(*traces.front())["start"].ToInt().value_or(0)}, Nanos{}};
  for (const auto& trace : traces)
    times.last_end.since_epoch =
        std::max({times.last_end.since_epoch, (*trace)["start"].ToInt().value_or(0),
                  (*trace)["end"].ToInt().value_or(0)});
  return times;
}

Result<Lines> ReadCalls(clickhouse::Client& client, std::string_view project, const Lines& traces) {
  const SessionTimes times = TimesOf(traces);
  SqlText sql;
  const auto hex = [&](const char* list, const char* name) {
    sql << ", arrayMap(h -> lower(hex(h)), " << list << ") AS " << name;
  };
  sql << "SELECT lower(hex(trace_id)) AS trace, verdict, has_answer, "
         "lower(hex(tupleElement(answer, 1))) AS span, tupleElement(answer, 2) AS status, "
         "tupleElement(answer, 3) AS error_type, tupleElement(answer, 4) AS finish_reason, "
         "tupleElement(answer, 5) AS ttft_ns, tupleElement(answer, 7) AS choices, "
         "splitByChar(',', tupleElement(answer, 8)) AS reasons";
  hex("tupleElement(answer, 6)", "output");
  hex("first_input", "input");
  sql << " FROM ";
  AppendTurns(sql, project, [&](SqlText& bounds) {
    (bounds << " AND start_time >= ").Time(times.first_start);
    (bounds << " AND start_time <= ").Time(times.last_end) << " AND ";
    AppendTracesIn(bounds, traces);
  });
  sql << " FORMAT JSONEachRow";
  return AskObjects(client, sql);
}

Result<Lines> ReadScores(clickhouse::Client& client, std::string_view project,
                         const Lines& traces) {
  SqlText sql;
  sql << "SELECT lower(hex(trace_id)) AS trace, name, value, nullIf(label, '') AS label, "
         "nullIf(CAST(source, 'String'), '') AS source, nullIf(comment, '') AS comment, "
         "nullIf(CAST(author, 'String'), '') AS author, time, "
         "if(span_id = toFixedString('', 8), NULL, lower(hex(span_id))) AS span_id, ";
  AppendBadScore(sql);
  sql << " AS is_bad, ";
  AppendScoreReason(sql);
  sql << " AS reason FROM vitrine.score_rows FINAL PREWHERE project = ";
  sql.Param(project) << " AND ";
  AppendTracesIn(sql, traces);
  sql << " ORDER BY time DESC LIMIT " << kScoresPerTurnMax << " BY trace_id FORMAT JSONEachRow";
  return AskObjects(client, sql);
}

void TextOrNull(JsonWriter& json, std::string_view key, std::string_view text) {
  text.empty() ? json.Key(key).Null() : json.Member(key, text);
}

void Copy(JsonWriter& json, const Line& line, std::initializer_list<const char*> keys) {
  for (const char* key : keys) json.Key(key).Raw(line[key].raw());
}

/// Writes turns one after the other; what was shown before is known by its hash.
class TurnWriter {
 public:
  explicit TurnWriter(const StoredMessages& messages) : messages_(messages) {}

  std::string Write(const Turn& turn) {
    std::string text;
    JsonWriter json(text);
    const Line& trace = *turn.trace;
    const Line* answer =
        turn.call != nullptr && (*turn.call)["has_answer"].ToInt() == 1 ? turn.call : nullptr;
    const int64_t start = trace["start"].ToInt().value_or(0);
    json.BeginObject().Member("trace_id", trace["trace"].text());
    json.Key("span_id");
    answer ? json.String((*answer)["span"].text()) : json.Null();
    json.Member("start_time", FormatRfc3339(Nanos{start}));
    json.Member("duration_ns", LengthOf(Nanos{start}, Nanos{trace["end"].ToInt().value_or(0)}));
    Copy(json, trace,
         {"name", "status", "cost_usd", "unpriced_count", "call_count", "error_count", "span_count",
          "input_tokens", "output_tokens", "cached_input_tokens", "models"});
    TextOrNull(json, "error_type", answer ? (*answer)["error_type"].text() : "");
    TextOrNull(json, "finish_reason", answer ? (*answer)["finish_reason"].text() : "");
    json.Key("ttft_ns").Raw(trace["ttft_ns"].raw());
    TextOrNull(json, "release", trace["release"].text());
    json.Key("input");
    WriteInput(json, turn.call);
    json.Key("output");
    WriteOutput(json, answer);
    WriteScores(json, turn);
    json.EndObject();
    return text;
  }

 private:
  void WriteMessage(JsonWriter& json, std::string_view hash, size_t position) {
    const auto found = messages_.find(std::string(hash));
    const bool is_kept = found != messages_.end();
    json.BeginObject().Member("hash", hash);
    json.Member("role", is_kept ? std::string_view(found->second.role) : std::string_view());
    if (is_kept && !found->second.name.empty()) json.Member("name", found->second.name);
    json.Key("parts").Raw(is_kept ? std::string_view(found->second.parts) : "[]");
    if (!is_kept) json.Member("missing", true);
    json.Member("is_new", true).Member("position", static_cast<uint64_t>(position));
  }

  /// What was new in the first call; an unchanged system prompt only with the turn that began it.
  void WriteInput(JsonWriter& json, const Line* call) {
    json.BeginArray();
    size_t position = 0;
    if (call != nullptr) {
      for (const JsonValue hash : (*call)["input"].Elements()) {
        const std::string key(hash.text());
        const auto found = messages_.find(key);
        const bool is_instruction = found != messages_.end() && (found->second.role == "system" ||
                                                                 found->second.role == "developer");
        if (is_instruction && !instructions_.insert(key).second) continue;
        WriteMessage(json, key, position++);
        json.EndObject();
      }
    }
    json.EndArray();
  }

  void WriteOutput(JsonWriter& json, const Line* answer) {
    json.BeginArray();
    size_t position = 0;
    if (answer != nullptr) {
      for (const JsonValue hash : (*answer)["output"].Elements()) {
        WriteMessage(json, hash.text(), position);
        const JsonValue choice = (*answer)["choices"].At(position);
        json.Key("choice").Raw(choice.exists() ? choice.raw() : "null");
        TextOrNull(json, "finish_reason", (*answer)["reasons"].At(position).text());
        json.EndObject();
        ++position;
      }
    }
    json.EndArray();
  }

  static void WriteScores(JsonWriter& json, const Turn& turn) {
    std::string_view why = turn.call ? (*turn.call)["verdict"].text() : std::string_view();
    json.Key("scores").BeginArray();
    for (const Line* score : turn.scores) {
      const bool is_bad = (*score)["is_bad"].ToInt() == 1;
      if (is_bad && why.empty()) why = (*score)["reason"].text();
      json.BeginObject();
      Copy(json, *score,
           {"name", "value", "label", "source", "comment", "author", "time", "span_id"});
      json.Member("is_bad", is_bad).EndObject();
    }
    json.EndArray();
    json.Member("is_bad", !why.empty());
    TextOrNull(json, "why_bad", why);
  }

  const StoredMessages& messages_;
  std::set<std::string> instructions_;
};

void AddHashes(std::vector<std::string>& hashes, const Line& call) {
  for (const char* key : {"input", "output"}) {
    for (const JsonValue hash : call[key].Elements()) hashes.emplace_back(hash.text());
  }
}

/// Answers and scores by the hex id of their trace.
std::map<std::string_view, Turn> Group(const Lines& traces, const Lines& calls,
                                       const Lines& scores) {
  std::map<std::string_view, Turn> turns;
  for (const auto& trace : traces) turns[(*trace)["trace"].text()].trace = trace.get();
  for (const auto& call : calls) {
    if (const auto turn = turns.find((*call)["trace"].text()); turn != turns.end())
      turn->second.call = call.get();
  }
  for (const auto& score : scores) {
    if (const auto turn = turns.find((*score)["trace"].text()); turn != turns.end())
      turn->second.scores.push_back(score.get());
  }
  return turns;
}

ListKey KeyOf(const Line& trace) {
  return {Nanos{trace["start"].ToInt().value_or(0)},
          TraceId::FromHex(trace["trace"].text()).value_or(TraceId{}),
          {}};
}

Result<void> WriteTurns(clickhouse::Client& client, const SessionPageRequest& request,
                        uint32_t digest, const Lines& traces, SessionPage& page) {
  auto said = RunBeside([&] { return ReadScores(client, request.project, traces); });
  TRY_ASSIGN(const Lines calls, ReadCalls(client, request.project, traces));
  std::vector<std::string> hashes;
  for (const auto& call : calls) AddHashes(hashes, *call);
  const SessionTimes times = TimesOf(traces);
  TRY_ASSIGN(const StoredMessages messages,
             ReadStoredMessages(client, request.project, std::move(hashes), [&](SqlText& sql) {
               AppendDaysBetween(sql, times.first_start, times.last_end);
             }));
  TRY_ASSIGN(const Lines scores, said.get());
  const auto turns = Group(traces, calls, scores);
  TurnWriter writer(messages);
  size_t size = 0;
  for (size_t i = 0; i < traces.size(); ++i) {
    const bool is_full = i == request.limit || (i > 0 && size > kSessionContentBytesMax);
    if (is_full) {
      page.next_cursor = CursorText(KeyOf(*traces[i - 1]), digest);
      break;
    }
    page.turns.push_back(writer.Write(turns.at((*traces[i])["trace"].text())));
    size += page.turns.back().size();
  }
  return {};
}

struct PagePlace {
  const std::optional<ListKey>& cursor;
  uint32_t digest = 0;
};

Result<void> ReadTurns(clickhouse::Client& client, const SessionPageRequest& request,
                       const SessionTimes& times, const PagePlace& place, SessionPage& page) {
  TRY_ASSIGN(const Lines traces, ReadTraces(client, request, times, place.cursor));
  if (traces.empty()) return {};
  return WriteTurns(client, request, place.digest, traces, page);
}

}  // namespace

Result<SessionPage> ReadSession(clickhouse::Client& client, const SessionPageRequest& request) {
  if (request.limit == 0 || request.limit > kPageSizeMax)
    return Fail(ErrorCode::kInvalidInput, "limit: is 1 to " + std::to_string(kPageSizeMax));
  const std::string_view parts[] = {"session", request.project, request.session_id};
  const uint32_t digest = FilterDigest(0, parts);
  std::optional<ListKey> cursor;
  if (!request.cursor.empty()) {
    TRY_ASSIGN(cursor, ParseCursor(request.cursor, digest));
  }
  SessionPage page;
  Result<void> written;
  TRY_ASSIGN(
      SessionSums sums,
      FindSession(client, request.project, request.session_id, [&](const SessionTimes& times) {
        written = ReadTurns(client, request, times, {cursor, digest}, page);
      }));
  TRY(written);
  page.session = std::move(sums.json);
  return page;
}

}  // namespace vitrine::query
