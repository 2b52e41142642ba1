// Rollups: signed sums per minute and dimension, with log-bucket histograms. What a settled batch
// changes is added; what it replaces is subtracted; zero stays zero. Owner: the settler. Source:
// DESIGN 3 "Rollups are signed".
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <string>

#include "storage/schema/stored_span.h"

namespace vitrine::settle {

/// Buckets of a histogram: value v > 0 lies in bucket floor(log(v) / log(1.02)); 0 and less in
/// kZeroBucket.
int16_t HistogramBucket(double value);
inline constexpr int16_t kZeroBucket = INT16_MIN;
inline constexpr double kHistogramRatio = 1.02;

struct RollupKey {
  std::string project;
  int64_t minute = 0;  ///< Minutes since the epoch, of the span's start.
  std::string kind, provider, model, service, environment, release, feature, error_type;
  std::string request_model;
  bool counted = false;  ///< Calls are counted spans; another span of the same call is not.
  auto operator<=>(const RollupKey&) const = default;
};

using Histogram = std::map<int16_t, double>;

struct RollupSums {
  double spans = 0, errors = 0, calls = 0, unpriced_calls = 0, usage_missing_calls = 0;
  double input_tokens = 0, cached_input_tokens = 0, cache_write_tokens = 0, output_tokens = 0,
         reasoning_tokens = 0;
  /// Counted spans that say the number; an average is over these.
  double priced_calls = 0, input_calls = 0, cached_input_calls = 0, cache_write_calls = 0,
         output_calls = 0, reasoning_calls = 0;
  int64_t duration_ns = 0, ttft_ns = 0, tpot_ns = 0;
  int64_t cost_nano_usd = 0, saved_nano_usd = 0;
  Histogram duration_histogram, ttft_histogram, tpot_histogram;
  bool is_zero() const;
};

class RollupDelta {
 public:
  /// Adds `sign` (+1 or -1) times the row's contribution. Fragments and tombstones contribute
  /// nothing.
  void Add(const storage::StoredSpan& row, int sign);
  /// What remains, without entries that cancelled out.
  const std::map<RollupKey, RollupSums>& Finish();
  bool empty() const { return sums_.empty(); }

 private:
  std::map<RollupKey, RollupSums> sums_;
};

}  // namespace vitrine::settle
