// From a span to its price: which of its fields the price depends on, and where the answer goes.
// Threads: pure functions over one span. Rules: docs/prices.md.
#pragma once

#include "base/arena.h"
#include "model/span.h"
#include "pipeline/price_table.h"

namespace vitrine::pipeline {

/// The question a model call asks of the price table. Borrows from the span.
model::PriceQuery PriceQueryOf(const model::Span& span);

/// Fills `span.cost` of a model call; leaves `reported` alone.
/// A cache hit costs 0 and `saved` is what it would have cost. Where the price is not known every
/// part stays empty. Text is copied into `arena`. Returns why a model call has no price; kNone for
/// a priced call and for any other span.
model::UnpricedReason PriceSpan(const PriceTable& table, model::Span& span, Arena& arena);

}  // namespace vitrine::pipeline
