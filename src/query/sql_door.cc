#include "query/sql_door.h"

#include <algorithm>
#include <chrono>

#include "base/arena.h"
#include "query/sql_gate.h"
#include "storage/schema/schema.h"
#include "syntax/json/json_document.h"

namespace vitrine::query {
namespace {

using syntax::JsonStatus;
using syntax::JsonValue;

/// Every table that has a project shows only the caller's rows, through views and joins too. Set
/// before readonly, so that no statement can take it back.
std::string ProjectFilters(std::string_view project) {
  std::string filters = "{";
  for (const std::string& table : storage::ProjectTables()) {
    filters += filters.size() == 1 ? "'" : ", '";
    filters += "vitrine." + table + "': 'project = \\'" + std::string(project) + "\\''";
  }
  return filters + "}";
}

clickhouse::QueryOptions SqlOptions(const SqlRequest& request) {
  clickhouse::QueryOptions options;
  const double seconds = static_cast<double>(request.timeout.count()) / 1000;
  options.settings = {
      {"database", "vitrine"},
      {"additional_table_filters", ProjectFilters(request.project)},
      {"max_execution_time", std::to_string(seconds)},
      {"max_result_rows", std::to_string(kSqlRowsMax)},
      {"max_result_bytes", std::to_string(kSqlAnswerBytesMax)},
      {"result_overflow_mode", "throw"},
      {"max_memory_usage", std::to_string(kSqlMemoryBytesMax)},
      {"output_format_json_quote_64bit_integers", "0"},
      {"output_format_json_quote_decimals", "1"},
      {"output_format_json_quote_denormals", "0"},
      {"output_format_json_escape_forward_slashes", "0"},
      {"output_format_json_validate_utf8", "1"},
      {"date_time_output_format", "iso"},
      {"do_not_merge_across_partitions_select_final", "1"},
      {"use_top_k_dynamic_filtering", "0"},
      {"readonly", "1"},
  };
  for (const auto& [name, value] : request.params) options.params.emplace_back(name, value);
  options.timeout = request.timeout + std::chrono::seconds(5);
  options.cancel = request.cancel;
  return options;
}

Result<void> CheckRequest(const SqlRequest& request) {
  if (request.timeout <= std::chrono::milliseconds(0) || request.timeout > kSqlTimeMax)
    return Fail(ErrorCode::kInvalidInput, "timeout_s: is more than 0 and at most 60");
  if (request.params.size() > kSqlParametersMax)
    return Fail(ErrorCode::kLimitExceeded, "params: at most 100");
  size_t bytes = 0;
  for (const auto& [name, value] : request.params) {
    const bool plain = std::ranges::all_of(name, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    });
    if (name.empty() || !plain)
      return Fail(ErrorCode::kInvalidInput, "params: names are letters, digits and '_'");
    bytes += name.size() + value.size();
  }
  if (bytes > kSqlParameterBytesMax)
    return Fail(ErrorCode::kLimitExceeded, "params: at most 256 KiB together");
  // What the filter is made of; the caller has checked it, and this is the last chance.
  const bool safe = std::ranges::none_of(request.project, [](char c) {
    return c == '\'' || c == '\\' || static_cast<unsigned char>(c) < ' ';
  });
  if (!safe || request.project.empty())
    return Fail(ErrorCode::kInvalidInput, "project: is not a project's name");
  return {};
}

/// Types whose values may be whole numbers that a double cannot hold.
bool IsWide(std::string_view type) {
  for (const char* wide : {"Int64", "Int128", "Int256"}) {
    if (type.find(wide) != std::string_view::npos) return true;
  }
  return false;
}

Result<std::vector<std::string>> ReadNames(std::string_view line) {
  Arena arena;
  syntax::JsonDocument document;
  if (document.Parse(line, arena) != JsonStatus::kOk)
    return Fail(ErrorCode::kInternal, "the engine's answer has no columns");
  std::vector<std::string> names;
  for (const JsonValue name : document.root().Elements()) names.emplace_back(name.text());
  return names;
}

/// Takes the next line off `text`.
std::string_view TakeLine(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

/// The engine's words without its class names and version.
Error Readable(Error error) {
  const size_t mark = error.message.find("DB::Exception: ");
  if (mark != std::string::npos) error.message.erase(0, mark + 15);
  if (const size_t tail = error.message.rfind(" (version "); tail != std::string::npos)
    error.message.resize(tail);
  return error;
}

/// The elements of an array parameter, as ClickHouse writes them.
Result<void> AppendElement(std::string& out, const JsonValue& value) {
  if (value.is_array()) {
    out += '[';
    bool first = true;
    for (const JsonValue element : value.Elements()) {
      if (!first) out += ',';
      first = false;
      TRY(AppendElement(out, element));
    }
    out += ']';
  } else if (value.is_string()) {
    out += clickhouse::SqlLiteral(value.text());
  } else if (value.is_object()) {
    return Fail(ErrorCode::kInvalidInput, "params: an object cannot be a value");
  } else {
    out += value.is_null() ? "NULL" : std::string(value.raw());
  }
  return {};
}

/// Asks, and where it takes more memory than a question may have, once more in smaller blocks: what
/// merges versions holds one of each part, and a month has hundreds. Always small, they would make
/// short questions slower by a third.
Result<std::string> Ask(clickhouse::Client& client, const std::string& sql,
                        const SqlRequest& request) {
  constexpr int kMemoryLimitExceeded = 241;
  const auto begin = std::chrono::steady_clock::now();
  auto answer = client.Query(sql, SqlOptions(request));
  if (answer || clickhouse::ExceptionCode(answer.error()) != kMemoryLimitExceeded) return answer;
  SqlRequest rest = request;
  rest.timeout -= std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
  if (rest.timeout <= std::chrono::milliseconds(0)) return answer;
  clickhouse::QueryOptions options = SqlOptions(rest);
  options.settings.emplace_back("max_block_size", std::to_string(kSqlSmallBlockRows));
  return client.Query(sql, options);
}

}  // namespace

Result<std::string> SqlParamText(std::string_view json) {
  Arena arena;
  syntax::JsonDocument document;
  if (document.Parse(json, arena) != JsonStatus::kOk) return std::unexpected(document.error());
  const JsonValue value = document.root();
  if (value.is_null()) return std::string("\\N");
  if (value.is_string()) return clickhouse::QueryParam(value.text());
  std::string text;
  TRY(AppendElement(text, value));
  return text;
}

void AppendExactRow(std::string& out, std::string_view row, const std::vector<bool>& wide) {
  size_t depth = 0, column = 0;
  for (size_t i = 0; i < row.size();) {
    const char c = row[i];
    if (c == '"') {
      const size_t begin = i++;
      while (i < row.size() && row[i] != '"') i += row[i] == '\\' ? 2 : 1;
      i = std::min(i + 1, row.size());
      out += row.substr(begin, i - begin);
      continue;
    }
    if (c == '-' || (c >= '0' && c <= '9')) {
      const size_t begin = i;
      while (i < row.size() &&
             std::string_view("+-.0123456789eE").find(row[i]) != std::string_view::npos)
        ++i;
      const std::string_view number = row.substr(begin, i - begin);
      const std::string_view digits = number.substr(number[0] == '-' ? 1 : 0);
      // 2^53 has 16 digits; numbers of equal length compare like texts.
      const std::string limit = std::to_string(kExactDoubleMax);
      const bool large =
          digits.size() > limit.size() || (digits.size() == limit.size() && digits > limit);
      const bool whole = digits.find_first_not_of("0123456789") == std::string_view::npos;
      const bool quote = large && whole && column < wide.size() && wide[column];
      if (quote) out += '"';
      out += number;
      if (quote) out += '"';
      continue;
    }
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && depth > 0) --depth;
    if (c == ',' && depth == 1) ++column;
    out += c;
    ++i;
  }
}

