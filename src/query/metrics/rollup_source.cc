#include "query/metrics/rollup_source.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <string>

#include "query/filter/rollup_filter.h"
#include "storage/schema/schema.h"

namespace vitrine::query {
namespace {

constexpr int64_t kNanosPerMinute = 60 * kNanosPerSecond;
constexpr int64_t kNanosPerHour = 60 * kNanosPerMinute;
constexpr const char* kModelCalls = "kind IN ('llm', 'embedding', 'rerank')";

bool IsWhole(Nanos time, int64_t step) { return time.since_epoch % step == 0; }

/// What is between the first and the last whole step of the range; none where there is no whole
/// one.
TimeRange WholeSteps(const TimeRange& range, int64_t step) {
  const int64_t from = range.from.since_epoch + step - 1, to = range.to.since_epoch;
  const TimeRange whole{{from - from % step}, {to - to % step}};
  return whole.from < whole.to ? whole : TimeRange{range.from, range.from};
}

/// The whole hours of the range; none where a bucket would begin within one.
TimeRange WholeHours(const TimeRange& range, const std::vector<Nanos>* buckets) {
  const auto is_within_an_hour = [](Nanos start) { return !IsWhole(start, kNanosPerHour); };
  if (buckets != nullptr && std::ranges::any_of(*buckets, is_within_an_hour))
    return {range.from, range.from};
  return WholeSteps(range, kNanosPerHour);
}

using Ranges = std::vector<TimeRange>;

/// What of the range lies outside of a part of it.
Ranges Outside(const TimeRange& part, const TimeRange& range) {
  Ranges rest = {{range.from, part.from}, {part.to, range.to}};
  std::erase_if(rest, [](const TimeRange& side) { return side.from >= side.to; });
  return rest;
}

/// " AND (within one of them)".
void AppendWithin(SqlText& sql, const Ranges& ranges,
                  const std::function<void(const TimeRange&)>& append) {
  sql << " AND (";
  for (const TimeRange& range : ranges) {
    sql << (&range == ranges.data() ? "" : " OR ");
    append(range);
  }
  sql << ")";
}

void AppendMinutes(SqlText& sql, const Ranges& ranges) {
  const auto moment = [](Nanos time) {
    return "toDateTime(" + std::to_string(time.since_epoch / kNanosPerSecond) + ", 'UTC')";
  };
  AppendWithin(sql, ranges, [&](const TimeRange& range) {
    sql << "minute >= " << moment(range.from) << " AND minute < " << moment(range.to);
  });
}

/// True where the name is a word of its own in one of the expressions.
bool IsUsed(std::string_view name, const RollupColumns& columns) {
  const auto is_of_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  return std::ranges::any_of(columns, [&](const std::string& expression) {
    for (size_t at = expression.find(name); at != std::string::npos;
         at = expression.find(name, at + 1)) {
      const size_t end = at + name.size();
      if ((at == 0 || !is_of_word(expression[at - 1])) &&
          (end == expression.size() || !is_of_word(expression[end])))
        return true;
    }
    return false;
  });
}

/// The names of the columns that are asked for, each with ", " before it.
void AppendUsed(SqlText& sql, const RollupColumns& columns) {
  for (const auto& [name, add] : RollupSums(columns)) sql << ", " << name;
}

void AppendNameConditions(SqlText& sql, MetricsUnit unit, const CallFilter& filter) {
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

/// "SELECT minute" and what is asked of names and sums.
void AppendNamedColumns(SqlText& sql, const RollupColumns& columns) {
  sql << "SELECT minute";
  for (const storage::RollupName& name : storage::RollupNamesOfSpan())
    if (IsUsed(name.name, columns)) sql << ", " << name.name;
  AppendUsed(sql, columns);
}

void AppendNames(SqlText& sql, const char* table, MetricsUnit unit, const CallFilter& filter,
                 const Ranges& ranges, const RollupColumns& columns) {
  AppendNamedColumns(sql, columns);
  sql << " FROM vitrine." << table << " WHERE project = ";
  AppendMinutes(sql.Param(filter.project), ranges);
  AppendNameConditions(sql, unit, filter);
}

void AppendUserConditions(SqlText& sql, const CallFilter& filter) {
  AppendEqual(sql, "kind", filter.kind);
  AppendEqual(sql, "user_id", filter.user);
}

void AppendUserHours(SqlText& sql, const CallFilter& filter, const Ranges& ranges,
                     const RollupColumns& columns) {
  sql << "SELECT minute, kind, user_id";
  AppendUsed(sql, columns);
  sql << " FROM vitrine.user_rollup_rows WHERE project = ";
  AppendMinutes(sql.Param(filter.project), ranges);
  AppendUserConditions(sql, filter);
}

/// Sums have spans of wrong clocks at a bound instead (settle/rollups.cc): there is nothing of them
/// to take off where they say they are.
constexpr const char* kCountedWhereTheyBegan =
    "(capture = 'import' OR (toDate(start_time) >= toDate(received_time) - 400 AND "
    "toDate(start_time) <= toDate(received_time) + 2))";

void AppendSpansWithin(SqlText& sql, const CallFilter& filter, const Ranges& ranges) {
  sql << " FROM vitrine.span_rows FINAL WHERE project = ";
  AppendWithin(sql.Param(filter.project), ranges, [&](const TimeRange& range) {
    (sql << "start_time >= ").Time(range.from);
    (sql << " AND start_time < ").Time(range.to);
  });
  sql << " AND is_fragment = 0";
}

constexpr const char* kMinuteOfSpan = "toStartOfMinute(toDateTime(start_time, 'UTC')) AS minute";

/// What the spans of the ranges would add to sums by name.
void AppendNameSpans(SqlText& sql, MetricsUnit unit, const CallFilter& filter, const Ranges& ranges,
                     const RollupColumns& columns) {
  // Names and sums have the names of columns that they are made of: they get them one level up.
  std::string made, named;
  const auto add = [&](const char* name, const char* of_span) {
    made += std::string(", ") + of_span + " AS of_" + name;
    named += std::string(", of_") + name + " AS " + name;
  };
  for (const storage::RollupName& name : storage::RollupNamesOfSpan()) add(name.name, name.of_span);
  for (const auto sums : {storage::RollupSumsOfSpan(), storage::RollupHistogramsOfSpan()})
    for (const storage::RollupSum& sum : sums)
      if (IsUsed(sum.name, columns)) add(sum.name, sum.of_span);
  AppendNamedColumns(sql, columns);
  sql << " FROM (SELECT minute" << named << " FROM (" << storage::kRollupWords << " SELECT "
      << kMinuteOfSpan << made;
  AppendSpansWithin(sql, filter, ranges);
  sql << " AND " << kCountedWhereTheyBegan << ")) WHERE 1";
  AppendNameConditions(sql, unit, filter);
}

/// What the spans of the ranges add; with `sign` '-', what is left without them.
void AppendUserSpans(SqlText& sql, const CallFilter& filter, const Ranges& ranges,
                     const RollupColumns& columns, const char* sign) {
  // Sums have the names of columns that they are made of: they get them outside.
  const auto append_used = [&](const std::function<void(const storage::RollupSum&)>& append) {
    for (const storage::RollupSum& sum : storage::RollupSumsOfSpan())
      if (IsUsed(sum.name, columns)) append(sum);
  };
  sql << "SELECT minute, kind, user_id";
  append_used(
      [&](const auto& sum) { sql << ", " << sign << "sum_" << sum.name << " AS " << sum.name; });
  sql << " FROM (" << storage::kRollupWords << " SELECT " << kMinuteOfSpan << ", kind, user_id";
  append_used([&](const auto& sum) { sql << ", " << sum.of_span << " AS sum_" << sum.name; });
  AppendSpansWithin(sql, filter, ranges);
  sql << " AND counted = 1 AND " << kModelCalls;
  AppendUserConditions(sql, filter);
  if (*sign != '\0') sql << " AND " << kCountedWhereTheyBegan;
  sql << ")";
}

/// The hours of which sums are read, the spans that are added to them, and those that are taken
/// off.
struct HoursAndSpans {
  TimeRange hours;
  Ranges added, taken_off;
};

/// Of the hour in which a range begins or ends that side is read which is shorter; nothing is in
/// what is still to come. A part of the hour's sums would be in the wrong bucket of a series.
HoursAndSpans ShorterSides(const MetricsScope& scope, bool has_series) {
  const TimeRange& range = scope.range;
  const TimeRange inner = WholeHours(range, nullptr);
  HoursAndSpans sides{inner, {}, {}};
  const auto is_shorter = [&](Nanos from, Nanos to, int64_t than) {
    return !has_series && std::min(to, std::max(from, scope.now)) - from < than;
  };
  if (range.from < inner.from) {
    const Nanos hour{inner.from.since_epoch - kNanosPerHour};
    const bool is_taken_off = is_shorter(hour, range.from, inner.from - range.from);
    if (is_taken_off) sides.hours.from = hour;
    (is_taken_off ? sides.taken_off : sides.added)
        .push_back(is_taken_off ? TimeRange{hour, range.from} : TimeRange{range.from, inner.from});
  }
  if (inner.to < range.to) {
    const Nanos hour{inner.to.since_epoch + kNanosPerHour};
    const bool is_taken_off = is_shorter(range.to, hour, range.to - inner.to);
    if (is_taken_off) sides.hours.to = hour;
    (is_taken_off ? sides.taken_off : sides.added)
        .push_back(is_taken_off ? TimeRange{range.to, hour} : TimeRange{inner.to, range.to});
  }
  return sides;
}

void AppendUsers(SqlText& sql, const MetricsScope& scope, const std::vector<Nanos>* buckets,
                 const RollupColumns& columns) {
  const CallFilter& filter = scope.filter;
  const TimeRange inner = WholeHours(scope.range, buckets);
  if (!(inner.from < inner.to)) return AppendUserSpans(sql, filter, {scope.range}, columns, "");
  const HoursAndSpans sides = ShorterSides(scope, buckets != nullptr);
  AppendUserHours(sql, filter, {sides.hours}, columns);
  if (!sides.added.empty()) AppendUserSpans(sql << " UNION ALL ", filter, sides.added, columns, "");
  if (!sides.taken_off.empty())
    AppendUserSpans(sql << " UNION ALL ", filter, sides.taken_off, columns, "-");
}

void AppendAllNames(SqlText& sql, MetricsUnit unit, const MetricsScope& scope,
                    const std::vector<Nanos>* buckets, const RollupColumns& columns) {
  const CallFilter& filter = scope.filter;
  const TimeRange minutes = WholeSteps(scope.range, kNanosPerMinute);
  const TimeRange hours = WholeHours(minutes, buckets);
  const bool has_hours = hours.from < hours.to;
  const Ranges in_minutes = Outside(hours, minutes), in_spans = Outside(minutes, scope.range);
  const char* between = "";
  if (has_hours) {
    AppendNames(sql, "hour_rollup_rows", unit, filter, {hours}, columns);
    between = " UNION ALL ";
  }
  if (!in_spans.empty()) {
    AppendNameSpans(sql << between, unit, filter, in_spans, columns);
    between = " UNION ALL ";
  }
  // A range that ends where it begins has nothing of any.
  const bool has_nothing = !has_hours && in_spans.empty() && in_minutes.empty();
  if (!in_minutes.empty() || has_nothing) {
    const Ranges ranges = has_nothing ? Ranges{scope.range} : in_minutes;
    AppendNames(sql << between, "rollup_rows", unit, filter, ranges, columns);
  }
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
         (is_everything || RollupsAnswer(filter.expression));
}

std::vector<std::pair<std::string_view, const char*>> RollupSums(const RollupColumns& columns) {
  std::vector<std::pair<std::string_view, const char*>> sums;
  for (const storage::RollupSum& sum : storage::RollupSumsOfSpan())
    if (IsUsed(sum.name, columns)) sums.emplace_back(sum.name, "sum");
  for (const storage::RollupSum& histogram : storage::RollupHistogramsOfSpan())
    if (IsUsed(histogram.name, columns)) sums.emplace_back(histogram.name, "sumMap");
  return sums;
}

void AppendRollups(SqlText& sql, RollupSource source, MetricsUnit unit, const MetricsScope& scope,
                   const std::vector<Nanos>* buckets, const RollupColumns& columns) {
  sql << " FROM (";
  if (source == RollupSource::kByUser) {
    AppendUsers(sql, scope, buckets, columns);
  } else {
    AppendAllNames(sql, unit, scope, buckets, columns);
  }
  sql << ")";
}

}  // namespace vitrine::query
