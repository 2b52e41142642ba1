#include "query/metrics/rollup_source.h"

#include <algorithm>
#include <functional>
#include <string>

#include "query/filter/rollup_filter.h"
#include "storage/schema/schema.h"

namespace vitrine::query {
namespace {

constexpr int64_t kNanosPerMinute = 60 * kNanosPerSecond;
constexpr int64_t kNanosPerHour = 60 * kNanosPerMinute;
constexpr const char* kModelCalls = "kind IN ('llm', 'embedding', 'rerank')";
constexpr const char* kNames =
    "minute, kind, provider, model, service, environment, release, feature, error_type, "
    "request_model, counted, duration_histogram, ttft_histogram, tpot_histogram";

bool IsWhole(Nanos time, int64_t step) { return time.since_epoch % step == 0; }

/// The whole hours of the range; none where a bucket would begin within one.
TimeRange WholeHours(const TimeRange& range, const std::vector<Nanos>* buckets) {
  const auto is_within_an_hour = [](Nanos start) { return !IsWhole(start, kNanosPerHour); };
  if (buckets != nullptr && std::ranges::any_of(*buckets, is_within_an_hour))
    return {range.from, range.from};
  const int64_t from = range.from.since_epoch + kNanosPerHour - 1, to = range.to.since_epoch;
  TimeRange hours{{from - from % kNanosPerHour}, {to - to % kNanosPerHour}};
  if (hours.from >= hours.to) return {range.from, range.from};
  return hours;
}

void AppendMinutes(SqlText& sql, const TimeRange& range) {
  const auto moment = [](Nanos time) {
    return "toDateTime(" + std::to_string(time.since_epoch / kNanosPerSecond) + ", 'UTC')";
  };
  sql << " AND minute >= " << moment(range.from) << " AND minute < " << moment(range.to);
}

std::string SumNames() {
  std::string names;
  for (const storage::RollupSum& sum : storage::RollupSumsOfSpan())
    names += std::string(", ") + sum.name;
  return names;
}

void AppendNames(SqlText& sql, const char* table, MetricsUnit unit, const CallFilter& filter,
                 const TimeRange& range) {
  sql << "SELECT " << kNames << SumNames() << " FROM vitrine." << table << " WHERE project = ";
  AppendMinutes(sql.Param(filter.project), range);
  if (!filter.kind.empty()) {
    AppendEqual(sql, "kind", filter.kind);
  } else if (unit == MetricsUnit::kCalls) {
    sql << " AND " << kModelCalls;
  }
  if (unit == MetricsUnit::kCalls) sql << " AND counted = 1";
  if (!filter.model.empty()) {
    (sql << " AND (request_model = ").Param(filter.model);
    // As calls match it; what answered is empty where the request's name stands for it.
    (sql << " OR model = ").Param(filter.model) << ")";
  }
  if (!filter.status.empty())
    sql << " AND error_type " << (filter.status == "error" ? "!=" : "=") << " ''";
  AppendEqual(sql, "provider", filter.provider);
  AppendEqual(sql, "service", filter.service);
  AppendEqual(sql, "environment", filter.environment);
  AppendEqual(sql, "release", filter.release);
  AppendEqual(sql, "feature", filter.feature);
  AppendRollupFilter(sql, filter.expression);
}

void AppendUserConditions(SqlText& sql, const CallFilter& filter) {
  AppendEqual(sql, "kind", filter.kind);
  AppendEqual(sql, "user_id", filter.user);
}

void AppendUserHours(SqlText& sql, const CallFilter& filter, const TimeRange& range) {
  sql << "SELECT minute, kind, user_id" << SumNames()
      << " FROM vitrine.user_rollup_rows WHERE project = ";
  AppendMinutes(sql.Param(filter.project), range);
  AppendUserConditions(sql, filter);
}

void AppendUserSpans(SqlText& sql, const CallFilter& filter, const TimeRange& range) {
  // Sums have the names of columns that they are made of: they get them outside.
  sql << "SELECT minute, kind, user_id";
  for (const storage::RollupSum& sum : storage::RollupSumsOfSpan())
    sql << ", sum_" << sum.name << " AS " << sum.name;
  sql << " FROM (SELECT toStartOfMinute(toDateTime(start_time, 'UTC')) AS minute, kind, user_id";
  for (const storage::RollupSum& sum : storage::RollupSumsOfSpan())
    sql << ", " << sum.of_span << " AS sum_" << sum.name;
  sql << " FROM vitrine.span_rows FINAL WHERE project = ";
  (sql.Param(filter.project) << " AND start_time >= ").Time(range.from);
  (sql << " AND start_time < ").Time(range.to)
      << " AND is_fragment = 0 AND counted = 1 AND " << kModelCalls;
  AppendUserConditions(sql, filter);
  sql << ")";
}

}  // namespace

std::string_view RollupColumn(RollupSource source, const Dimension& dimension) {
  if (source == RollupSource::kByName) return dimension.rollup_column();
  if (source == RollupSource::kNone || dimension.field == nullptr) return {};
  if (dimension.field->name == "user") return "user_id";
  return dimension.field->name == "kind" ? "kind" : "";
}

bool Answers(RollupSource source, const MetricsScope& scope, MetricsUnit unit) {
  const CallFilter& filter = scope.filter;
  if (!filter.session.empty() || !filter.words.empty() || !filter.error_type.empty() ||
      !filter.capture.empty() || filter.stream || unit == MetricsUnit::kTraces)
    return false;
  const bool is_everything = filter.expression.is_everything();
  if (source == RollupSource::kByUser) {
    return is_everything && unit == MetricsUnit::kCalls && filter.model.empty() &&
           filter.status.empty() && filter.provider.empty() && filter.service.empty() &&
           filter.environment.empty() && filter.release.empty() && filter.feature.empty();
  }
  return source == RollupSource::kByName && filter.user.empty() &&
         (is_everything || RollupsAnswer(filter.expression)) &&
         IsWhole(scope.range.from, kNanosPerMinute) && IsWhole(scope.range.to, kNanosPerMinute);
}

void AppendRollups(SqlText& sql, RollupSource source, MetricsUnit unit, const MetricsScope& scope,
                   const std::vector<Nanos>* buckets) {
  const CallFilter& filter = scope.filter;
  const TimeRange hours = WholeHours(scope.range, buckets);
  bool is_first = true;
  const auto append = [&](const TimeRange& range, bool are_hours) {
    if (range.from >= range.to) return;
    sql << (is_first ? "" : " UNION ALL ");
    is_first = false;
    if (source == RollupSource::kByName) {
      AppendNames(sql, are_hours ? "hour_rollup_rows" : "rollup_rows", unit, filter, range);
    } else if (are_hours) {
      AppendUserHours(sql, filter, range);
    } else {
      AppendUserSpans(sql, filter, range);
    }
  };
  sql << " FROM (";
  append({scope.range.from, hours.from}, false);
  append(hours, true);
  append({hours.to, scope.range.to}, false);
  // A range that ends where it begins has no part.
  if (is_first) append({scope.range.from, scope.range.from + 1}, false);
  sql << ")";
}

}  // namespace vitrine::query
