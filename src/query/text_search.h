// Free text: which traces hold the words in what is new in one of their calls.
//
// The text index over message_rows answers with message hashes. Few messages: the calls that bring
// them in are found through the bloom filters over input_hashes and output_hashes. Many messages:
// nearly every granule would be a hit, so calls are read by time and their new hashes looked up in
// the set. All words must stand in one message. Threads: free functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/trace_filter.h"

namespace vitrine::query {

/// The words of a search as the index cuts them: at every ASCII character that is neither letter
/// nor digit; ASCII letters small.
/// Errors: kInvalidInput (no word in it, or too many).
Result<std::vector<std::string>> SearchWords(std::string_view text);

struct TextMatch {
  enum class Kind {
    kEverything,  ///< No words were asked for.
    kTraces,      ///< `traces` holds all of them, perhaps none.
    kMany,        ///< Too many to name: ask with AppendTextCondition.
  };
  Kind kind = Kind::kEverything;
  std::vector<std::string> traces;  ///< Hex ids, sorted.
  std::vector<std::string> words;
};

/// Looks the filter's words up.
Result<TextMatch> FindText(clickhouse::Client& client, const TraceFilter& filter);

/// When the spans of the traces in question start, both ends included.
struct TimeWindow {
  std::optional<Nanos> from, to;
};

/// Appends " AND …" on `trace_id`, the binary id in `trace_rows`, unless everything matches.
/// For kMany, `window` bounds which spans are read.
void AppendTextCondition(SqlText& sql, const TraceFilter& filter, const TextMatch& match,
                         const TimeWindow& window = {});

}  // namespace vitrine::query
