// Free text: which traces or calls hold the words in what is new in a call.
//
// The text index over message_rows answers with message hashes. Few messages: the calls that bring
// them in are found through the bloom filters over new_input_hashes and output_hashes. Many
// messages: nearly every granule would be a hit, so calls are read by time and their new hashes
// looked up in the set. All words must stand in one message. Threads: free functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/filter/word_lookup.h"
#include "query/trace_filter.h"

namespace vitrine::query {

/// The words of a search as the index cuts them: at every ASCII character that is neither letter
/// nor digit; ASCII letters small.
/// Errors: kInvalidInput (no word in it, or too many).
Result<std::vector<std::string>> SearchWords(std::string_view text);

/// What is searched for.
enum class TextUnit { kTraces, kCalls };

struct TextMatch {
  enum class Kind {
    kEverything,  ///< No words were asked for.
    kNamed,       ///< `ids` holds all of them, perhaps none.
    kMany,        ///< Too many to name: ask with AppendTextCondition.
  };
  Kind kind = Kind::kEverything;
  TextUnit unit = TextUnit::kTraces;
  std::vector<std::string> ids;  ///< Hex: of traces, or of calls (trace id, span id); sorted.
  std::vector<std::string> words;
  FilterLookups lookups;  ///< Of the words in the filter's expression.

  /// The words are known to stand nowhere.
  bool is_nothing() const {
    return (kind == Kind::kNamed && ids.empty()) || (only_traces && only_traces->empty());
  }
  /// The only traces that the expression can match, where its words say so.
  std::optional<std::vector<std::string>> only_traces;
};

/// Looks the filter's words up, those of its expression too.
Result<TextMatch> FindText(clickhouse::Client& client, const TraceFilter& filter,
                           TextUnit unit = TextUnit::kTraces);

/// The traces that `ids` are of, each once; empty where they are not named.
std::vector<std::string> TracesOf(const TextMatch& match);

/// When the spans of the traces in question start, both ends included.
struct TimeWindow {
  std::optional<Nanos> from, to;
};

/// Appends " AND …" on the binary ids, `trace_id` in `trace_rows`, `trace_id` and `span_id` in
/// `span_rows`, unless everything matches.
/// For kMany, `window` bounds which spans are read.
void AppendTextCondition(SqlText& sql, const TraceFilter& filter, const TextMatch& match,
                         const TimeWindow& window = {});

}  // namespace vitrine::query
