// CallSeries: what was counted of the model calls of one set of labels since the start, as
// histograms. Values only. Source: OpenTelemetry semantic conventions 1.38, "Generative AI metrics"
// (names, units and bounds of the buckets).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/money.h"
#include "model/span.h"

namespace vitrine::model {

struct CallLabels {
  std::string project, operation, provider, model, feature;
  auto operator<=>(const CallLabels&) const = default;
};

/// Counts by upper bound; the last one has none. Not cumulative.
template <size_t kBounds>
struct CallHistogram {
  std::array<uint64_t, kBounds + 1> counts{};
  double sum = 0;
  uint64_t count = 0;

  void Add(double value, const std::array<double, kBounds>& bounds) {
    ++counts[static_cast<size_t>(std::ranges::lower_bound(bounds, value) - bounds.begin())];
    sum += value;
    ++count;
  }
};

inline constexpr std::array<double, 14> kDurationBounds = {
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92};
inline constexpr std::array<double, 16> kFirstTokenBounds = {
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0};
inline constexpr std::array<double, 14> kTokenBounds = {
    1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864};
inline constexpr size_t kErrorTypeCount = static_cast<size_t>(ErrorType::kOther) + 1;

struct CallSeries {
  CallLabels labels;
  CallHistogram<kDurationBounds.size()> duration_s;
  CallHistogram<kFirstTokenBounds.size()> first_token_s;
  CallHistogram<kTokenBounds.size()> input_tokens, output_tokens;
  std::array<uint64_t, kErrorTypeCount> errors{};  ///< By ErrorType; failed without one: kOther.
  Money cost;
  uint64_t unpriced_count = 0;
};

}  // namespace vitrine::model
