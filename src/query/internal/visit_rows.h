// VisitRows: the rows of an answer, each a JSON value. Private to query. Threads: free functions.
#pragma once

#include <functional>

#include "query/sql_text.h"
#include "syntax/json/json_document.h"

namespace vitrine::query {

/// Asks, and hands over one line after the other, which are gone after the visit.
/// Errors: kInternal (a line is no JSON), the client's.
Result<void> VisitRows(clickhouse::Client& client, const SqlText& sql,
                       const std::function<void(const syntax::JsonValue&)>& visit);

}  // namespace vitrine::query
