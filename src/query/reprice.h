// Reprice: what stored calls would cost under the prices in use now. Reads only.
//
// Owner:   values. Threads: free functions.
// Memory:  rows are streamed and forgotten; only sums by model and price are kept, at most
//          kRepriceChangesMax of them.
// Source:  docs/prices.md "Repricing".
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/arena.h"
#include "base/money.h"
#include "base/result.h"
#include "base/time.h"
#include "model/price.h"
#include "model/span.h"
#include "query/call_filter.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

/// Fills `span.cost` as for a call that comes in now; says why where there is no price.
using PriceFunction = std::function<model::UnpricedReason(model::Span& span, Arena& arena)>;

struct RepriceRequest {
  std::string project;
  std::optional<Nanos> from, to;                    ///< Of the call's start, half-open.
  CallFilter terms;                                 ///< Which calls; its project and times not.
  std::shared_ptr<clickhouse::CancelToken> cancel;  ///< Optional.
};

/// Counted calls of one model whose price would change in the same way.
struct RepriceChange {
  std::string provider, model;
  std::string old_price_id, new_price_id;                       ///< Empty: no price.
  model::UnpricedReason reason = model::UnpricedReason::kNone;  ///< Where the new price is none.
  uint64_t calls = 0;
  std::optional<Money> old_cost, new_cost;  ///< Nothing where unpriced.
};

struct RepriceReport {
  uint64_t calls = 0;           ///< Counted calls of the time.
  uint64_t changed_calls = 0;   ///< Of them, those with another price or cost.
  uint64_t newly_priced = 0;    ///< Of changed ones.
  uint64_t newly_unpriced = 0;  ///< Of changed ones.
  uint64_t unpriced_before = 0, unpriced_after = 0;
  Money old_cost, new_cost;  ///< Over all calls that have a price; the others add nothing.
  std::vector<RepriceChange> changes;  ///< The largest difference first.
};

/// Prices every counted call again and compares. A span that another one stands for (counted is
/// false) is left out, as it is in every sum of money.
/// Errors: kLimitExceeded (time, kRepriceChangesMax, a sum beyond 9.2 billion dollars), kCancelled,
///         kUnavailable.
Result<RepriceReport> Reprice(clickhouse::Client& client, const RepriceRequest& request,
                              const PriceFunction& price);

}  // namespace vitrine::query
