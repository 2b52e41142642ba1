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
  sql << "SELECT counted.name, counted.mine, counted.rows, parts.bytes FROM (";
  for (const auto& entry : kTables) {
    // Each table begins with its project: a count of one reads little more than the index.
    sql << (&entry == kTables ? "" : " UNION ALL ") << "SELECT '" << entry.table << "' AS stored, '"
        << entry.view << "' AS name, countIf(project = ";
    sql.Param(project) << ") AS mine, count() AS rows FROM vitrine." << entry.table;
  }
  sql << ") AS counted LEFT JOIN (SELECT table, sum(bytes_on_disk) AS bytes FROM system.parts "
         "WHERE "
         "active AND database = 'vitrine' GROUP BY table) AS parts ON counted.stored = parts.table "
         "WHERE counted.mine > 0 FORMAT RowBinary";
  TRY_ASSIGN(const std::string answer, AskText(client, sql));
  std::vector<TableSize> sizes;
  for (BinaryRow row(answer); !row.rest().empty();) {
    TableSize size;
    size.name = row.Text();
    size.rows = row.Number<uint64_t>();
    const auto rows = row.Number<uint64_t>(), bytes = row.Number<uint64_t>();
    if (!row.complete() || rows == 0)
      return Fail(ErrorCode::kInternal, "unexpected size of a table");
    size.bytes = static_cast<uint64_t>(static_cast<double>(bytes) * static_cast<double>(size.rows) /
                                       static_cast<double>(rows));
    sizes.push_back(std::move(size));
  }
  std::ranges::sort(sizes, [](const TableSize& a, const TableSize& b) {
    return std::tie(b.bytes, a.name) < std::tie(a.bytes, b.name);
  });
  return sizes;
}

}  // namespace vitrine::query
