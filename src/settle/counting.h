// Counting: which spans stand for a paid call. One paid call is counted once.
// Pure functions over facts. Source: DESIGN 3; the rules in words are in docs/counting.md.
#pragma once

#include <span>
#include <vector>

#include "settle/span_facts.h"

namespace vitrine::settle {

/// Decides `counted` for every span.
/// Shape: one entry per span, same order.
std::vector<bool> CountTrace(std::span<const SpanFacts> spans);

/// A call that counts within its own trace.
struct CallReport {
  TraceId trace;
  SpanFacts facts;
  bool has_owner = false;  ///< A user or a session is known.
};

/// Finds, among reports of one provider response from several traces, those that are one paid call.
/// Shape: one entry per report: the index of the report that counts for it, mostly its own.
std::vector<size_t> MatchAcrossTraces(std::span<const CallReport> reports);

}  // namespace vitrine::settle
