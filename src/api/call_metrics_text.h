// Model calls in Prometheus' text format, under OpenTelemetry's names for them.
// Threads: free functions. Source: Prometheus exposition format 0.0.4; OpenTelemetry semantic
// conventions 1.38 "Generative AI metrics", "Prometheus and OpenMetrics compatibility".
#pragma once

#include <string>
#include <vector>

#include "model/call_series.h"

namespace vitrine::api {

/// Metrics without a sample are left out.
std::string CallMetricsText(const std::vector<model::CallSeries>& series);

}  // namespace vitrine::api
