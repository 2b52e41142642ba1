#include "query/metrics/metrics.h"

#include <algorithm>
#include <cmath>
#include <future>
#include <iterator>

#include "base/arena.h"
#include "base/beside.h"
#include "query/limits.h"
#include "query/metrics/leaf_sql.h"
#include "query/metrics/metrics_statement.h"
#include "query/metrics/metrics_values.h"
#include "query/metrics/row_source.h"
#include "query/metrics/score_joins.h"
#include "syntax/json/json_document.h"

namespace vitrine::query {
namespace {

using Plans = std::vector<MetricsPlan>;

const Formula kUnpriced{{{FormulaOp::kLeaf, 0, {LeafKind::kUnpricedCount, nullptr, {}, 0}}},
                        ValueUnit::kCount};

double Seconds(Nanos from, Nanos to) {
  return static_cast<double>(std::max<int64_t>(to - from, 0)) / 1e9;
}

/// The groups that are shown.
struct TopGroups {
  std::vector<uint64_t> hashes;  ///< None where their values came with them.
  std::vector<std::vector<std::optional<std::string>>> keys;
  uint64_t count = 0;  ///< Of all groups.
};

std::optional<std::string> KeyOf(const syntax::JsonValue& cell) {
  const std::string_view text = cell.text();
  return text.empty() ? std::nullopt : std::optional(std::string(text));
}

Result<TopGroups> AskTopGroups(clickhouse::Client& client, const Plans& plans,
                               const MetricsRequest& request) {
  TopGroups groups;
  const MetricsPlan& plan = PlanOfOrder(plans, request.order);
  const double seconds = Seconds(request.scope.range.from, request.scope.range.to);
  TRY_ASSIGN(const auto lines,
             AskMetricsLines(
                 client, TopStatement(plan, request.scope, request.order, seconds, request.top)));
  for (const std::string& line : lines) {
    Arena arena;
    syntax::JsonDocument document;
    if (document.Parse(line, arena) != syntax::JsonStatus::kOk)
      return Fail(ErrorCode::kInternal, "unexpected group: " + line);
    const auto row = document.root();
    groups.hashes.push_back(row.At(0).ToUint().value_or(0));
    auto& key = groups.keys.emplace_back();
    for (size_t i = 0; i < plan.dimensions.size(); ++i) key.push_back(KeyOf(row.At(i + 1)));
    groups.count = row.At(plan.dimensions.size() + 1).ToUint().value_or(0);
  }
  return groups;
}

/// The values of one scope, and how to make rows of them.
class ScopeValues {
 public:
  ScopeValues(const Plans& plans, const MetricsRequest& request, const MetricsScope& scope,
              const std::vector<Nanos>& buckets)
      : plans_(plans), request_(request), scope_(scope), buckets_(buckets), values_(plans) {}

  /// The groups on top and their values in one statement, where there is but one plan.
  Result<TopGroups> AskRanked(clickhouse::Client& client) {
    const double seconds = Seconds(scope_.range.from, scope_.range.to);
    const SqlText sql = RankedStatement(plans_[0], scope_, request_.order, seconds, request_.top);
    TRY_ASSIGN(const auto lines, AskMetricsLines(client, sql));
    TopGroups groups;
    for (const std::string& line : lines) {
      TRY(values_.Add(0, line));
      TRY(AddGroup(line, groups));
    }
    return groups;
  }

  Result<void> Ask(clickhouse::Client& client, const TopGroups& groups) {
    ValuesRequest values;
    if (!groups.hashes.empty()) values.groups = &groups.hashes;
    if (request_.has_series && !buckets_.empty()) values.buckets = &buckets_;
    std::vector<std::future<Result<Lines>>> beside;
    for (size_t plan = 1; plan < plans_.size(); ++plan)
      beside.push_back(RunBeside([&, plan] { return AskLines(client, plans_[plan], values); }));
    TRY_ASSIGN(const Lines lines, AskLines(client, plans_[0], values));
    TRY(Add(0, lines));
    for (size_t plan = 1; plan < plans_.size(); ++plan) {
      TRY_ASSIGN(const Lines others, beside[plan - 1].get());
      TRY(Add(plan, others));
    }
    return {};
  }

