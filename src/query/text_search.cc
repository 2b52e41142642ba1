#include "query/text_search.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/beside.h"
#include "base/ids.h"
#include "query/limits.h"

namespace vitrine::query {
namespace {

/// Days with their own statement; beyond it one statement takes all days together.
constexpr size_t kDaysApartMax = 8;

/// A message that holds the words, and the day it is stored under, which is that of its calls.
using HashesByDay = std::map<std::string, std::vector<std::string>>;

void AppendMessages(SqlText& sql, const TraceFilter& filter,
                    const std::vector<std::string>& words) {
  (sql << "FROM vitrine.message_rows WHERE project = ").Param(filter.project);
  (sql << " AND hasAllTokens(lower(texts), ").List(words) << ")";
}

/// Nothing when more messages than kRareHashesMax hold the words.
Result<std::optional<HashesByDay>> RareHashes(clickhouse::Client& client, const TraceFilter& filter,
                                              const std::vector<std::string>& words) {
  SqlText sql;
  sql << "SELECT DISTINCT toString(day), lower(hex(hash)) ";
  AppendMessages(sql, filter, words);
  sql << " LIMIT " << kRareHashesMax + 1 << " FORMAT TSV";
  TRY_ASSIGN(const auto lines, AskLines(client, sql));
  if (lines.size() > kRareHashesMax) return std::optional<HashesByDay>();
  HashesByDay hashes;
  for (const std::string& line : lines) {
    const size_t tab = line.find('\t');
    if (tab == std::string::npos) return Fail(ErrorCode::kInternal, "unexpected: " + line);
    hashes[line.substr(0, tab)].push_back(line.substr(tab + 1));
  }
  if (hashes.size() <= kDaysApartMax) return std::optional(std::move(hashes));
  HashesByDay together;
  std::set<std::string> all;
  for (const auto& [day, list] : hashes) all.insert(list.begin(), list.end());
  together[""] = {all.begin(), all.end()};
  return std::optional(std::move(together));
}

/// The hexadecimal id of a unit.
const char* IdOf(TextUnit unit) {
  return unit == TextUnit::kTraces ? "lower(hex(trace_id))"
                                   : "lower(hex(concat(trace_id, span_id)))";
}

/// The calls of one day that have one of `hashes` in their new input or their output.
void AppendLookup(SqlText& sql, const TraceFilter& filter, std::string_view day,
                  const std::vector<std::string>& hashes, bool input) {
  SqlText& s = sql;
  (s << "SELECT trace_id, span_id FROM vitrine.span_rows WHERE project = ").Param(filter.project);
  if (!day.empty()) s << " AND day = '" << day << "'";
  if (filter.from) (s << " AND start_time >= ").Time(*filter.from);
  s << " AND is_fragment = 0 AND is_deleted = 0 AND hasAny("
    << (input ? "new_input_hashes" : "output_hashes") << ", ";
  AppendHashList(s, hashes);
  s << ")";
}

/// The calls that bring one of the messages in, or say it, or their traces; perhaps one more than
/// kIdsPerStatementMax.
/// One statement for each direction: ClickHouse 26.7 unites two bloom filters under OR so badly
/// that most granules are read.
Result<std::vector<std::string>> LookUp(clickhouse::Client& client, const TraceFilter& filter,
                                        TextUnit unit, const HashesByDay& messages, bool input) {
  SqlText sql;
  sql << "SELECT DISTINCT " << IdOf(unit) << " AS id FROM (";
  bool first = true;
  for (const auto& [day, hashes] : messages) {
    sql << (first ? "" : " UNION ALL ");
    first = false;
    AppendLookup(sql, filter, day, hashes, input);
  }
  sql << ") ORDER BY id LIMIT " << kIdsPerStatementMax + 1 << " FORMAT TSV";
  return AskLines(client, sql);
}

}  // namespace

std::vector<std::string> TracesOf(const TextMatch& match) {
  std::vector<std::string> traces;
  // They are sorted.
  for (const std::string& id : match.ids) {
    const std::string_view trace = std::string_view(id).substr(0, 2 * TraceId::size);
    if (traces.empty() || traces.back() != trace) traces.emplace_back(trace);
  }
  return traces;
}

Result<std::vector<std::string>> SearchWords(std::string_view text) {
  if (text.size() > kSearchBytesMax)
    return Fail(ErrorCode::kLimitExceeded, "q: more than 1024 bytes");
  std::set<std::string> words;
  std::string word;
  for (size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ' ';
    const bool upper = c >= 'A' && c <= 'Z';
    const bool part = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                      static_cast<unsigned char>(c) >= 0x80;
    if (part) {
      word += upper ? static_cast<char>(c + ('a' - 'A')) : c;
    } else if (!word.empty()) {
      words.insert(std::move(word));
      word.clear();
    }
  }
  if (words.empty()) return Fail(ErrorCode::kInvalidInput, "q: holds no word to search for");
  if (words.size() > kSearchWordsMax)
    return Fail(ErrorCode::kLimitExceeded, "q: more than 32 words");
  return std::vector<std::string>(words.begin(), words.end());
}

Result<TextMatch> FindText(clickhouse::Client& client, const TraceFilter& filter, TextUnit unit) {
  TextMatch match;
  match.unit = unit;
  FilterScope scope;
  scope.project = filter.project;
  scope.from = filter.from;
  TRY_ASSIGN(match.lookups, FindWords(client, filter.expression, scope));
  match.only_traces = match.lookups.OnlyTraces(filter.expression);
  if (filter.words.empty()) return match;
  TRY_ASSIGN(match.words, SearchWords(filter.words));
  TRY_ASSIGN(const auto rare, RareHashes(client, filter, match.words));
  match.kind = rare ? TextMatch::Kind::kNamed : TextMatch::Kind::kMany;
  if (!rare || rare->empty()) return match;
  auto inputs = RunBeside([&] { return LookUp(client, filter, unit, *rare, true); });
  TRY_ASSIGN(const auto outputs, LookUp(client, filter, unit, *rare, false));
  TRY_ASSIGN(match.ids, inputs.get());
  match.ids.insert(match.ids.end(), outputs.begin(), outputs.end());
  std::ranges::sort(match.ids);
  match.ids.erase(std::ranges::unique(match.ids).begin(), match.ids.end());
  if (match.ids.size() > kIdsPerStatementMax) {
    match.kind = TextMatch::Kind::kMany;
    match.ids.clear();
  }
  return match;
}

void AppendTextCondition(SqlText& sql, const TraceFilter& filter, const TextMatch& match,
                         const TimeWindow& window) {
  if (match.kind == TextMatch::Kind::kEverything) return;
  const bool of_traces = match.unit == TextUnit::kTraces;
  if (match.kind == TextMatch::Kind::kNamed) {
    (sql << " AND " << IdOf(match.unit) << " IN ").List(match.ids);
    // The index is over traces.
    if (!of_traces) (sql << " AND lower(hex(trace_id)) IN ").List(TracesOf(match));
    return;
  }
  const auto spans = [&](SqlText& s) {
    (s << "FROM vitrine.span_rows WHERE project = ").Param(filter.project);
    const auto from = window.from ? window.from : filter.from;
    if (from) (s << " AND start_time >= ").Time(*from);
    if (window.to) (s << " AND start_time <= ").Time(*window.to);
  };
  const char* const ids = of_traces ? "trace_id" : "trace_id, span_id";
  sql << " AND (" << ids << ") IN (SELECT " << ids << " FROM (SELECT " << ids
      << ", arrayJoin(arrayConcat("
         "new_input_hashes, output_hashes)) AS new_hash ";
  spans(sql);
  sql << " AND is_fragment = 0 AND is_deleted = 0) WHERE new_hash IN (SELECT hash ";
  AppendMessages(sql, filter, match.words);
  sql << " AND day IN (SELECT DISTINCT day ";
  spans(sql);
  sql << ")))";
}

}  // namespace vitrine::query
