#include "query/otel_spans.h"

#include "base/arena.h"
#include "query/otel_names.h"
#include "query/sql_text.h"
#include "query/trace_place.h"
#include "storage/schema/schema.h"
#include "syntax/json/json_document.h"

namespace vitrine::query {
namespace {

using syntax::JsonValue;

/// The names a span is shown with: the first of each column.
std::vector<const OtelName*> ShownNames() {
  std::vector<const OtelName*> shown;
  for (const OtelName& name : OtelNames()) {
    bool is_first = true;
    for (const OtelName* other : shown) is_first = is_first && other->column != name.column;
    if (is_first) shown.push_back(&name);
  }
  return shown;
}

Result<SqlText> SpansSql(clickhouse::Client& client, std::string_view project,
                         std::span<const TraceId> traces) {
  std::vector<std::string> ids;
  for (const TraceId& trace : traces) ids.push_back(trace.ToHex());
  SqlText sql;
  sql << "SELECT lower(hex(trace_id)) AS t, lower(hex(span_id)) AS s, lower(hex(parent_span_id)) "
         "AS p, reinterpretAsInt64(start_time) AS b, reinterpretAsInt64(end_time) AS e, name, "
         "kind, status, status_message, service, scope_name, scope_version, attributes, "
         "attribute_types, resource, resource_types, events, links, [";
  bool is_first = true;
  for (const OtelName* name : ShownNames()) {
    sql << (is_first ? "" : ", ") << "ifNull(toString(" << name->column << "), '')";
    is_first = false;
  }
  // As for the page of a trace: FINAL would read every column before it looks for the trace.
  sql << "] AS known FROM (SELECT *" << storage::RareFieldColumns()
      << " FROM (SELECT * FROM vitrine.span_rows WHERE project = ";
  (sql.Param(project) << " AND lower(hex(trace_id)) IN ").List(ids);
  TRY(AppendPlaces(client, project, ids, sql));
  sql << " ORDER BY start_time, trace_id, span_id, version DESC, is_deleted LIMIT 1 BY "
         "start_time, trace_id, span_id) WHERE is_deleted = 0 AND is_fragment = 0) "
         "ORDER BY t, b FORMAT JSONEachRow";
  return sql;
}

void TakeMap(std::vector<OtelAttribute>& out, JsonValue map, std::string_view types) {
  size_t index = 0;
  for (const auto [key, value] : map.Members()) {
    const char type = index < types.size() ? types[index] : 's';
    ++index;
    out.push_back({std::string(key), type, std::string(value.text())});
  }
}

OtelSpan SpanOf(JsonValue row, const std::vector<const OtelName*>& names) {
  OtelSpan span;
  span.trace_id = TraceId::FromHex(row["t"].text()).value_or(TraceId{});
  span.span_id = SpanId::FromHex(row["s"].text()).value_or(SpanId{});
  span.parent_span_id = SpanId::FromHex(row["p"].text()).value_or(SpanId{});
  span.start_ns = row["b"].ToInt().value_or(0);
  // OpenTelemetry has no unknown end.
  span.end_ns = std::max(span.start_ns, row["e"].ToInt().value_or(0));
  for (const auto& [member, text] :
       {std::pair("name", &span.name), std::pair("kind", &span.kind),
        std::pair("status", &span.status), std::pair("status_message", &span.status_message),
        std::pair("service", &span.service), std::pair("scope_name", &span.scope_name),
        std::pair("scope_version", &span.scope_version), std::pair("events", &span.events),
        std::pair("links", &span.links)}) {
    *text = row[member].text();
  }
  size_t index = 0;
  for (const JsonValue value : row["known"].Elements()) {
    const OtelName& name = *names[index++];
    // What came under this very name is told as it came.
    const bool came = row[name.is_resource ? "resource" : "attributes"][name.key].exists();
    if (value.text().empty() || came) continue;
    (name.is_resource ? span.resource : span.attributes)
        .push_back({std::string(name.key), name.type, std::string(value.text())});
  }
  TakeMap(span.attributes, row["attributes"], row["attribute_types"].text());
  TakeMap(span.resource, row["resource"], row["resource_types"].text());
  return span;
}

}  // namespace

Result<std::vector<OtelSpan>> ReadOtelSpans(clickhouse::Client& client, std::string_view project,
                                            std::span<const TraceId> traces) {
  std::vector<OtelSpan> spans;
  if (traces.empty()) return spans;
  TRY_ASSIGN(const SqlText sql, SpansSql(client, project, traces));
  TRY_ASSIGN(const auto lines, AskLines(client, sql));
  const auto names = ShownNames();
  for (const std::string& line : lines) {
    Arena arena;
    syntax::JsonDocument document;
    if (document.Parse(line, arena) != syntax::JsonStatus::kOk)
      return Fail(ErrorCode::kInternal, "a span's row is not JSON");
    spans.push_back(SpanOf(document.root(), names));
  }
  return spans;
}

}  // namespace vitrine::query
