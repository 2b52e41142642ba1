// Rollups: signed sums by time and dimension, with log-bucket histograms. What a settled batch
// changes is added; what it replaces is subtracted; zero stays zero. Owner: the settler. Source:
// DESIGN 3 "Rollups are signed".
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>

#include "storage/schema/stored_span.h"

namespace vitrine::settle {

/// Buckets of a histogram: value v > 0 lies in bucket floor(log(v) / log(1.02)); 0 and less in
/// kZeroBucket.
int16_t HistogramBucket(double value);
inline constexpr int16_t kZeroBucket = INT16_MIN;
inline constexpr double kHistogramRatio = 1.02;

/// The tables of sums, by what a row is the sum of.
enum class RollupTable : uint8_t {
  kMinutes,    ///< rollup_rows: of a minute, by everything but the user.
  kHours,      ///< hour_rollup_rows: of an hour, by the same.
  kUserHours,  ///< user_rollup_rows: of an hour, by user and kind; counted calls, no histograms.
};
inline constexpr RollupTable kRollupTables[] = {RollupTable::kMinutes, RollupTable::kHours,
                                                RollupTable::kUserHours};
const char* TableName(RollupTable table);

struct RollupKey {
  std::string project;
  int64_t minute = 0;   ///< Minutes since the epoch: the span's start, cut to the table's step.
  std::string user_id;  ///< In user_rollup_rows alone, which has no other name but the kind.
  std::string kind, provider, model, service, environment, release, feature, error_type;
  std::string request_model, prompt_name, prompt_version;
  bool counted = false;  ///< Calls are counted spans; another span of the same call is not.
  auto operator<=>(const RollupKey&) const = default;
};

using Histogram = std::map<int16_t, double>;

struct RollupSums {
  double spans = 0, errors = 0, calls = 0, unpriced_calls = 0, usage_missing_calls = 0;
  double input_tokens = 0, cached_input_tokens = 0, cache_write_tokens = 0, output_tokens = 0,
         reasoning_tokens = 0;
  /// Attempts after the first, answers that were refusals, and spans of two kinds.
  double retries = 0, refusals = 0, llm_spans = 0, tool_spans = 0, tool_errors = 0;
  /// Counted spans that say the number; an average is over these.
  double priced_calls = 0, saved_calls = 0, token_spans = 0, input_calls = 0,
         cached_input_calls = 0, cache_write_calls = 0, output_calls = 0, reasoning_calls = 0;
  int64_t duration_ns = 0, ttft_ns = 0, tpot_ns = 0;
  int64_t cost_nano_usd = 0, saved_nano_usd = 0;
  Histogram duration_histogram, ttft_histogram, tpot_histogram;

  bool is_zero() const;
  RollupSums& operator+=(const RollupSums& other);

  /// Every field by the name of its column.
  template <typename T>
  using Fields = std::span<const std::pair<const char*, T RollupSums::*>>;
  static Fields<double> numbers();
  static Fields<int64_t> wholes();
  static Fields<Histogram> histograms();
};

class RollupDelta {
 public:
  using Sums = std::map<RollupKey, RollupSums>;

  /// Adds `sign` (+1 or -1) times the row's contribution. Fragments and tombstones contribute
  /// nothing.
  void Add(const storage::StoredSpan& row, int sign);
  /// What remains for the table, without entries that cancelled out.
  Sums Finish(RollupTable table = RollupTable::kMinutes) const;

 private:
  Sums minutes_, user_hours_;
};

}  // namespace vitrine::settle
