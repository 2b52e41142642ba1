// Rows of `trace_rows` that belong to sessions, newest versions. Private to query.
// Threads: free functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "query/sql_text.h"

namespace vitrine::query {

/// Appends a bracketed subquery over `trace_rows`: the newest versions of the traces of these
/// sessions, with the columns named.
/// Found by the session, then each merged: FINAL would read previews of every trace there is.
/// `times`: the first and the last start, where they are known; else every trace is looked at.
void AppendSessionTraces(SqlText& sql, std::string_view project,
                         const std::vector<std::string>& session_ids, std::string_view columns,
                         const std::optional<std::pair<Nanos, Nanos>>& times = {});

/// Appends "session_id IN (…)".
void AppendSessionIn(SqlText& sql, const std::vector<std::string>& session_ids);

}  // namespace vitrine::query
