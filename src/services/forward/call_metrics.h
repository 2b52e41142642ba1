// What the server counted of calls and scores, as metrics in OpenTelemetry's words.
// Threads: free functions. Source: OpenTelemetry semantic conventions 1.38, "Generative AI metrics"
// (names, units, bounds of the buckets).
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "model/call_series.h"
#include "model/score_series.h"

namespace vitrine::forward {

struct MetricsSource {
  std::string instance_id;  ///< Tells two servers apart that send to one receiver.
  std::string version;
  Nanos start;  ///< Since when it was counted.
};

/// An export request as protobuf; empty where nothing was counted yet.
std::string EncodeCallMetrics(const std::vector<model::CallSeries>& calls,
                              const std::vector<model::ScoreSeries>& scores,
                              const MetricsSource& source, Nanos now);

}  // namespace vitrine::forward
