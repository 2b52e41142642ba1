// FilterLookups: which messages hold the words of a filter, looked up in the index of words before
// the statement is written. Few messages: the statement names them, and the traces that have them.
// Many: the statement looks into the set of them. Owner: values. Threads: free functions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "query/filter/filter.h"

namespace vitrine::query {

/// What is known of one phrase.
struct FoundWords {
  /// All the messages that hold it, in hexadecimal digits. Nothing: more than kRareHashesMax.
  std::optional<std::vector<std::string>> hashes;
  /// All the traces with a call that has one of them in the filter's place of words. Nothing: more
  /// than kIdsPerStatementMax.
  std::optional<std::vector<std::string>> traces;
};

class FilterLookups {
 public:
  /// By the words of a phrase.
  std::map<std::vector<std::string>, FoundWords> found;

  /// Null where it was not looked up.
  const FoundWords* Find(const std::vector<std::string>& words) const;
  /// The only traces that the filter can match, where its words say so; the fewest.
  std::optional<std::vector<std::string>> OnlyTraces(const Filter& filter) const;
};

/// Looks the filter's words up; nothing is asked for a filter without any.
Result<FilterLookups> FindWords(clickhouse::Client& client, const Filter& filter,
                                const FilterScope& scope);

/// Appends the array of the hashes of a span's messages that words are searched in.
void AppendHashes(SqlText& sql, WordsPlace place);
/// Appends "FROM vitrine.message_rows WHERE …": the messages of the project with these words side
/// by side.
void AppendMessagesWith(SqlText& sql, const std::string& project,
                        const std::vector<std::string>& words);
/// Appends an array of hashes.
void AppendHashList(SqlText& sql, const std::vector<std::string>& hashes);

}  // namespace vitrine::query
