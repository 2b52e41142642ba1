// One page of a list, newest first, by the sort key of its table. Private to query.
// Threads: free functions.
//
// Merging versions (FINAL) would read every row of the range before it sorts. So a page is taken
// in two steps: candidates by the sort key, newest first, versions unmerged and ids only, which
// stops as soon as there are enough; then just those, merged and checked against the filter again.
#pragma once

#include <functional>
#include <string>

#include "query/cursor.h"
#include "query/internal/binary_rows.h"
#include "query/list_page.h"
#include "query/newest_starts.h"
#include "query/text_search.h"

namespace vitrine::query {

struct ListRow {
  ListKey key;
  std::string json;  ///< One object.
};

/// What a list is of: a table sorted by project, start_time and ids, with version and is_deleted.
struct ListSource {
  const char* table = nullptr;
  TextUnit unit = TextUnit::kTraces;                ///< Says what the ids are.
  std::function<void(SqlText&)> append_conditions;  ///< The filter but its words; project first.
  const char* columns = nullptr;                    ///< What `read` takes, FORMAT RowBinary.
  std::function<ListRow(BinaryRow&)> read;
};

struct PageRequest {
  const TraceFilter& filter;  ///< Its project and words, and from when on they are searched.
  uint32_t digest = 0;        ///< Of the whole filter.
  uint32_t limit = 0;
  const std::string& cursor;
  NewestStarts* newest = nullptr;
};

/// Errors: kInvalidInput (limit, cursor, words), the client's.
Result<ListPage> ReadPage(clickhouse::Client& client, const ListSource& source,
                          const PageRequest& request);

}  // namespace vitrine::query
