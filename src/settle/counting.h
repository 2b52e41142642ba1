// Counting: which spans of a trace stand for a paid call. One paid call is counted once.
// Pure functions over the facts of one trace. Source: DESIGN 3; the rules in words are in
// docs/counting.md.
#pragma once

#include <span>
#include <vector>

#include "settle/span_facts.h"

namespace vitrine::settle {

/// Decides `counted` for every span.
/// Shape: one entry per span, same order.
std::vector<bool> CountTrace(std::span<const SpanFacts> spans);

}  // namespace vitrine::settle
