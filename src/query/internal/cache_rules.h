// What providers say about their prompt caches, as a table with sources. What they do not say is
// not known here either. Private to query. Threads: free functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vitrine::query {

struct CacheRule {
  std::string_view name;               ///< Of the provider's cache, for people.
  uint64_t minimum_tokens;             ///< A shorter prefix is not kept.
  uint64_t block_tokens;               ///< Hits are a multiple of it; 1 where nothing is said.
  std::optional<int64_t> kept_s;       ///< An entry that was not used for so long may be gone.
  std::optional<int64_t> kept_long_s;  ///< The same for entries that were asked to live longer.
  bool is_automatic;                   ///< Else only what was marked for it is kept.
  std::string_view source;             ///< Where the provider says so.
};

/// The rule for a call; null where no provider's statement about it is known. `provider` and
/// `model` as in the table of prices, in any case.
const CacheRule* FindCacheRule(std::string_view provider, std::string_view model);

}  // namespace vitrine::query
