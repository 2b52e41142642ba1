// What a provider's prompt cache could have kept between the calls of a session, by their content
// alone: which earlier call is the one to compare with, how far the two agree, which message ended
// that, what was to be expected of the cache and what was lost. Pure. Private to query.
//
// A call is its items in the order in which providers build the prompt: tool definitions, then
// messages. The provider reports tokens of the whole input alone: exact for a call that is the
// whole beginning of a later one; else an item's part is estimated by its length. Where that cannot
// be done (an image has no length in letters, or no input tokens were reported) nothing is
// expected, for it is not known. Threads: free functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "query/internal/cache_rules.h"

namespace vitrine::query {

struct CacheItem {
  ContentHash hash;
  std::string_view role;    ///< "tool_definition" for tools.
  uint64_t size_bytes = 0;  ///< Of its content.
  bool has_media = false;   ///< Holds something else than text.
  bool is_kept = true;      ///< Its content is stored; else its length is not known.
};

struct CacheCall {
  std::string_view provider, model, name;
  Nanos start, end;
  std::vector<CacheItem> items;
  std::optional<uint64_t> input_tokens, cached_tokens, written_tokens, written_long_tokens;
};

enum class CacheOutcome {
  kFirst,     ///< No earlier call has anything in common with it.
  kHit,       ///< All that could be expected was read from the cache, or nearly.
  kChanged,   ///< A message that stood before is another one now.
  kExpired,   ///< The same content, but the entry had been unused for longer than it is kept.
  kMissed,    ///< The same content in time, and the provider read less than expected.
  kTooShort,  ///< What they have in common is shorter than what the provider keeps.
  kNotAsked,  ///< The provider caches only on request, and the earlier call did not ask.
  kUnknown,   ///< Tokens are not known, or the provider's rule is not.
};
std::string_view Name(CacheOutcome outcome);

struct CacheFinding {
  CacheOutcome outcome = CacheOutcome::kFirst;
  std::optional<size_t> previous;     ///< Index of the call it is compared with.
  size_t shared_items = 0;            ///< Both begin with so many equal items.
  std::optional<size_t> broken_item;  ///< Of this call: the first that differs from what was there.
  std::optional<size_t> previous_item;  ///< Of the previous call: what stood in its place.
  std::vector<uint64_t> item_tokens;    ///< Estimated; empty where that cannot be done.
  std::optional<uint64_t> shared_tokens, expected_tokens, lost_tokens;
  std::optional<int64_t> idle_ns;  ///< From the end of the previous call to the start of this.
  const CacheRule* rule = nullptr;
};

/// One finding a call. Calls are in order of their start.
std::vector<CacheFinding> CompareForCache(const std::vector<CacheCall>& calls);

}  // namespace vitrine::query