  /// `size`: how many buckets the series have; where there are none, their values are unknown.
  MetricsRow Row(const MetricsValues::Group& group, size_t size) const {
    MetricsRow row;
    for (const Measure& measure : request_.measures) {
      row.values.push_back(values_.Value(measure.formula, group, std::nullopt, AllSeconds()));
      if (!request_.has_series) continue;
      auto& series = row.series.emplace_back();
      for (size_t i = 0; i < size; ++i) {
        series.push_back(i < buckets_.size()
                             ? values_.Value(measure.formula, group,
                                             buckets_[i].since_epoch / kNanosPerSecond,
                                             BucketSeconds(i))
                             : "null");
      }
    }
    return row;
  }
  uint64_t UnpricedCalls() const {
    return static_cast<uint64_t>(
        std::llround(values_.Number(kUnpriced, std::nullopt, std::nullopt, 0).value_or(0)));
  }

 private:
  using Lines = std::vector<std::string>;

  Result<Lines> AskLines(clickhouse::Client& client, const MetricsPlan& plan,
                         ValuesRequest values) const {
    const auto ask = [&] {
      return AskMetricsLines(client, ValuesStatement(plan, scope_, values),
                             request_.memory_bytes_max);
    };
    TRY_ASSIGN(Lines lines, ask());
    if (values.groups == nullptr || !plan.has_list()) return lines;
    // Rows with several values are in several groups, but once in the whole, which comes last.
    values.groups = nullptr;
    TRY_ASSIGN(Lines whole, ask());
    std::ranges::move(whole, std::back_inserter(lines));
    return lines;
  }
  Result<void> Add(size_t plan, const Lines& lines) {
    for (const std::string& line : lines) TRY(values_.Add(plan, line));
    return {};
  }
  /// Takes the keys and the number of groups from a line of a RankedStatement.
  Result<void> AddGroup(const std::string& line, TopGroups& groups) const {
    Arena arena;
    syntax::JsonDocument document;
    const size_t keys = 2 + plans_[0].leaves.size(), count = keys + request_.group_by.size();
    if (document.Parse(line, arena) != syntax::JsonStatus::kOk ||
        document.root().size() != count + 1)
      return Fail(ErrorCode::kInternal, "unexpected group: " + line);
    const auto row = document.root();
    if (row.At(0).is_null()) {
      groups.count = row.At(count).ToUint().value_or(0);
    } else if (const uint64_t place = row.At(0).ToUint().value_or(0);
               place > 0 && place <= request_.top) {
      groups.keys.resize(std::max<size_t>(groups.keys.size(), place));
      for (size_t i = keys; i < count; ++i) groups.keys[place - 1].push_back(KeyOf(row.At(i)));
    }
    return {};
  }
  Nanos End() const { return std::min(scope_.range.to, scope_.now); }
  double AllSeconds() const { return Seconds(scope_.range.from, End()); }
  double BucketSeconds(size_t index) const {
    const Nanos end = index + 1 < buckets_.size() ? buckets_[index + 1] : scope_.range.to;
    return Seconds(std::max(buckets_[index], scope_.range.from), std::min(end, End()));
  }

