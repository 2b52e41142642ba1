// The bodies of POST /api/v1/difference and /api/v1/heatmap, read and typed, but for the texts of
// their filters (ReadFilter). Threads: free functions. Source: docs/metrics.md.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "query/metrics/difference.h"
#include "query/metrics/heatmap.h"

namespace vitrine::query {

/// `terms` are what the request's parameters say beside the body.
/// Errors: kInvalidInput naming the member, kLimitExceeded.
Result<DifferenceRequest> ParseDifference(std::string_view body, const CallFilter& terms, Nanos now,
                                          std::string& filter, std::string& selection);
Result<HeatmapRequest> ParseHeatmap(std::string_view body, const CallFilter& terms, Nanos now,
                                    std::string& filter);

}  // namespace vitrine::query
