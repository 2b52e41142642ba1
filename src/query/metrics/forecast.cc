#include "query/metrics/forecast.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "query/limits.h"
#include "query/metrics/metrics.h"

namespace vitrine::query {
namespace {

// Four weeks tell a week's rhythm and are soon rid of what was before a change.
constexpr int64_t kDaysUsed = 28;
// 95 of 100 of a normal distribution.
constexpr double kBand = 1.96;
// A month and a bit, to see the next one's start.
constexpr int64_t kOverAMonth = 33 * kNanosPerDay;
// Local days are at least this long when clocks change.
constexpr int64_t kShortestDay = 22 * 3600 * kNanosPerSecond;

/// A value of an answer: a number, or money in quotes; nothing is nothing spent.
double NumberOf(const std::string& json) {
  if (json == "null") return 0;
  return std::strtod(json.c_str() + (json.front() == '"' ? 1 : 0), nullptr);
}

int WeekdayOf(Nanos day_start) {
  // Noon of the local day is the same day of the week in every order of zones.
  return static_cast<int>(((day_start.since_epoch + kNanosPerDay / 2) / kNanosPerDay) % 7);
}

double Mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

Result<TimeRange> MonthOf(clickhouse::Client& client, Nanos now, const std::string& zone) {
  const Interval month{Interval::Unit::kMonths, 1};
  TRY_ASSIGN(const auto first, BucketStarts(client, {now, now + 1}, month, zone));
  TRY_ASSIGN(const auto starts,
             BucketStarts(client, {first.front(), first.front() + kOverAMonth}, month, zone));
  if (starts.size() < 2) return Fail(ErrorCode::kInternal, "a month without an end");
  return TimeRange{starts[0], starts[1]};
}

}  // namespace

std::optional<ForecastEstimate> Estimate(const std::vector<ForecastDay>& past,
                                         const std::vector<RemainingDay>& remaining) {
  if (past.size() < 2) return std::nullopt;
  std::array<std::vector<double>, 7> by_weekday;
  std::vector<double> all;
  for (const ForecastDay& day : past) {
    by_weekday[static_cast<size_t>(day.weekday)].push_back(day.value);
    all.push_back(day.value);
  }
  ForecastEstimate estimate;
  estimate.by_weekday =
      std::ranges::all_of(by_weekday, [](const auto& values) { return values.size() >= 2; });
  const auto expected = [&](int weekday) {
    return estimate.by_weekday ? Mean(by_weekday[static_cast<size_t>(weekday)]) : Mean(all);
  };
  double squares = 0;
  for (const ForecastDay& day : past) {
    const double off = day.value - expected(day.weekday);
    squares += off * off;
  }
  const double means = estimate.by_weekday ? 7 : 1;
  const double freedom = std::max(1.0, static_cast<double>(past.size()) - means);
  const double variance = squares / freedom;
  double days = 0, parts = 0;
  for (const RemainingDay& day : remaining) {
    estimate.expected += day.part * expected(day.weekday);
    days += day.part;
    parts += day.part * day.part;
  }
  const double of_means = days * days * variance / static_cast<double>(past.size());
  estimate.deviation = std::sqrt(variance * parts + of_means);
  return estimate;
}

Result<ForecastRequest> ParseForecast(std::string_view body, const CallFilter& terms, Nanos now) {
  Arena arena;
  syntax::JsonDocument document;
  TRY(ParseBody(body, "{\"measure\":\"sum(cost_usd)\",\"time_zone\":\"Europe/Berlin\"}", arena,
                document));
  const auto root = document.root();
  TRY(CheckMembers(root, "measure, unit, filter, time_zone"));
  const auto text = [&](const char* name, const char* otherwise) {
    return root[name].is_nothing() ? std::string(otherwise) : std::string(root[name].text());
  };
  ForecastRequest request;
  MetricsRequest& metrics = request.metrics;
  TRY_ASSIGN(metrics.unit, ParseMetricsUnit(root["unit"]));
  TRY(CheckTerms(terms, metrics.unit));
  metrics.scope.filter = terms;
  metrics.scope.now = now;
  metrics.time_zone = text("time_zone", "UTC");
  metrics.filter_text = text("filter", "");
  const std::string measure = text("measure", "sum(cost_usd)");
  TRY_ASSIGN(Formula formula, ParseFormula(measure));
  const Leaf& leaf = formula.nodes.front().leaf;
  const bool is_distinct = leaf.kind == LeafKind::kUsers || leaf.kind == LeafKind::kSessions ||
                           leaf.kind == LeafKind::kTraces || leaf.kind == LeafKind::kSeconds;
  if (formula.nodes.size() != 1 || formula.nodes[0].op != FormulaOp::kLeaf || is_distinct ||
      (leaf.has_number() && leaf.kind != LeafKind::kSum)) {
    return Fail(ErrorCode::kInvalidInput,
                "measure: is one that adds up over days, like sum(cost_usd) or count");
  }
  metrics.order = formula;
  metrics.measures.push_back({measure, std::move(formula)});
  return request;
}

Result<Forecast> AskForecast(clickhouse::Client& client, const ForecastRequest& request) {
  MetricsRequest metrics = request.metrics;
  const Nanos now = metrics.scope.now;
  Forecast forecast;
  forecast.measure = metrics.measures.front().name;
  forecast.unit = metrics.measures.front().formula.unit;
  TRY_ASSIGN(forecast.month, MonthOf(client, now, metrics.time_zone));
  const Interval day{Interval::Unit::kDays, 1};
  TRY_ASSIGN(const auto days,
             BucketStarts(client, {now + -(kDaysUsed * kNanosPerDay), forecast.month.to}, day,
                          metrics.time_zone));
  // Whole minutes, which rollups answer.
  constexpr int64_t kMinute = 60 * kNanosPerSecond;
  metrics.scope.range = {std::min(days.front(), forecast.month.from),
                         {(now.since_epoch / kMinute + 1) * kMinute}};
  metrics.has_series = true;
  metrics.interval = day;
  TRY_ASSIGN(const MetricsAnswer answer, AskMetrics(client, metrics));
  const auto& values = answer.totals.series.front();
  // Days before the first with anything are before there was any traffic.
  size_t first = 0;
  while (first < values.size() && NumberOf(values[first]) == 0) ++first;
  std::vector<ForecastDay> past;
  for (size_t i = 0; i < values.size(); ++i) {
    const Nanos start = answer.buckets[i];
    if (start >= forecast.month.from) forecast.actual += NumberOf(values[i]);
    const bool is_over = i + 1 < values.size();
    if (is_over && i >= first && start >= days.front())
      past.push_back({NumberOf(values[i]), WeekdayOf(start)});
  }
  std::vector<RemainingDay> remaining;
  for (size_t i = 0; i < days.size(); ++i) {
    const Nanos end = i + 1 < days.size() ? days[i + 1] : forecast.month.to;
    if (end <= now) continue;
    const double length = static_cast<double>(std::max(end - days[i], kShortestDay));
    const double left = static_cast<double>(end - std::max(days[i], now));
    remaining.push_back({WeekdayOf(days[i]), left / length});
  }
  forecast.days_used = past.size();
  const auto estimate = Estimate(past, remaining);
  if (!estimate) {
    forecast.method = "fewer than two whole days are known, so nothing is foretold";
    return forecast;
  }
  forecast.method = std::string("each day to come is expected to be the mean ") +
                    (estimate->by_weekday ? "of its weekday in" : "day of") + " the last " +
                    std::to_string(past.size()) +
                    " whole days; the band is 1.96 standard deviations of days and of the mean, "
                    "days taken as independent";
  forecast.expected = forecast.actual + estimate->expected;
  forecast.low = std::max(forecast.actual, *forecast.expected - kBand * estimate->deviation);
  forecast.high = *forecast.expected + kBand * estimate->deviation;
  return forecast;
}

}  // namespace vitrine::query
