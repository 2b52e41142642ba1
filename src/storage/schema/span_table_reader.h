// SpanTableReader: rows of span_rows in Native format -> StoredSpans, through DescribeColumns.
// Owner: everything a row borrows is copied into the arena given.
#pragma once

#include <string>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "storage/clickhouse/native_reader.h"
#include "storage/schema/stored_span.h"

namespace vitrine::storage {

/// The columns of span_rows in table order, for "SELECT …".
const std::string& SpanTableColumns();

/// Reads rows selected with SpanTableColumns().
/// Errors: kCorrupt when the columns are not those of the table.
Result<std::vector<StoredSpan>> ReadSpanTable(
    const std::vector<clickhouse::NativeReadBlock>& blocks, Arena& arena);

}  // namespace vitrine::storage
