// SqlDoor: a user's SQL, asked within its bounds. Threads: free functions.
//
// Answers are JSON: Decimals are strings; whole numbers beyond 2^53 are strings in columns of
// 64-bit and wider integer types; times are RFC 3339; NaN and the infinities are null.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "query/limits.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

struct SqlRequest {
  std::string project;  ///< Letters, digits, '.', '_', '-': access::IsProjectName.
  std::string query;
  /// Of {name:Type}; values in the text form of their type (SqlParamText makes it from JSON).
  std::vector<std::pair<std::string, std::string>> params;
  std::chrono::milliseconds timeout = kSqlTimeDefault;  ///< At most kSqlTimeMax.
  std::shared_ptr<clickhouse::CancelToken> cancel;      ///< Optional.
};

struct SqlColumn {
  std::string name, type;
};

struct SqlAnswer {
  std::vector<SqlColumn> columns;
  std::string rows;  ///< JSON array of arrays.
  uint64_t row_count = 0;
};

/// Errors: kInvalidInput (gate, the engine's own words), kLimitExceeded (time, rows, memory),
///         kCancelled, kUnavailable.
Result<SqlAnswer> RunSql(clickhouse::Client& client, const SqlRequest& request);

/// A JSON value as the text of a query parameter: strings, numbers, booleans, null, and arrays of
/// them. Errors: kInvalidInput.
Result<std::string> SqlParamText(std::string_view json);

/// Appends a row (a JSON array) with whole numbers beyond 2^53 in the columns marked in `wide` as
/// strings.
void AppendExactRow(std::string& out, std::string_view row, const std::vector<bool>& wide);

}  // namespace vitrine::query
