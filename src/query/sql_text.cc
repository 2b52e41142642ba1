#include "query/sql_text.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "query/limits.h"
#include "storage/schema/schema.h"

namespace vitrine::query {

SqlText& SqlText::Param(std::string_view value) {
  std::string text = clickhouse::QueryParam(value);
  // Parameters travel in the request line: a list of sessions that is needed four times goes once.
  const auto same = std::ranges::find(params_, text, &std::pair<std::string, std::string>::second);
  std::string name = same == params_.end() ? "p" + std::to_string(params_.size()) : same->first;
  sql_ += "{" + name + ":String}";
  if (same == params_.end()) params_.emplace_back(std::move(name), std::move(text));
  return *this;
}

SqlText& SqlText::Time(Nanos time) {
  sql_ += "fromUnixTimestamp64Nano(" + std::to_string(time.since_epoch) + ", 'UTC')";
  return *this;
}

SqlText& SqlText::List(const std::vector<std::string>& words) {
  const auto plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
  };
  sql_ += '[';
  for (size_t i = 0; i < words.size(); ++i) {
    VITRINE_CHECK(std::ranges::all_of(words[i], plain));
    sql_ += i == 0 ? "'" : ",'";
    sql_ += words[i] + "'";
  }
  sql_ += ']';
  return *this;
}

clickhouse::QueryOptions QuestionOptions(const SqlText& text) {
  clickhouse::QueryOptions options;
  options.params = text.params();
  options.settings = {
      {"readonly", "2"},
      {"max_execution_time", std::to_string(kQuestionTimeMax.count())},
      {"max_memory_usage", std::to_string(kQuestionMemoryBytesMax)},
      {"output_format_json_quote_64bit_integers", "0"},
      {"output_format_json_quote_decimals", "1"},
      {"output_format_json_quote_denormals", "0"},
      {"output_format_json_escape_forward_slashes", "0"},
      {"output_format_json_validate_utf8", "1"},
      {"date_time_output_format", "iso"},
      // Rows are replaced within one partition only: the sort key holds the time, and the day is
      // made of it.
      {"do_not_merge_across_partitions_select_final", "1"},
      {"use_skip_indexes_if_final", "1"},
      // ORDER BY … LIMIT beside the text index: 21 ms without it, 480 ms with it.
      {"use_top_k_dynamic_filtering", "0"},
  };
  options.timeout = kQuestionTimeMax + std::chrono::seconds(2);
  return options;
}

Error QuestionError(Error error) {
  if (error.code != ErrorCode::kInvalidInput) return error;
  // UNKNOWN_TABLE and UNKNOWN_DATABASE: asked before the schema was there. UNKNOWN_IDENTIFIER: a
  // column that older tables get when they are brought up to date.
  const int code = clickhouse::ExceptionCode(error).value_or(0);
  const auto lacks = [&](const storage::LaterColumn& column) {
    // As the two analyzers say it.
    return error.message.find("identifier `" + column.name + "`") != std::string::npos ||
           error.message.find("Missing columns: '" + column.name + "'") != std::string::npos;
  };
  const bool lacks_column = code == 47 && std::ranges::any_of(storage::LaterColumns(), lacks);
  const bool starting = code == 60 || code == 81 || lacks_column;
  error.code = starting ? ErrorCode::kUnavailable : ErrorCode::kInternal;
  if (starting) error.message = "the tables are being made";
  return error;
}

Result<std::string> AskText(clickhouse::Client& client, const SqlText& text) {
  auto answer = client.Query(text.sql(), QuestionOptions(text));
  if (!answer) return std::unexpected(QuestionError(std::move(answer).error()));
  return answer;
}

Result<std::vector<std::string>> AskLines(clickhouse::Client& client, const SqlText& text) {
  TRY_ASSIGN(const std::string answer, AskText(client, text));
  std::vector<std::string> lines;
  for (size_t at = 0; at < answer.size();) {
    const size_t end = std::min(answer.find('\n', at), answer.size());
    if (end > at) lines.push_back(answer.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

}  // namespace vitrine::query