Result<SqlAnswer> RunSql(clickhouse::Client& client, const SqlRequest& request) {
  TRY(CheckRequest(request));
  TRY_ASSIGN(const std::string statement, GateSql(request.query, storage::PublicViews()));
  // On a line of its own, so that no comment can swallow it.
  const std::string sql = statement + "\nFORMAT JSONCompactEachRowWithNamesAndTypes";
  const auto answer = Ask(client, sql, request);
  if (!answer) return std::unexpected(Readable(answer.error()));
  SqlAnswer made;
  std::string_view rest = *answer;
  made.rows = "[";
  if (rest.empty()) {  // A statement without columns.
    made.rows += ']';
    return made;
  }
  TRY_ASSIGN(const auto names, ReadNames(TakeLine(rest)));
  TRY_ASSIGN(const auto types, ReadNames(TakeLine(rest)));
  std::vector<bool> wide;
  for (size_t i = 0; i < names.size() && i < types.size(); ++i) {
    made.columns.push_back({names[i], types[i]});
    wide.push_back(IsWide(types[i]));
  }
  const bool any_wide = std::ranges::find(wide, true) != wide.end();
  made.rows.reserve(rest.size() + 16);
  while (!rest.empty()) {
    const std::string_view row = TakeLine(rest);
    if (row.empty()) continue;
    if (made.row_count++ > 0) made.rows += ',';
    if (any_wide) {
      AppendExactRow(made.rows, row, wide);
    } else {
      made.rows += row;
    }
  }
  made.rows += ']';
  return made;
}

}  // namespace vitrine::query
