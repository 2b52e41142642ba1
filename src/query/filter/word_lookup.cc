#include "query/filter/word_lookup.h"

#include <algorithm>
#include <set>

#include "query/filter/filter_words.h"
#include "query/limits.h"

namespace vitrine::query {
namespace {

using Phrases = std::set<std::vector<std::string>>;

void Collect(const FilterNode& node, Phrases& phrases) {
  if (node.kind == FilterNode::Kind::kWords) phrases.insert(WordsOf(node.text));
  for (const FilterNode& part : node.parts) Collect(part, phrases);
}

/// The arrays of hashes in which words of this place are looked for.
std::vector<const char*> ColumnsOf(WordsPlace place) {
  switch (place) {
    case WordsPlace::kNew: return {"new_input_hashes", "output_hashes"};
    case WordsPlace::kHistory: return {"history_hashes", "new_input_hashes", "output_hashes"};
    case WordsPlace::kInput: return {"new_input_hashes"};
    case WordsPlace::kOutput: return {"output_hashes"};
  }
  return {};
}

/// The traces of the calls that have one of the hashes in one of their arrays.
void AppendTracesWith(SqlText& sql, const FilterScope& scope, const char* column,
                      const std::vector<std::string>& hashes) {
  sql << "SELECT trace_id FROM vitrine.span_rows WHERE project = ";
  sql.Param(scope.project);
  if (scope.from) (sql << " AND start_time >= ").Time(*scope.from);
  sql << " AND is_fragment = 0 AND is_deleted = 0 AND hasAny(" << column << ", ";
  AppendHashList(sql, hashes);
  sql << ")";
}

Result<std::optional<std::vector<std::string>>> TracesWith(clickhouse::Client& client,
                                                           const Filter& filter,
                                                           const FilterScope& scope,
                                                           const std::vector<std::string>& hashes) {
  using Traces = std::optional<std::vector<std::string>>;
  if (hashes.empty()) return Traces(std::vector<std::string>());
  SqlText sql;
  sql << "SELECT DISTINCT lower(hex(trace_id)) FROM (";
  // One statement for each array: the engine unites two bloom filters badly under OR.
  const char* between = "";
  for (const char* column : ColumnsOf(filter.words_place)) {
    sql << between;
    AppendTracesWith(sql, scope, column, hashes);
    between = " UNION ALL ";
  }
  sql << ") LIMIT " << kIdsPerStatementMax + 1 << " FORMAT TSV";
  TRY_ASSIGN(auto traces, AskLines(client, sql));
  if (traces.size() > kIdsPerStatementMax) return Traces();
  return Traces(std::move(traces));
}

}  // namespace

const FoundWords* FilterLookups::Find(const std::vector<std::string>& words) const {
  const auto place = found.find(words);
  return place == found.end() ? nullptr : &place->second;
}

std::optional<std::vector<std::string>> FilterLookups::OnlyTraces(const Filter& filter) const {
  const std::vector<std::string>* fewest = nullptr;
  const auto look = [&](const FilterNode& node) {
    if (node.kind != FilterNode::Kind::kWords) return;
    const FoundWords* words = Find(WordsOf(node.text));
    if (words == nullptr || !words->traces) return;
    if (fewest == nullptr || words->traces->size() < fewest->size()) fewest = &*words->traces;
  };
  look(filter.root);
  if (filter.root.kind == FilterNode::Kind::kAnd) {
    for (const FilterNode& part : filter.root.parts) look(part);
  }
  return fewest == nullptr ? std::nullopt : std::optional(*fewest);
}

Result<FilterLookups> FindWords(clickhouse::Client& client, const Filter& filter,
                                const FilterScope& scope) {
  Phrases phrases;
  Collect(filter.root, phrases);
  FilterLookups lookups;
  // Calls and spans may be asked by the words of their trace's other spans, which begin any time.
  FilterScope wider = scope;
  if (filter.unit != FilterUnit::kTraces) wider.from.reset();
  for (const std::vector<std::string>& words : phrases) {
    SqlText sql;
    sql << "SELECT DISTINCT lower(hex(hash)) ";
    AppendMessagesWith(sql, scope.project, words);
    sql << " LIMIT " << kRareHashesMax + 1 << " FORMAT TSV";
    TRY_ASSIGN(auto hashes, AskLines(client, sql));
    FoundWords& found = lookups.found[words];
    if (hashes.size() > kRareHashesMax) continue;
    TRY_ASSIGN(found.traces, TracesWith(client, filter, wider, hashes));
    found.hashes = std::move(hashes);
  }
  return lookups;
}

void AppendHashes(SqlText& sql, WordsPlace place) {
  const std::vector<const char*> columns = ColumnsOf(place);
  if (columns.size() == 1) {
    sql << columns[0];
    return;
  }
  const char* before = "arrayConcat(";
  for (const char* column : columns) {
    sql << before << column;
    before = ", ";
  }
  sql << ")";
}

void AppendMessagesWith(SqlText& sql, const std::string& project,
                        const std::vector<std::string>& words) {
  (sql << "FROM vitrine.message_rows WHERE project = ").Param(project);
  std::vector<std::string> each = words;
  std::ranges::sort(each);
  each.erase(std::ranges::unique(each).begin(), each.end());
  (sql << " AND hasAllTokens(lower(texts), ").List(each) << ")";
  if (words.size() < 2) return;
  (sql << " AND hasSubstr(tokens(lower(texts), 'splitByNonAlpha'), ").List(words) << ")";
}

void AppendHashList(SqlText& sql, const std::vector<std::string>& hashes) {
  sql << "[";
  for (size_t i = 0; i < hashes.size(); ++i)
    sql << (i == 0 ? "" : ",") << "toFixedString(unhex('" << hashes[i] << "'), 16)";
  sql << "]";
}

}  // namespace vitrine::query
