// What SQL users may read: the public views and their columns. Threads: free functions.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

const std::vector<std::string>& ViewNames();
/// A JSON object {"name","type"} for each column, in their order.
/// Errors: kNotFound (no such view; the message lists them), the client's.
Result<std::vector<std::string>> ViewColumns(clickhouse::Client& client, const std::string& view);

}  // namespace vitrine::query
