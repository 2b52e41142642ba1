// Rates times usage: exact arithmetic, one rounding per part. Rules: docs/prices.md.
// Threads: pure functions.
#pragma once

#include <optional>

#include "model/price.h"

namespace vitrine::pipeline {

/// The mode that a provider's own words mean; nothing for words whose price is not public
/// ("scale", "PROVISIONED_THROUGHPUT").
std::optional<model::PriceMode> PriceModeOf(const model::PriceQuery& query);

/// All input tokens, cached ones included: what context tiers are chosen by.
uint64_t PromptTokens(const model::UsageBuckets& tokens);

struct MathResult {
  model::PricedCall call;
  model::UnpricedReason reason = model::UnpricedReason::kNone;
};

/// The cost of a call under one row. Ties round to even, once in each of the four parts, and the
/// total is their sum.
MathResult CostUnder(const model::PriceRow& row, const model::PriceQuery& query);

}  // namespace vitrine::pipeline
