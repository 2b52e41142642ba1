// SqlText: a statement that is being written, and its parameters. What a caller sent enters only
// through Param, never the text. Owner: values. Not thread-safe.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

class SqlText {
 public:
  /// Appends text of ours.
  SqlText& operator<<(std::string_view sql) {
    sql_ += sql;
    return *this;
  }
  SqlText& operator<<(std::unsigned_integral auto number) {
    sql_ += std::to_string(number);
    return *this;
  }
  /// Appends a String parameter with this value; the same value is one parameter.
  SqlText& Param(std::string_view value);
  /// Appends a moment, exact to the nanosecond.
  SqlText& Time(Nanos time);
  /// Appends an Array(String) literal. The values must be of [A-Za-z0-9_] or bytes above 0x7F.
  SqlText& List(const std::vector<std::string>& words);

  const std::string& sql() const { return sql_; }
  const std::vector<std::pair<std::string, std::string>>& params() const { return params_; }

 private:
  std::string sql_;
  std::vector<std::pair<std::string, std::string>> params_;
};

/// A setting for a statement without subqueries, functions of functions and lists of ids: the
/// engine's older analyzer takes a fifth less processor time for some columns of a wide table. It
/// does not see that an array of ids can be looked up in an index.
inline constexpr std::string_view kPlainStatement = "enable_analyzer = 0";

/// How every question of ours is asked: read-only, bounded, JSON as the API has it (integers bare,
/// decimals as strings, times in RFC 3339, NaN as null).
clickhouse::QueryOptions QuestionOptions(const SqlText& text);

/// Runs the statement and returns the whole answer.
/// Errors: the client's; but what the engine refuses is kInternal here (the statement is ours), or
///         kUnavailable while the tables are being made.
Result<std::string> AskText(clickhouse::Client& client, const SqlText& text);
/// The same error for statements that are run in another way.
Error QuestionError(Error error);
/// Runs the statement and returns the answer's lines, one JSON value each.
Result<std::vector<std::string>> AskLines(clickhouse::Client& client, const SqlText& text);

}  // namespace vitrine::query
