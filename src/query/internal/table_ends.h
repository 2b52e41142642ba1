// The first or last rows of a project in a table of days. The sort key begins with the project and
// the start, but each day is a partition of its own: whoever reads them in order reads of all. So
// the table's own ends are asked for, which its parts know, and the days next to them are looked
// through first. Private to query. Threads: free functions.
//
// A day is that of the start, but where a sender's clock is wrong: such a row is among those of a
// day near its arrival, and is the first or last only of that day.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/sql_text.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

enum class TableEnd { kFirst, kLast };

struct EndQuestion {
  std::string_view table;  ///< Partitioned by `day`, sorted by project and start_time.
  std::string_view project;
  std::string_view columns;
  std::string_view where;  ///< " AND …", or nothing.
  TableEnd end = TableEnd::kLast;
  uint64_t count = 1;
};

/// Days beside the end that are looked through, step by step; then all. The last days of a table
/// are mostly the last of a project.
inline constexpr unsigned kEndDays[] = {0, 3, 15};
/// Appends the days of a step as " AND …", nothing behind the last one.
void AppendEndDays(SqlText& sql, std::string_view table, TableEnd end, size_t step);
/// The same from the last day back, without the days of the step before.
void AppendStretch(SqlText& sql, std::string_view table, size_t step);

/// Lines, FORMAT TSV, of the `count` rows at the end, from there on; fewer where there are fewer.
/// Errors: the client's.
Result<std::vector<std::string>> AskAtEnd(clickhouse::Client& client, const EndQuestion& question);

}  // namespace vitrine::query
