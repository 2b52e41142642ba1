// Facets: how many matching traces have which service, model, environment … Threads: free
// functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "query/trace_filter.h"

namespace vitrine::query {

struct FacetValue {
  std::string value;
  uint64_t count = 0;
};

struct Facet {
  std::string name;                ///< service, model, environment, release, status, user, kind.
  std::vector<FacetValue> values;  ///< The kFacetValuesMax most frequent, most frequent first.
};

/// Every facet, also those without values. Traces without a value are not counted.
/// Errors: kInvalidInput (filter), the client's.
Result<std::vector<Facet>> TraceFacets(clickhouse::Client& client, const TraceFilter& filter);

}  // namespace vitrine::query
