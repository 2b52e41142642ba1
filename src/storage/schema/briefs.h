// Briefs: what lists and pages show of a row, as JSON text in the row's column `brief`. The engine
// makes it when a row comes in, or when it is read, where the row is older than the column.
// A question pays about half a millisecond for each column it names; this way thirty are one.
// Tables keep the expression they were made with: whoever changes the values also modifies the
// column of existing tables, and waits until no old part is left before the new ones are asked for.
// Threads: free functions.
#pragma once

#include <string>
#include <vector>

namespace vitrine::storage {

/// Names of the values in `brief` of span_rows; there they stand in this order, commas in between.
const std::vector<std::string>& SpanBriefNames();

/// The column of span_rows as CREATE and ALTER take it.
std::string SpanBriefColumn();
/// The column of trace_rows: the members of a JSON object, names included, without its braces.
std::string TraceBriefColumn();

}  // namespace vitrine::storage
