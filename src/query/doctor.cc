#include "query/doctor.h"

#include "base/arena.h"
#include "query/limits.h"
#include "query/sql_text.h"
#include "syntax/json/json_document.h"

namespace vitrine::query {
namespace {

/// Reads rows of key, scope, reason, count, example, last seen.
Result<std::vector<AttributeFinding>> Findings(clickhouse::Client& client, const SqlText& sql) {
  TRY_ASSIGN(const auto lines, AskLines(client, sql));
  std::vector<AttributeFinding> findings;
  for (const std::string& line : lines) {
    Arena arena;
    syntax::JsonDocument document;
    if (document.Parse(line, arena) != syntax::JsonStatus::kOk)
      return Fail(ErrorCode::kInternal, "unexpected row of the doctor: " + line);
    const auto row = document.root();
    AttributeFinding finding{std::string(row.At(0).text()),
                             std::string(row.At(1).text()),
                             std::string(row.At(2).text()),
                             row.At(3).ToUint().value_or(0),
                             std::nullopt,
                             std::string(row.At(5).text())};
    if (row.At(4).is_string()) finding.example = std::string(row.At(4).text());
    findings.push_back(std::move(finding));
  }
  return findings;
}

void AppendSpans(SqlText& sql, std::string_view project, Nanos since) {
  (sql << "FROM (SELECT * FROM vitrine.spans WHERE project = ").Param(project);
  (sql << " AND start_time >= ").Time(since) << ") ";
}

}  // namespace

Result<DoctorReport> ExamineSpans(clickhouse::Client& client, std::string_view project) {
  DoctorReport report;
  SqlText bound;
  bound << "SELECT toInt64(count()), reinterpretAsInt64(min(start_time)) FROM (SELECT start_time "
           "FROM vitrine.span_rows WHERE project = ";
  bound.Param(project) << " AND is_deleted = 0 AND is_fragment = 0 ORDER BY start_time DESC LIMIT "
                       << kDoctorSpansMax << ") FORMAT JSONCompactEachRow";
  TRY_ASSIGN(const auto lines, AskLines(client, bound));
  Arena arena;
  syntax::JsonDocument document;
  if (lines.empty() || document.Parse(lines[0], arena) != syntax::JsonStatus::kOk)
    return Fail(ErrorCode::kInternal, "unexpected count of spans");
  report.spans_examined = document.root().At(0).ToUint().value_or(0);
  if (report.spans_examined == 0) return report;
  report.since = Nanos{document.root().At(1).ToInt().value_or(0)};

  SqlText unmapped;
  unmapped << "SELECT key, scope_name, '', count() AS count, nullIf(substringUTF8(any(value), 1, "
           << kDoctorExampleBytesMax << "), ''), max(start_time) ";
  AppendSpans(unmapped, project, *report.since);
  unmapped << "ARRAY JOIN mapKeys(attributes) AS key, mapValues(attributes) AS value "
              "GROUP BY key, scope_name ORDER BY count DESC, key LIMIT "
           << kDoctorRowsMax << " FORMAT JSONCompactEachRow";
  TRY_ASSIGN(report.unmapped, Findings(client, unmapped));

  // "key: reason"; the value stays in the attributes as it was sent.
  SqlText malformed;
  malformed << "SELECT splitByString(': ', finding)[1] AS key, scope_name, substring(finding, "
               "length(key) + 3) AS reason, count() AS count, nullIf(substringUTF8(any("
               "attributes[key]), 1, "
            << kDoctorExampleBytesMax << "), ''), max(start_time) ";
  AppendSpans(malformed, project, *report.since);
  malformed << "ARRAY JOIN malformed AS finding GROUP BY key, scope_name, reason "
               "ORDER BY count DESC, key LIMIT "
            << kDoctorRowsMax << " FORMAT JSONCompactEachRow";
  TRY_ASSIGN(report.malformed, Findings(client, malformed));
  return report;
}

}  // namespace vitrine::query
