#include "query/internal/table_ends.h"

#include <iterator>

namespace vitrine::query {

void AppendEndDays(SqlText& sql, std::string_view table, TableEnd end, size_t step) {
  if (step >= std::size(kEndDays)) return;
  const bool is_first = end == TableEnd::kFirst;
  sql << (is_first ? " AND day <= (SELECT min(day) + " : " AND day >= (SELECT max(day) - ")
      << kEndDays[step] << " FROM " << table << ")";
}

void AppendStretch(SqlText& sql, std::string_view table, size_t step) {
  AppendEndDays(sql, table, TableEnd::kLast, step);
  if (step > 0) {
    sql << " AND day < (SELECT max(day) - " << kEndDays[step - 1] << " FROM " << table << ")";
  }
}

Result<std::vector<std::string>> AskAtEnd(clickhouse::Client& client, const EndQuestion& question) {
  std::vector<std::string> lines;
  for (size_t step = 0; step <= std::size(kEndDays) && lines.size() < question.count; ++step) {
    SqlText sql;
    (sql << "SELECT " << question.columns << " FROM " << question.table << " WHERE project = ")
        .Param(question.project);
    AppendEndDays(sql, question.table, question.end, step);
    sql << question.where << " ORDER BY start_time "
        << (question.end == TableEnd::kFirst ? "ASC" : "DESC") << " LIMIT " << question.count
        << " FORMAT TSV";
    TRY_ASSIGN(lines, AskLines(client, sql));
  }
  return lines;
}

}  // namespace vitrine::query
