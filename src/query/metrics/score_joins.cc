#include "query/metrics/score_joins.h"

#include "query/internal/visit_rows.h"
#include "query/limits.h"
#include "query/metrics/leaf_sql.h"

namespace vitrine::query {
namespace {

constexpr const char* kNoTrace = "toFixedString('', 16)";

/// One way in which a row has a score.
struct Way {
  const char* letter;      ///< Tells its columns from those of other ways.
  const char* keys;        ///< Of the score.
  const char* key_names;   ///< The same, as columns of the join: '#' stands for the prefix.
  const char* conditions;  ///< Which scores are of this sort.
  const char* on;          ///< '#' as above.
};

const Way kOwn{"o", "trace_id AS #_trace, span_id AS #_span", "#_trace, #_span",
               "span_id != toFixedString('', 8)", "trace_id = #_trace AND span_id = #_span"};
const Way kResponse{"r", "response_id AS #_response", "#_response",
                    "response_id != '' AND trace_id = toFixedString('', 16)",
                    "response_id = #_response"};
const Way kTrace{"t", "trace_id AS #_trace", "#_trace", "trace_id != toFixedString('', 16)",
                 "trace_id = #_trace"};
const Way kSession{"s", "session_id AS #_session", "#_session",
                   "session_id != '' AND response_id = '' AND trace_id = toFixedString('', 16)",
                   "session_id = #_session"};

/// The ways in which rows of the unit have the score, the first one first.
std::vector<Way> WaysOf(MetricsUnit unit, const MetricsScope& scope, const std::string& name) {
  const auto known = scope.scores.find(name);
  const auto is_there = [&](const Way& way) {
    return known == scope.scores.end() || known->second.ways.find(way.letter) != std::string::npos;
  };
  std::vector<Way> ways;
  if (unit == MetricsUnit::kTraces) {
    // Scores of answers are joined as scores of their traces.
    if (is_there(kTrace) || is_there(kResponse)) ways.push_back(kTrace);
    if (is_there(kSession)) ways.push_back(kSession);
    return ways;
  }
  for (const Way& way : {kOwn, kResponse, kTrace, kSession})
    if (is_there(way)) ways.push_back(way);
  return ways;
}

/// Letters of the ways that scores with this value of the column `subject` are found in.
std::string_view WaysOfSubject(std::string_view subject) {
  if (subject == "span") return "ot";
  if (subject == "trace") return "t";
  return subject == "response" ? "r" : "s";
}

std::string Prefix(size_t index, const Way& way) {
  return "score" + std::to_string(index) + way.letter;
}

std::string Named(std::string text, const std::string& prefix) {
  for (size_t at = text.find('#'); at != std::string::npos; at = text.find('#', at))
    text.replace(at, 1, prefix);
  return text;
}

/// Scores by a response's id as scores of the trace that has it.
void AppendResponseTraces(SqlText& sql, const std::string& name, const std::string& project,
                          const std::string& prefix) {
  sql << " UNION ALL SELECT answered.trace AS " << prefix
      << "_trace, value, label, time, score_id FROM vitrine.score_rows FINAL INNER JOIN (SELECT "
         "response_id AS answered_response, any(trace_id) AS trace FROM vitrine.span_rows FINAL "
         "WHERE project = ";
  (sql.Param(project) << " AND response_id IN (SELECT response_id FROM vitrine.score_rows WHERE "
                         "project = ")
      .Param(project);
  (sql << " AND name = ").Param(name);
  sql << " AND response_id != '') GROUP BY response_id) AS answered ON response_id = "
         "answered_response WHERE project = ";
  (sql.Param(project) << " AND name = ").Param(name);
  sql << " AND trace_id = " << kNoTrace;
}

/// Leaves out scores of traces that have no row in the scope's range.
void AppendTracesOf(SqlText& sql, const MetricsScope& scope, MetricsUnit unit) {
  const bool is_of_traces = unit == MetricsUnit::kTraces;
  sql << " AND trace_id IN (SELECT trace_id FROM "
      << (is_of_traces ? "vitrine.trace_rows" : "vitrine.span_rows") << " WHERE project = ";
  sql.Param(scope.filter.project);
  (sql << " AND start_time >= ").Time(scope.range.from);
  (sql << " AND start_time < ").Time(scope.range.to) << ")";
}

void AppendJoin(SqlText& sql, const Way& way, size_t index, const std::string& name,
                const MetricsScope& scope, MetricsUnit unit) {
  const std::string prefix = Prefix(index, way);
  const std::string& project = scope.filter.project;
  sql << " LEFT ANY JOIN (SELECT " << Named(way.key_names, prefix) << ", toUInt8(1) AS " << prefix
      << "_has, tuple(value, label) AS " << prefix << "_latest FROM (SELECT "
      << Named(way.keys, prefix)
      // Conditions are on the table's key: they hold for all versions of a row or for none.
      << ", value, label, time, score_id FROM vitrine.score_rows FINAL PREWHERE project = ";
  (sql.Param(project) << " AND name = ").Param(name) << " AND " << way.conditions;
  const bool is_by_trace = way.letter == kTrace.letter || way.letter == kOwn.letter;
  const auto known = scope.scores.find(name);
  if (is_by_trace && known != scope.scores.end() && known->second.are_elsewhere)
    AppendTracesOf(sql, scope, unit);
  if (unit == MetricsUnit::kTraces && way.letter == kTrace.letter)
    AppendResponseTraces(sql, name, project, prefix);
  sql << ") ORDER BY time DESC, score_id DESC LIMIT 1 BY " << Named(way.key_names, prefix)
      << ") AS " << prefix << " ON " << Named(way.on, prefix);
}

Result<bool> HasManySpans(clickhouse::Client& client, const MetricsScope& scope) {
  SqlText sql;
  sql << "SELECT sum(spans) > " << kScoredRangeSpansMax
      << " FROM vitrine.hour_rollup_rows WHERE project = ";
  (sql.Param(scope.filter.project) << " AND minute >= toStartOfHour(").Time(scope.range.from);
  (sql << ") AND minute < ").Time(scope.range.to) << " FORMAT TSV";
  TRY_ASSIGN(const std::string answer, AskText(client, sql));
  return answer.starts_with('1');
}

}  // namespace

Result<void> FindScores(clickhouse::Client& client, const std::vector<std::string>& names,
                        MetricsScope& scope) {
  if (names.empty()) return {};
  SqlText sql;
  sql << "SELECT name, groupUniqArray(subject), 2 * countIf(time >= ";
  sql.Time(scope.range.from) << " AND time < ";
  // Without FINAL: a score that was replaced only makes a join that finds nothing.
  sql.Time(scope.range.to) << ") < count() FROM vitrine.score_rows WHERE project = ";
  sql.Param(scope.filter.project) << " AND name IN (";
  for (const std::string& name : names) (sql << (&name == names.data() ? "" : ", ")).Param(name);
  sql << ") GROUP BY name FORMAT JSONCompactEachRow";
  bool some_are_elsewhere = false;
  for (const std::string& name : names) scope.scores[name] = {};
  TRY(VisitRows(client, sql, [&](const syntax::JsonValue& row) {
    MetricsScope::Scores& found = scope.scores[std::string(row.At(0).text())];
    for (const auto subject : row.At(1).Elements()) found.ways += WaysOfSubject(subject.text());
    found.are_elsewhere = row.At(2).ToInt() == 1;
    some_are_elsewhere = some_are_elsewhere || found.are_elsewhere;
  }));
  if (!some_are_elsewhere) return {};
  // Their traces are looked for in a set of those in the range, which is to stay small.
  TRY_ASSIGN(const bool has_many, HasManySpans(client, scope));
  if (!has_many) return {};
  for (const std::string& name : names) scope.scores[name].are_elsewhere = false;
  return {};
}

void AppendScoreJoins(SqlText& sql, const std::vector<std::string>& names,
                      const MetricsScope& scope, MetricsUnit unit) {
  for (size_t i = 0; i < names.size(); ++i) {
    for (const Way& way : WaysOf(unit, scope, names[i])) {
      AppendJoin(sql, way, i, names[i], scope, unit);
    }
  }
}

void AppendScoreColumns(SqlText& sql, const std::vector<std::string>& names,
                        const MetricsScope& scope, MetricsUnit unit) {
  for (size_t i = 0; i < names.size(); ++i) {
    std::string latest = "tuple(CAST(NULL, 'Nullable(Float64)'), '')";
    const auto ways = WaysOf(unit, scope, names[i]);
    for (auto way = ways.rbegin(); way != ways.rend(); ++way) {
      const std::string prefix = Prefix(i, *way);
      latest = "if(" + prefix + "_has = 1, " + prefix + "_latest, " + latest + ")";
    }
    sql << ", " << latest << " AS score" << i << ", score" << i << ".1 AS " << ScoreValueColumn(i)
        << ", score" << i << ".2 AS score" << i << "_label";
  }
}

std::string ScoreTextSql(size_t index) {
  const std::string score = "score" + std::to_string(index);
  return "if(" + score + "_label != '', " + score + "_label, ifNull(toString(" + score +
         "_value), ''))";
}

}  // namespace vitrine::query
