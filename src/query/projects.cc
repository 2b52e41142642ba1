#include "query/projects.h"

#include "query/internal/visit_rows.h"
#include "query/limits.h"

namespace vitrine::query {

using syntax::JsonValue;

Result<std::vector<ProjectCount>> ListProjects(clickhouse::Client& client, TraceCounts& counts,
                                               const std::optional<std::string>& only) {
  TRY_ASSIGN(const auto traces, counts.Count(client));
  std::vector<ProjectCount> projects;
  for (const auto& [name, count] : traces) {
    if (!only || *only == name) projects.push_back({name, count});
  }
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
