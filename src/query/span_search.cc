#include "query/span_search.h"

#include <algorithm>

#include "base/arena.h"
#include "query/limits.h"
#include "query/otel_names.h"
#include "query/sql_text.h"
#include "query/trace_place.h"
#include "storage/schema/length_sql.h"
#include "storage/schema/schema.h"
#include "syntax/json/json_document.h"

namespace vitrine::query {
namespace {

using syntax::JsonValue;

/// ClickHouse: CANNOT_COMPILE_REGEXP.
constexpr int kBadRegularExpression = 427;

struct Intrinsic {
  std::string_view key;
  std::string_view sql;
  bool is_number = false;
  bool is_of_trace = false;  ///< Over columns of trace_rows.
};

constexpr Intrinsic kIntrinsics[] = {
    {"name", "toString(name)"},
    {"status", "toString(status)"},
    // As spans are handed out: a model is called, everything else is within.
    {"kind", "if(kind IN ('llm', 'embedding', 'rerank'), 'client', 'internal')"},
    {"trace_id", "lower(hex(trace_id))"},
    {"span_id", "lower(hex(span_id))"},
    {"duration", storage::kLengthSql, true},
    {"trace_duration", storage::kLengthSql, true, true},
    {"root_name", "toString(name)", false, true},
    {"root_service", "toString(service)", false, true},
};

std::string_view OperatorSql(TermOperator op) {
  switch (op) {
    case TermOperator::kNotEqual: return " != ";
    case TermOperator::kLess: return " < ";
    case TermOperator::kLessEqual: return " <= ";
    case TermOperator::kGreater: return " > ";
    case TermOperator::kGreaterEqual: return " >= ";
    default: return " = ";
  }
}

/// Appends what a term's key stands for, as text, or whether it is there at all.
void AppendValue(SqlText& sql, const SpanTerm& term, bool presence) {
  const OtelName* name = FindOtelName(term.key);
  const bool fits = name != nullptr && (term.scope == TermScope::kAny ||
                                        (term.scope == TermScope::kResource) == name->is_resource);
  if (fits) {
    sql << "ifNull(toString(" << name->column << "), '')" << (presence ? " != ''" : "");
    return;
  }
  const auto map = [&](std::string_view column) {
    (sql << (presence ? "mapContains(" : "") << column << (presence ? ", " : "[")).Param(term.key);
    sql << (presence ? ")" : "]");
  };
  if (term.scope == TermScope::kSpan) return map("attributes");
  if (term.scope == TermScope::kResource) return map("resource");
  if (presence) {
    sql << "(";
    map("attributes");
    sql << " OR ";
    map("resource");
    sql << ")";
    return;
  }
  (sql << "if(mapContains(attributes, ").Param(term.key) << "), ";
  map("attributes");
  sql << ", ";
  map("resource");
  sql << ")";
}

/// Appends a comparison of `value`, which is text.
template <typename Value>
void AppendComparison(SqlText& sql, const SpanTerm& term, const Value& value) {
  if (term.type == TermValue::kNumber) {
    sql << "ifNull(toFloat64OrNull(toString(";
    value();
    (sql << "))" << OperatorSql(term.op) << "toFloat64(").Param(term.value) << "), 0)";
    return;
  }
  if (term.op == TermOperator::kMatch || term.op == TermOperator::kNotMatch) {
    sql << (term.op == TermOperator::kMatch ? "match(" : "NOT match(");
    value();
    // The whole value, as TraceQL has it.
    (sql << ", ").Param("^(?s:" + term.value + ")$") << ")";
    return;
  }
  value();
  (sql << OperatorSql(term.op)).Param(term.value);
}

Result<void> AppendIntrinsic(SqlText& sql, const SpanTerm& term, const std::string& project) {
  const auto intrinsic = std::ranges::find(kIntrinsics, term.key, &Intrinsic::key);
  if (intrinsic == std::end(kIntrinsics))
    return Fail(ErrorCode::kInvalidInput, "'" + term.key + "' cannot be searched for here");
  if (term.type == TermValue::kNothing) {
    sql << (term.op == TermOperator::kEqual ? "0" : "1");
    return {};
  }
  if (intrinsic->is_number != (term.type == TermValue::kNumber))
    return Fail(ErrorCode::kInvalidInput, "'" + term.key + "' is compared with " +
                                              (intrinsic->is_number ? "a duration" : "a text"));
  if (intrinsic->is_of_trace) {
    (sql << "trace_id IN (SELECT trace_id FROM vitrine.trace_rows FINAL WHERE project = ")
        .Param(project);
    sql << " AND ";
  }
  AppendComparison(sql, term, [&] { sql << intrinsic->sql; });
  if (intrinsic->is_of_trace) sql << ")";
  return {};
}

Result<void> AppendTerm(SqlText& sql, const SpanTerm& term, const std::string& project) {
  if (term.scope == TermScope::kIntrinsic) return AppendIntrinsic(sql, term, project);
  const bool is_absence = term.type == TermValue::kNothing && term.op == TermOperator::kEqual;
  if (is_absence) sql << "NOT ";
  AppendValue(sql, term, true);
  if (term.type == TermValue::kNothing) return {};
  sql << " AND ";
  AppendComparison(sql, term, [&] { AppendValue(sql, term, false); });
  return {};
}

Result<void> AppendCondition(SqlText& sql, const SpanCondition& condition,
                             const std::string& project) {
  if (condition.kind == SpanCondition::Kind::kTerm) {
    sql << "(";
    TRY(AppendTerm(sql, condition.term, project));
    sql << ")";
    return {};
  }
  const bool is_or = condition.kind == SpanCondition::Kind::kOr;
  sql << (condition.kind == SpanCondition::Kind::kNot ? "NOT (" : "(");
  for (size_t i = 0; i < condition.parts.size(); ++i) {
    if (i > 0) sql << (is_or ? " OR " : " AND ");
    TRY(AppendCondition(sql, condition.parts[i], project));
  }
  sql << (condition.parts.empty() ? (is_or ? "0)" : "1)") : ")");
  return {};
}

void AppendTimes(SqlText& sql, Nanos from, Nanos to) {
  (sql << " AND start_time >= ").Time(from);
  (sql << " AND start_time < ").Time(to);
}

Result<SqlText> SearchSql(const SpanSearch& search) {
  SqlText sql;
  sql << "SELECT lower(hex(trace_id)) AS t, count() AS matched, max(start_time) AS newest, "
         "groupArray("
      << search.spans_max
      << ")((lower(hex(span_id)), name, service, reinterpretAsInt64(start_time), "
      << storage::kLengthSql << ")) AS found FROM (SELECT *" << storage::RareFieldColumns()
      << " FROM vitrine.span_rows FINAL WHERE project = ";
  sql.Param(search.project);
  AppendTimes(sql, search.from, search.to);
  sql << " AND is_fragment = 0) WHERE ";
  TRY(AppendCondition(sql, search.condition, search.project));
  sql << " GROUP BY trace_id ORDER BY newest DESC, trace_id LIMIT " << search.traces_max
      << " FORMAT JSONEachRow";
  return sql;
}

FoundTrace TraceOf(JsonValue row) {
  FoundTrace trace;
  trace.trace_id = TraceId::FromHex(row["t"].text()).value_or(TraceId{});
  trace.matched = row["matched"].ToUint().value_or(0);
  for (const JsonValue cells : row["found"].Elements()) {
    trace.spans.push_back({SpanId::FromHex(cells.At(0).text()).value_or(SpanId{}),
                           std::string(cells.At(1).text()), std::string(cells.At(2).text()),
                           cells.At(3).ToInt().value_or(0), cells.At(4).ToInt().value_or(0)});
  }
  return trace;
}

/// Fills in what the traces' own rows say.
Result<void> ReadHeads(clickhouse::Client& client, const std::string& project,
                       std::vector<FoundTrace>& traces) {
  if (traces.empty()) return {};
  std::vector<std::string> ids;
  for (const FoundTrace& trace : traces) ids.push_back(trace.trace_id.ToHex());
  SqlText sql;
  sql << "SELECT lower(hex(trace_id)) AS t, name, service, reinterpretAsInt64(start_time) AS b, "
      << storage::kLengthSql << " AS d FROM (SELECT * FROM vitrine.trace_rows WHERE project = ";
  (sql.Param(project) << " AND lower(hex(trace_id)) IN ").List(ids);
  TRY(AppendPlaces(client, project, ids, sql));
  sql << " ORDER BY version DESC, is_deleted LIMIT 1 BY trace_id) FORMAT JSONEachRow";
  TRY_ASSIGN(const auto lines, AskLines(client, sql));
  for (const std::string& line : lines) {
    Arena arena;
    syntax::JsonDocument document;
    document.Parse(line, arena);
    const JsonValue row = document.root();
    const auto id = TraceId::FromHex(row["t"].text());
    for (FoundTrace& trace : traces) {
      if (!id || trace.trace_id != *id) continue;
      trace.name = row["name"].text();
      trace.service = row["service"].text();
      trace.start_ns = row["b"].ToInt().value_or(0);
      trace.duration_ns = row["d"].ToInt().value_or(0);
    }
  }
  return {};
}

/// One text a line.
Result<std::vector<std::string>> AskNames(clickhouse::Client& client, const SqlText& sql) {
  TRY_ASSIGN(const auto lines, AskLines(client, sql));
  std::vector<std::string> names;
  for (const std::string& line : lines) {
    Arena arena;
    syntax::JsonDocument document;
    document.Parse(line, arena);
    names.emplace_back(document.root()["v"].text());
  }
  return names;
}

}  // namespace

Result<std::vector<FoundTrace>> SearchSpans(clickhouse::Client& client, const SpanSearch& search) {
  TRY_ASSIGN(const SqlText sql, SearchSql(search));
  const auto lines = AskLines(client, sql);
  if (!lines) {
    if (clickhouse::ExceptionCode(lines.error()) == kBadRegularExpression)
      return Fail(ErrorCode::kInvalidInput, "the regular expression cannot be read");
    return std::unexpected(lines.error());
  }
  std::vector<FoundTrace> traces;
  for (const std::string& line : *lines) {
    Arena arena;
    syntax::JsonDocument document;
    if (document.Parse(line, arena) != syntax::JsonStatus::kOk)
      return Fail(ErrorCode::kInternal, "a found trace is not JSON");
    traces.push_back(TraceOf(document.root()));
  }
  TRY(ReadHeads(client, search.project, traces));
  return traces;
}

Result<std::vector<std::string>> ServiceNames(clickhouse::Client& client,
                                              std::string_view project) {
  SqlText sql;
  sql << "SELECT DISTINCT toString(service) AS v FROM vitrine.rollup_rows WHERE project = ";
  sql.Param(project) << " AND service != '' ORDER BY v LIMIT " << kInteropNamesMax
                     << " FORMAT JSONEachRow";
  return AskNames(client, sql);
}

Result<std::vector<std::string>> SpanNames(clickhouse::Client& client, std::string_view project,
                                           std::string_view service, Nanos from) {
  SqlText sql;
  sql << "SELECT DISTINCT toString(name) AS v FROM vitrine.span_rows WHERE project = ";
  (sql.Param(project) << " AND service = ").Param(service);
  (sql << " AND is_deleted = 0 AND is_fragment = 0 AND start_time >= ").Time(from);
  sql << " ORDER BY v LIMIT " << kInteropNamesMax << " FORMAT JSONEachRow";
  return AskNames(client, sql);
}

Result<std::vector<std::string>> AttributeKeys(clickhouse::Client& client, std::string_view project,
                                               bool of_resource, Nanos from, Nanos to) {
  const std::string_view column = of_resource ? "resource" : "attributes";
  SqlText sql;
  sql << "SELECT DISTINCT arrayJoin(mapKeys(" << column << ")) AS v FROM (SELECT " << column
      << " FROM vitrine.span_rows WHERE project = ";
  sql.Param(project);
  AppendTimes(sql, from, to);
  sql << " ORDER BY start_time DESC LIMIT " << kInteropSpansLookedAt << ") ORDER BY v LIMIT "
      << kInteropNamesMax << " FORMAT JSONEachRow";
  return AskNames(client, sql);
}

Result<std::vector<std::string>> AttributeValues(clickhouse::Client& client,
                                                 std::string_view project, TermScope scope,
                                                 std::string_view key, Nanos from, Nanos to) {
  SqlText sql;
  sql << "SELECT DISTINCT ";
  bool is_of_trace = false;
  if (scope == TermScope::kIntrinsic) {
    const auto intrinsic = std::ranges::find(kIntrinsics, key, &Intrinsic::key);
    if (intrinsic == std::end(kIntrinsics) || intrinsic->is_number)
      return std::vector<std::string>();
    is_of_trace = intrinsic->is_of_trace;
    sql << intrinsic->sql;
  } else {
    SpanTerm term;
    term.scope = scope;
    term.key = key;
    AppendValue(sql, term, false);
  }
  sql << " AS v FROM (SELECT *" << (is_of_trace ? "" : storage::RareFieldColumns()) << " FROM "
      << (is_of_trace ? "vitrine.trace_rows" : "vitrine.span_rows") << " WHERE project = ";
  sql.Param(project);
  AppendTimes(sql, from, to);
  sql << " AND is_deleted = 0 ORDER BY start_time DESC LIMIT " << kInteropSpansLookedAt
      << ") WHERE v != '' ORDER BY v LIMIT " << kInteropNamesMax << " FORMAT JSONEachRow";
  return AskNames(client, sql);
}

Result<std::vector<ServiceCall>> ServiceCalls(clickhouse::Client& client, std::string_view project,
                                              Nanos from, Nanos to) {
  SqlText sql;
  // Only traces with several services can hold such a pair.
  const auto rows = [&](std::string_view columns) {
    (sql << "(SELECT " << columns << " FROM vitrine.span_rows FINAL WHERE project = ")
        .Param(project);
    AppendTimes(sql, from, to);
    (sql << " AND is_fragment = 0 AND trace_id IN (SELECT trace_id FROM vitrine.trace_rows FINAL "
            "WHERE project = ")
        .Param(project);
    AppendTimes(sql, from, to);
    sql << " AND length(services) > 1))";
  };
  sql << "SELECT toString(above.service) AS parent, toString(below.service) AS child, count() AS "
         "calls FROM ";
  rows("trace_id, parent_span_id, service");
  sql << " AS below INNER JOIN ";
  rows("trace_id, span_id, service");
  sql << " AS above ON below.trace_id = above.trace_id AND below.parent_span_id = above.span_id "
         "WHERE above.service != below.service GROUP BY parent, child ORDER BY parent, child LIMIT "
      << kInteropNamesMax << " FORMAT JSONEachRow";
  TRY_ASSIGN(const auto lines, AskLines(client, sql));
  std::vector<ServiceCall> calls;
  for (const std::string& line : lines) {
    Arena arena;
    syntax::JsonDocument document;
    document.Parse(line, arena);
    const JsonValue row = document.root();
    calls.push_back({std::string(row["parent"].text()), std::string(row["child"].text()),
                     row["calls"].ToUint().value_or(0)});
  }
  return calls;
}

}  // namespace vitrine::query
