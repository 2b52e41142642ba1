#include "query/doctor.h"

#include <iterator>

#include "query/internal/table_ends.h"
#include "query/internal/visit_rows.h"
#include "query/limits.h"
#include "query/sql_text.h"

namespace vitrine::query {
namespace {

/// Which spans are looked at: the newest, whose days are the last ones.
Result<void> FindBound(clickhouse::Client& client, std::string_view project, DoctorReport& report) {
  constexpr const char* kTable = "vitrine.span_rows";
  for (size_t step = 0; step <= std::size(kEndDays); ++step) {
    SqlText sql;
    sql << "SELECT toInt64(count()), reinterpretAsInt64(min(start_time)), (SELECT max(day) - "
           "min(day) FROM "
        << kTable << ") FROM (SELECT start_time FROM " << kTable << " WHERE project = ";
    AppendEndDays(sql.Param(project), kTable, TableEnd::kLast, step);
    sql << " AND is_deleted = 0 AND is_fragment = 0 ORDER BY start_time DESC LIMIT "
        << kDoctorSpansMax << ") FORMAT JSONCompactEachRow";
    bool is_all = step == std::size(kEndDays);
    TRY(VisitRows(client, sql, [&](const syntax::JsonValue& row) {
      report.spans_examined = row.At(0).ToUint().value_or(0);
      report.since = Nanos{row.At(1).ToInt().value_or(0)};
      is_all = is_all || row.At(2).ToInt().value_or(0) <= int64_t{kEndDays[step]};
    }));
    if (is_all || report.spans_examined == kDoctorSpansMax) break;
  }
  if (report.spans_examined == 0) report.since.reset();
  return {};
}

/// What was found in a span: whether it is malformed, the key, the reason and the value. Of a
/// malformed one "key: reason" is kept; the value stays in the attributes as it was sent.
constexpr const char* kFound =
    "arrayConcat(arrayMap((k, v) -> (0, k, '', v), mapKeys(attributes), mapValues(attributes)), "
    "arrayMap(f -> (1, splitByString(': ', f)[1] AS key_of, substring(f, length(key_of) + 3), "
    "attributes[key_of]), malformed))";

}  // namespace

Result<DoctorReport> ExamineSpans(clickhouse::Client& client, std::string_view project) {
  DoctorReport report;
  TRY(FindBound(client, project, report));
  if (!report.since) return report;
  SqlText sql;
  sql << "SELECT tupleElement(found, 1) AS is_malformed, tupleElement(found, 2) AS key, "
         "scope_name, "
         "tupleElement(found, 3) AS reason, count() AS count, "
         "nullIf(substringUTF8(any(tupleElement(found, 4)), 1, "
      << kDoctorExampleBytesMax << "), ''), max(start_time) FROM (SELECT scope_name, start_time, "
      << "arrayJoin(" << kFound << ") AS found FROM vitrine.span_rows FINAL WHERE project = ";
  (sql.Param(project) << " AND start_time >= ").Time(*report.since);
  sql << " AND is_fragment = 0 AND (notEmpty(attributes) OR notEmpty(malformed))) "
         "GROUP BY is_malformed, key, scope_name, reason ORDER BY count DESC, key LIMIT "
      << kDoctorRowsMax << " BY is_malformed FORMAT JSONCompactEachRow";
  TRY(VisitRows(client, sql, [&](const syntax::JsonValue& row) {
    AttributeFinding finding{std::string(row.At(1).text()),
                             std::string(row.At(2).text()),
                             std::string(row.At(3).text()),
                             row.At(4).ToUint().value_or(0),
                             std::nullopt,
                             std::string(row.At(6).text())};
    if (row.At(5).is_string()) finding.example = std::string(row.At(5).text());
    auto& findings = row.At(0).ToInt() == 1 ? report.malformed : report.unmapped;
    findings.push_back(std::move(finding));
  }));
  return report;
}

}  // namespace vitrine::query
