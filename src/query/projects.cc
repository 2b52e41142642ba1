#include "query/projects.h"

#include "base/arena.h"
#include "query/limits.h"
#include "query/sql_text.h"
#include "syntax/json/json_document.h"

namespace vitrine::query {
namespace {

using syntax::JsonValue;

template <typename Visit>
Result<void> VisitRows(clickhouse::Client& client, const SqlText& sql, const Visit& visit) {
  TRY_ASSIGN(const auto lines, AskLines(client, sql));
  for (const std::string& line : lines) {
    Arena arena;
    syntax::JsonDocument document;
    if (document.Parse(line, arena) != syntax::JsonStatus::kOk)
      return Fail(ErrorCode::kInternal, "unexpected row: " + line);
    visit(document.root());
  }
  return {};
}

}  // namespace

Result<std::vector<ProjectCount>> ListProjects(clickhouse::Client& client,
                                               const std::optional<std::string>& only) {
  SqlText sql;
  // Distinct ids instead of merged versions: a fraction of the work, and the same number.
  sql << "SELECT project, uniqExact(trace_id) FROM vitrine.trace_rows WHERE is_deleted = 0";
  if (only) (sql << " AND project = ").Param(*only);
  sql << " GROUP BY project ORDER BY project FORMAT JSONCompactEachRow";
  std::vector<ProjectCount> projects;
  TRY(VisitRows(client, sql, [&](const JsonValue& row) {
    projects.push_back({std::string(row.At(0).text()), row.At(1).ToUint().value_or(0)});
  }));
  return projects;
}

Result<std::vector<UnpricedModel>> ListUnpricedModels(clickhouse::Client& client,
                                                      std::string_view project) {
  SqlText sql;
  sql << "SELECT provider, model, toUInt64(round(sum(unpriced_calls))) AS calls, "
         "maxIf(minute, unpriced_calls > 0) FROM vitrine.rollup_rows WHERE project = ";
  sql.Param(project) << " GROUP BY provider, model HAVING calls > 0 ORDER BY calls DESC, model "
                        "LIMIT "
                     << kUnpricedModelsMax << " FORMAT JSONCompactEachRow";
  std::vector<UnpricedModel> models;
  TRY(VisitRows(client, sql, [&](const JsonValue& row) {
    models.push_back({std::string(row.At(0).text()), std::string(row.At(1).text()),
                      row.At(2).ToUint().value_or(0), std::string(row.At(3).text())});
  }));
  return models;
}

}  // namespace vitrine::query
