// Encodes metrics as an OTLP ExportMetricsServiceRequest, for handing on what the server counts.
// Threads: free functions. Source: opentelemetry/proto/metrics/v1, OTLP 1.11.0.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

namespace vitrine::codecs {

using MetricAttributes = std::vector<std::pair<std::string_view, std::string>>;

/// A sum: one number, which only grows.
struct SumPoint {
  MetricAttributes attributes;
  double value = 0;
};

/// A histogram. Without bounds there is one bucket, and sum, least and greatest say what it holds.
struct HistogramPoint {
  MetricAttributes attributes;
  uint64_t count = 0;
  double sum = 0;
  std::optional<double> min, max;
  std::span<const double> bounds;     ///< Upper ones, ascending; borrowed.
  std::span<const uint64_t> buckets;  ///< One more than bounds; borrowed.
};

struct Metric {
  std::string_view name, description, unit;
  std::vector<SumPoint> sums;  ///< One of the two.
  std::vector<HistogramPoint> histograms;
};

/// Everything is counted from `start` on (cumulative temporality) and true at `now`.
struct MetricsRequest {
  MetricAttributes resource;
  std::string_view scope_name, scope_version;
  Nanos start, now;
  std::vector<Metric> metrics;  ///< Those without points are left out.
};

std::string EncodeMetricsProtobuf(const MetricsRequest& request);

}  // namespace vitrine::codecs
