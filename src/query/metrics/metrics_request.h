// MetricsRequest: what POST /api/v1/query asks, read and typed. Owner: values. Threads: free
// functions. Source: docs/metrics.md.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "query/call_filter.h"
#include "query/filter/filter.h"
#include "query/filter/word_lookup.h"
#include "query/limits.h"
#include "query/metrics/dimension.h"
#include "query/metrics/formula.h"
#include "query/metrics/time_buckets.h"
#include "syntax/json/json_document.h"

namespace vitrine::query {

/// Which rows are meant.
struct MetricsScope {
  CallFilter filter;  ///< Its project, terms and expression; the times are those of `range`.
  TimeRange range;
  Nanos now;              ///< What lies behind it has not happened yet, but for wrong clocks.
  FilterLookups lookups;  ///< Of the words in its expression; filled when it is asked.
  /// What is known of the scores of a name; filled when it is asked.
  struct Scores {
    std::string ways;  ///< The letters of the ways in which rows have them (score_joins.cc).
    bool are_elsewhere = false;  ///< Most were given at other times than the range.
  };
  std::map<std::string, Scores, std::less<>> scores;
};

struct Measure {
  std::string name;  ///< As it was asked for.
  Formula formula;
};

struct MetricsRequest {
  MetricsUnit unit = MetricsUnit::kCalls;
  MetricsScope scope;
  std::vector<Measure> measures;
  std::vector<Dimension> group_by;
  bool has_series = false;
  std::optional<Interval> interval;  ///< Nothing: a fitting one.
  std::string time_zone = "UTC";
  uint32_t top = 10;
  Formula order;
  bool is_exact = false;  ///< Never from rollups, and never percentiles from a sketch.
  uint64_t memory_bytes_max = kMetricsMemoryBytesMax;

  enum class Compare { kNone, kPrevious, kOther };
  Compare compare = Compare::kNone;
  MetricsScope compare_scope;  ///< For kOther.

  std::string filter_text;                         ///< Member "filter".
  std::optional<std::string> compare_filter_text;  ///< Of "compare", where it has one.
};

FilterUnit FilterUnitOf(MetricsUnit unit);

/// Reads the body of a request, but for the texts of its filters: whoever takes them in
/// (ReadFilter) can say where they are wrong. `terms` are what the parameters say beside the body.
/// Errors: kInvalidInput naming the member, kLimitExceeded.
Result<MetricsRequest> ParseMetricsRequest(std::string_view body, const CallFilter& terms,
                                           Nanos now);

/// Parts that other questions about metrics take as well.
Result<MetricsUnit> ParseMetricsUnit(const syntax::JsonValue& value);
/// The last 24 hours where a member is missing.
Result<TimeRange> ParseTimeRange(const syntax::JsonValue& object, Nanos now);
/// The terms beside a body fit to its unit.
Result<void> CheckTerms(const CallFilter& terms, MetricsUnit unit);
/// Parses a request's body, an object like `example`. The document borrows from both.
Result<void> ParseBody(std::string_view body, const char* example, Arena& arena,
                       syntax::JsonDocument& document);
Result<void> CheckMembers(const syntax::JsonValue& object, std::string_view known);

}  // namespace vitrine::query
