#include "query/view_columns.h"

#include <algorithm>

#include "query/sql_text.h"
#include "storage/schema/schema.h"

namespace vitrine::query {

const std::vector<std::string>& ViewNames() { return storage::PublicViews(); }

Result<std::vector<std::string>> ViewColumns(clickhouse::Client& client, const std::string& view) {
  const auto& views = ViewNames();
  if (std::ranges::find(views, view) == views.end()) {
    std::string list;
    for (const std::string& one : views) (list += list.empty() ? "" : ", ") += one;
    return Fail(ErrorCode::kNotFound, "there is no view '" + view + "'; there are: " + list);
  }
  SqlText sql;
  (sql << "SELECT name, type FROM system.columns WHERE database = 'vitrine' AND table = ")
      .Param(view);
  sql << " ORDER BY position FORMAT JSONEachRow";
  return AskLines(client, sql);
}

}  // namespace vitrine::query
