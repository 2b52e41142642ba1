#include "query/storage_size.h"

#include <algorithm>
#include <tuple>

#include "query/internal/binary_rows.h"
#include "query/sql_text.h"

namespace vitrine::query {
namespace {

/// Tables that rows come and go with, and what they are called in the public views.
constexpr struct {
  const char* table;
  const char* view;
} kTables[] = {{"span_rows", "spans"},
               {"trace_rows", "traces"},
               {"trace_place_rows", "trace places"},
               {"message_rows", "messages"},
               {"exchange_rows", "exchanges"},
               {"attachment_rows", "attachments"},
               {"timeline_rows", "token_timeline"},
               {"rollup_rows", "rollups"},
               {"score_rows", "scores"}};

}  // namespace

Result<std::vector<TableSize>> MeasureStorage(clickhouse::Client& client,
                                              std::string_view project) {
  SqlText sql;
  sql << "SELECT counted.name, counted.mine, parts.rows, parts.bytes FROM (";
  for (const auto& entry : kTables) {
    // Each table begins with its project: this way the engine counts by the index alone.
    sql << (&entry == kTables ? "" : " UNION ALL ") << "SELECT '" << entry.table << "' AS stored, '"
        << entry.view << "' AS name, count() AS mine FROM vitrine." << entry.table
        << " WHERE project = ";
    sql.Param(project);
  }
  // Rows may come or go between the two: a part is no more than the whole.
  sql << ") AS counted LEFT JOIN (SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes "
         "FROM "
         "system.parts WHERE active AND database = 'vitrine' GROUP BY table) AS parts ON "
         "counted.stored = parts.table WHERE counted.mine > 0 AND parts.rows > 0 FORMAT RowBinary";
  TRY_ASSIGN(const std::string answer, AskText(client, sql));
  std::vector<TableSize> sizes;
  for (BinaryRow row(answer); !row.rest().empty();) {
    TableSize size;
    size.name = row.Text();
    size.rows = row.Number<uint64_t>();
    const auto rows = row.Number<uint64_t>(), bytes = row.Number<uint64_t>();
    if (!row.complete() || rows == 0)
      return Fail(ErrorCode::kInternal, "unexpected size of a table");
    const double part = static_cast<double>(bytes) * static_cast<double>(size.rows);
    size.bytes = std::min(bytes, static_cast<uint64_t>(part / static_cast<double>(rows)));
    sizes.push_back(std::move(size));
  }
  std::ranges::sort(sizes, [](const TableSize& a, const TableSize& b) {
    return std::tie(b.bytes, a.name) < std::tie(a.bytes, b.name);
  });
  return sizes;
}

}  // namespace vitrine::query
