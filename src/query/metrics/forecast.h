// Forecast: what a sum will come to by the end of the month, from its days so far.
// Threads: free functions. Source: docs/metrics.md "Forecast".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/metrics/metrics_request.h"
#include "storage/clickhouse/client.h"

namespace vitrine::query {

/// A day of the past and what it came to.
struct ForecastDay {
  double value = 0;
  int weekday = 0;  ///< 0 to 6; which day is which does not matter.
};

/// What is to come.
struct RemainingDay {
  int weekday = 0;
  double part = 1;  ///< Of today: how much of it is left.
};

struct ForecastEstimate {
  double expected = 0, deviation = 0;  ///< Of everything that is to come.
  bool by_weekday = false;
};

/// Each remaining day is expected to be like the mean of its weekday where there are two of each,
/// else like the mean day. The deviation adds that of single days, taken as independent, and that
/// of the means. Nothing where fewer than two days are known.
std::optional<ForecastEstimate> Estimate(const std::vector<ForecastDay>& past,
                                         const std::vector<RemainingDay>& remaining);

struct Forecast {
  TimeRange month;
  std::string measure;
  ValueUnit unit = ValueUnit::kCount;
  double actual = 0;                          ///< Of the month until now.
  std::optional<double> expected, low, high;  ///< At its end; the band holds 95 of 100.
  std::string method;                         ///< A sentence.
  size_t days_used = 0;
};

struct ForecastRequest {
  MetricsRequest metrics;  ///< One measure that adds up over time; its time is not used.
};

/// Reads {"measure","unit","filter","time_zone"}. Errors: kInvalidInput.
Result<ForecastRequest> ParseForecast(std::string_view body, const CallFilter& terms, Nanos now);
/// Errors: kInvalidInput, the client's.
Result<Forecast> AskForecast(clickhouse::Client& client, const ForecastRequest& request);

}  // namespace vitrine::query
