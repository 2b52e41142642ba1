// Stored messages by hash, wherever a question needs them. Private to query.
// Owner: values. Threads: free functions.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "query/span_content.h"
#include "query/sql_text.h"

namespace vitrine::query {

/// By hex hash; what was not kept is not there.
using StoredMessages = std::map<std::string, StoredMessage>;

/// Appends a condition on `day`, " AND day …": where the messages most likely lie.
using AppendDays = std::function<void(SqlText& sql)>;

/// Appends that the day is one of a span that starts between the two, both included.
void AppendDaysBetween(SqlText& sql, Nanos first, Nanos last);

/// Reads messages of those days first, and what is not there from any day: a span may have moved to
/// another day after its messages were stored. Hashes are hex, 32 digits; each is asked for once.
/// Errors: kCorrupt (a message), the client's.
Result<StoredMessages> ReadStoredMessages(clickhouse::Client& client, std::string_view project,
                                          std::vector<std::string> hashes,
                                          const AppendDays& append_days);

}  // namespace vitrine::query
