// The part of TraceQL that is understood here: one pair of braces with comparisons, && || ! and
// brackets: { resource.service.name = "shop" && (duration > 1s || status = error) }.
// Private to api. Threads: free functions. Source: Grafana Tempo, "TraceQL".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "query/span_search.h"

namespace vitrine::api {

/// Errors: kInvalidInput with the byte, also for what TraceQL has and this does not.
Result<query::SpanCondition> ParseTraceQl(std::string_view text);

/// Nanoseconds of "1.5s", "200ms", "1h30m"; units ns, us, µs, ms, s, m, h.
std::optional<int64_t> ParseDuration(std::string_view text);

/// What a name of TraceQL stands for: "resource.service.name", "name", "span:duration".
struct TraceQlName {
  query::TermScope scope = query::TermScope::kAny;
  std::string key;
};
/// Nothing for a name that is none.
std::optional<TraceQlName> ReadTraceQlName(std::string_view text);

/// Pairs of logfmt, which Tempo's `tags` are: service.name=shop http.status=500 name="a b".
/// Errors: kInvalidInput.
Result<std::vector<std::pair<std::string, std::string>>> ParseLogfmt(std::string_view text);

}  // namespace vitrine::api