  const Plans& plans_;
  const MetricsRequest& request_;
  const MetricsScope& scope_;
  const std::vector<Nanos>& buckets_;
  MetricsValues values_;
};

/// A percentile of rows needs all their values, in each group and bucket.
bool HasQuantilesOfRows(const MetricsPlan& plan) {
  return !plan.from_rollups() && std::ranges::any_of(plan.leaves, [](const Leaf& leaf) {
    return leaf.kind == LeafKind::kQuantile;
  });
}

MeasureFacts FactsOf(const Measure& measure, const Plans& plans) {
  MeasureFacts facts{measure.name, measure.formula.unit, MeasureSource::kRows, 0};
  bool has_sums = false, has_rows = false;
  for (const FormulaNode& node : measure.formula.nodes) {
    const auto plan =
        std::ranges::find_if(plans, [&](const auto& one) { return one.has(node.leaf); });
    if (node.op != FormulaOp::kLeaf || plan == plans.end()) continue;
    (plan->from_rollups() ? has_sums : has_rows) = true;
    if (plan->from_rollups()) facts.error = std::max(facts.error, RollupLeafError(node.leaf));
    if (plan->is_sketched) facts.error = std::max(facts.error, SketchedLeafError(node.leaf));
  }
  if (!has_sums && !has_rows) has_sums = plans[0].from_rollups();
  if (has_sums) facts.source = has_rows ? MeasureSource::kBoth : MeasureSource::kRollups;
  return facts;
}

Result<void> CheckSize(const MetricsRequest& request, size_t groups, size_t buckets) {
  const uint64_t cells = (groups + 2) * buckets * request.measures.size();
  if (cells <= kSeriesCellsMax) return {};
  return Fail(ErrorCode::kLimitExceeded,
              "groups times buckets times measures are " + std::to_string(cells) +
                  "; take a longer interval, a smaller top or fewer measures (at most " +
                  std::to_string(kSeriesCellsMax) + ")");
}

Result<MetricsScope> CompareScope(clickhouse::Client& client, const MetricsRequest& request) {
  if (request.compare == MetricsRequest::Compare::kOther) return request.compare_scope;
  MetricsScope scope = request.scope;
  TRY_ASSIGN(scope.range, PreviousRange(client, request.scope.range, request.time_zone));
  return scope;
}

Result<MetricsAnswer> Answer(clickhouse::Client& client, const MetricsRequest& request,
                             const Plans& plans) {
  MetricsAnswer answer;
  answer.range = request.scope.range;
  for (const Measure& measure : request.measures)
    answer.measures.push_back(FactsOf(measure, plans));
  const Interval interval = request.interval.value_or(AutoInterval(request.scope.range));
  if (request.has_series) {
    TRY_ASSIGN(answer.buckets,
               BucketStarts(client, request.scope.range, interval, request.time_zone));
    answer.interval = IntervalText(interval);
  }
  ScopeValues values(plans, request, request.scope, answer.buckets);
  TopGroups groups;
  // What is compared is asked by the groups' hashes, and a series would make a row of each bucket.
  const bool is_grouped = !request.group_by.empty();
  const bool is_ranked = is_grouped && plans.size() == 1 && plans[0].from_rollups() &&
                         !request.has_series && request.compare == MetricsRequest::Compare::kNone;
  if (is_ranked) {
    TRY_ASSIGN(groups, values.AskRanked(client));
  } else {
    if (is_grouped) {
      TRY_ASSIGN(groups, AskTopGroups(client, plans, request));
    }
    TRY(CheckSize(request, groups.keys.size(), answer.buckets.size()));
    TRY(values.Ask(client, groups));
  }
  const size_t size = answer.buckets.size();
  answer.totals = values.Row(std::nullopt, size);
  answer.unpriced_calls = values.UnpricedCalls();
  answer.group_count = groups.count;
  const bool has_other = groups.count > groups.keys.size();
  for (size_t i = 0; i < groups.keys.size(); ++i) {
    answer.groups.push_back(
        {groups.keys[i], false, values.Row(static_cast<uint32_t>(i + 1), size), std::nullopt});
  }
  if (has_other)
    answer.groups.push_back({{}, true, values.Row(MetricsValues::Group(0), size), std::nullopt});
  if (request.compare == MetricsRequest::Compare::kNone) return answer;

  TRY_ASSIGN(MetricsScope scope, CompareScope(client, request));
  TRY(FindScopeWords(client, scope));
  scope.scores = request.scope.scores;
  answer.compare_range = scope.range;
  if (request.has_series) {
    TRY_ASSIGN(answer.compare_buckets,
               BucketStarts(client, scope.range, interval, request.time_zone));
  }
  ScopeValues compared(plans, request, scope, answer.compare_buckets);
  TRY(compared.Ask(client, groups));
  answer.compare_totals = compared.Row(std::nullopt, size);
  answer.compare_unpriced_calls = compared.UnpricedCalls();
  for (size_t i = 0; i < answer.groups.size(); ++i) {
    MetricsGroup& group = answer.groups[i];
    group.compare = compared.Row(group.is_other ? 0u : static_cast<uint32_t>(i + 1), size);
  }
  return answer;
}

}  // namespace

Result<MetricsAnswer> AskMetrics(clickhouse::Client& client, MetricsRequest request) {
  TRY_ASSIGN(Plans plans, PlanMetrics(request));
  TRY(FindScopeWords(client, request.scope));
  std::vector<std::string> scores;
  for (const MetricsPlan& plan : plans)
    scores.insert(scores.end(), plan.scores.begin(), plan.scores.end());
  TRY(FindScores(client, scores, request.scope));
  auto answer = Answer(client, request, plans);
  constexpr int kMemoryLimitExceeded = 241;
  const bool is_too_much =
      !answer && clickhouse::ExceptionCode(answer.error()) == kMemoryLimitExceeded;
  if (!is_too_much || request.is_exact || std::ranges::none_of(plans, HasQuantilesOfRows))
    return answer;
  for (MetricsPlan& plan : plans) plan.is_sketched = !plan.from_rollups();
  return Answer(client, request, plans);
}

}  // namespace vitrine::query
