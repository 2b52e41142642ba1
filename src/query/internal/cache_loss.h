// What tokens that were not read from the cache cost more than if they had been. Private to query.
// Threads: free functions.
#pragma once

#include <optional>

#include "base/money.h"
#include "model/price.h"
#include "query/internal/cache_compare.h"

namespace vitrine::query {

/// The lost tokens at what was paid for them, less what reading them from the cache costs. Tokens
/// that were written to the cache were paid at its rate, the rest as plain input. Nothing where the
/// loss or a rate is not known.
std::optional<Money> CacheLoss(const model::Rates& rates, const CacheCall& call,
                               const CacheFinding& finding);

}  // namespace vitrine::query
