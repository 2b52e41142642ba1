#include "query/metrics/metrics_statement.h"

#include <algorithm>

#include "base/check.h"
#include "query/metrics/leaf_sql.h"
#include "query/metrics/row_source.h"
#include "query/metrics/score_joins.h"

namespace vitrine::query {
namespace {

void AddLeaf(const Leaf& leaf, MetricsPlan& plan) {
  if (!plan.has(leaf)) plan.leaves.push_back(leaf);
}

void AddLeaves(const Formula& formula, MetricsPlan& plan) {
  for (const FormulaNode& node : formula.nodes) {
    if (node.op == FormulaOp::kLeaf && node.leaf.kind != LeafKind::kSeconds)
      AddLeaf(node.leaf, plan);
  }
}

void AddScore(const std::string& name, MetricsPlan& plan) {
  if (!name.empty() && std::ranges::find(plan.scores, name) == plan.scores.end())
    plan.scores.push_back(name);
}

/// Of a group or bucket of sums: none where all that came was taken back (a later version of a span
/// has another user, say); there is no such group in the rows.
constexpr const char* kSpansOfGroup = "sum(spans)";

bool Holds(RollupSource source, const Leaf& leaf) {
  if (source == RollupSource::kNone) return false;
  const std::string sum = RollupLeafSql(leaf);
  const bool has_histogram = sum.find("_histogram") != std::string::npos;
  return !sum.empty() && (source == RollupSource::kByName || !has_histogram);
}

/// Rows of a source that have all groups of the question.
RollupSource SourceOf(const MetricsRequest& request) {
  if (request.is_exact) return RollupSource::kNone;
  const auto answers = [&](RollupSource source) {
    const auto holds = [&](const Dimension& dimension) {
      return !RollupColumn(source, dimension).empty();
    };
    return Answers(source, request.scope, request.unit) &&
           (request.compare != MetricsRequest::Compare::kOther ||
            Answers(source, request.compare_scope, request.unit)) &&
           std::ranges::all_of(request.group_by, holds);
  };
  for (const RollupSource source : {RollupSource::kByName, RollupSource::kByUser})
    if (answers(source)) return source;
  return RollupSource::kNone;
}

/// Counts cost next to nothing where rows are read anyway.
bool IsCheapOfRows(const Leaf& leaf) {
  return leaf.kind == LeafKind::kCount || leaf.kind == LeafKind::kErrorCount ||
         leaf.kind == LeafKind::kUnpricedCount;
}

void AddScores(MetricsPlan& plan) {
  for (const Leaf& leaf : plan.leaves) AddScore(leaf.score, plan);
  for (const Dimension& dimension : plan.dimensions)
    if (dimension.is_score) AddScore(dimension.key, plan);
}

class StatementWriter {
 public:
  StatementWriter(const MetricsPlan& plan, const MetricsScope& scope,
                  const std::vector<Nanos>* buckets)
      : plan_(plan), scope_(scope), buckets_(buckets) {}

  SqlText Take() { return std::move(sql_); }
  SqlText& sql() { return sql_; }

  /// What comes before SELECT.
  void Begin() {
    const auto is_fallback = [](const Leaf& leaf) { return leaf.kind == LeafKind::kFallbackCount; };
    if (std::ranges::none_of(plan_.leaves, is_fallback)) return;
    sql_ << "WITH fallback_calls AS (SELECT rare['call_id'] FROM vitrine.span_rows FINAL WHERE "
            "project = ";
    sql_.Param(scope_.filter.project);
    (sql_ << " AND start_time >= ").Time(scope_.range.from);
    (sql_ << " AND start_time < ").Time(scope_.range.to);
    sql_ << " AND rare['call_id'] != '' GROUP BY rare['call_id'] HAVING uniqExact((provider, "
            "request_model)) > 1) ";
  }

  void LeafColumns(const char* separator) {
    for (size_t i = 0; i < plan_.leaves.size(); ++i) {
      sql_ << (i == 0 ? separator : ", ") << LeafSql(plan_.leaves[i]) << " AS v" << i;
    }
  }
  std::string LeafSql(const Leaf& leaf) const {
    return plan_.from_rollups() ? RollupLeafSql(leaf)
                                : RowLeafSql(leaf, plan_.unit, plan_.scores, plan_.is_sketched);
  }

  /// The text of dimension `index`; of one that is a list, each of its elements.
  void Key(size_t index) {
    const Dimension& dimension = plan_.dimensions[index];
    const bool is_list = !plan_.from_rollups() && dimension.is_list(plan_.unit);
    if (is_list) sql_ << "arrayJoin(";
    List(index);
    if (is_list) sql_ << ")";
  }
  /// The same, of a list the whole list, which is never empty.
  void List(size_t index) {
    const Dimension& dimension = plan_.dimensions[index];
    if (plan_.from_rollups()) {
      sql_ << RollupColumn(plan_.rollups, dimension);
    } else if (dimension.is_score) {
      const auto score = std::ranges::find(plan_.scores, dimension.key) - plan_.scores.begin();
      sql_ << ScoreTextSql(static_cast<size_t>(score));
    } else if (dimension.is_list(plan_.unit)) {
      sql_ << "if(empty(";
      AppendDimension(sql_, dimension, plan_.unit);
      sql_ << "), [''], ";
      AppendDimension(sql_, dimension, plan_.unit);
      sql_ << ")";
    } else {
      AppendDimension(sql_, dimension, plan_.unit);
    }
  }

  /// FROM and WHERE.
  void Rows() {
    if (plan_.from_rollups())
      return AppendRollups(sql_, plan_.rollups, plan_.unit, scope_, buckets_, Columns());
    AppendRows(sql_, plan_.unit, scope_, plan_.scores);
  }
  /// What rows of rollups are read for.
  RollupColumns Columns() const {
    RollupColumns columns;
    for (const Leaf& leaf : plan_.leaves) columns.push_back(LeafSql(leaf));
    for (const Dimension& dimension : plan_.dimensions)
      columns.emplace_back(RollupColumn(plan_.rollups, dimension));
    columns.emplace_back(kSpansOfGroup);
    return columns;
  }

 private:
  const MetricsPlan& plan_;
  const MetricsScope& scope_;
  const std::vector<Nanos>* buckets_;
  SqlText sql_;
};

/// The order of groups as SQL over the columns of the leaves.
std::string OrderSql(const Formula& order, const MetricsPlan& plan, double seconds) {
  std::vector<std::string> stack;
  for (const FormulaNode& node : order.nodes) {
    if (node.op == FormulaOp::kConstant) {
      stack.push_back(std::to_string(node.constant));
    } else if (node.op == FormulaOp::kLeaf) {
      stack.push_back(node.leaf.kind == LeafKind::kSeconds
                          ? std::to_string(seconds)
                          : "toFloat64(v" + std::to_string(plan.leaf_index(node.leaf)) + ")");
    } else if (node.op == FormulaOp::kNegate) {
      stack.back() = "-(" + stack.back() + ")";
    } else {
      const std::string right = std::move(stack.back());
      stack.pop_back();
      std::string& left = stack.back();
      const char* op = node.op == FormulaOp::kAdd        ? " + "
                       : node.op == FormulaOp::kSubtract ? " - "
                       : node.op == FormulaOp::kMultiply ? " * "
                                                         : " / ";
      const bool divides = node.op == FormulaOp::kDivide;
      left = "(" + left + op + (divides ? "nullIf(" + right + ", 0)" : right) + ")";
    }
  }
  VITRINE_CHECK(stack.size() == 1);
  return stack.back();
}

void AppendHashOfKeys(StatementWriter& writer, const MetricsPlan& plan, size_t list_index) {
  writer.sql() << "sipHash64(";
  for (size_t i = 0; i < plan.dimensions.size(); ++i) {
    writer.sql() << (i == 0 ? "" : ", ");
    if (i == list_index) {
      writer.sql() << "key";
    } else {
      writer.sql() << "toString(";
      writer.List(i);
      writer.sql() << ")";
    }
  }
  writer.sql() << ")";
}

void AppendGroup(StatementWriter& writer, const MetricsPlan& plan,
                 const std::vector<uint64_t>& groups) {
  std::string hashes, places;
  for (size_t i = 0; i < groups.size(); ++i) {
    hashes += (i == 0 ? "toUInt64(" : ", toUInt64(") + std::to_string(groups[i]) + ")";
    places += (i == 0 ? "" : ", ") + std::to_string(i + 1);
  }
  const std::string end = ", [" + hashes + "], [" + places + "], 0)";
  const auto is_list = [&](const Dimension& dimension) {
    return !plan.from_rollups() && dimension.is_list(plan.unit);
  };
  const auto list = std::ranges::find_if(plan.dimensions, is_list) - plan.dimensions.begin();
  const auto list_index = static_cast<size_t>(list);
  if (list_index == plan.dimensions.size()) {
    writer.sql() << "transform(";
    AppendHashOfKeys(writer, plan, list_index);
    writer.sql() << end;
    return;
  }
  // A row counts once in each group, also where several of its values are among the others.
  writer.sql() << "arrayJoin(arrayDistinct(arrayMap(key -> transform(";
  AppendHashOfKeys(writer, plan, list_index);
  writer.sql() << end << ", arrayMap(key -> toString(key), ";
  writer.List(list_index);
  writer.sql() << "))))";
}

void AppendBucket(StatementWriter& writer, const MetricsPlan& plan,
                  const std::vector<Nanos>& buckets) {
  writer.sql() << "roundDown(toInt64(toUnixTimestamp("
               << (plan.from_rollups() ? "minute" : "start_time") << ")), [";
  for (size_t i = 0; i < buckets.size(); ++i) {
    writer.sql() << (i == 0 ? "" : ",") << std::to_string(buckets[i].since_epoch / kNanosPerSecond);
  }
  writer.sql() << "])";
}

}  // namespace

bool MetricsPlan::has_list() const {
  return !from_rollups() && std::ranges::any_of(dimensions, [this](const Dimension& dimension) {
    return dimension.is_list(unit);
  });
}

bool MetricsPlan::has(const Leaf& leaf) const {
  return std::ranges::find(leaves, leaf) != leaves.end();
}

size_t MetricsPlan::leaf_index(const Leaf& leaf) const {
  const auto found = std::ranges::find(leaves, leaf);
  VITRINE_CHECK(found != leaves.end());
  return static_cast<size_t>(found - leaves.begin());
}

Result<std::vector<MetricsPlan>> PlanMetrics(const MetricsRequest& request) {
  MetricsPlan all;
  all.unit = request.unit;
  all.dimensions = request.group_by;
  for (const Measure& measure : request.measures) AddLeaves(measure.formula, all);
  // Whether money is missing belongs to every answer.
  AddLeaf({LeafKind::kUnpricedCount, nullptr, {}, 0}, all);
  MetricsPlan order;
  AddLeaves(request.order, order);
  for (const Leaf& leaf : all.leaves) TRY(CheckLeaf(leaf, all.unit));
  for (const Leaf& leaf : order.leaves) TRY(CheckLeaf(leaf, all.unit));
  if (all.dimensions.empty()) order.leaves.clear();

  MetricsPlan sums = all, rows = all;
  sums.rollups = SourceOf(request);
  const auto is_held = [&](const Leaf& leaf) { return Holds(sums.rollups, leaf); };
  std::erase_if(sums.leaves, [&](const Leaf& leaf) { return !is_held(leaf); });
  std::erase_if(rows.leaves, is_held);
  // Groups are found where all of their order is.
  const bool is_order_held = std::ranges::all_of(order.leaves, is_held);
  for (const Leaf& leaf : order.leaves) AddLeaf(leaf, is_order_held ? sums : rows);
  const bool is_spared = !rows.leaves.empty() && (order.leaves.empty() || !is_order_held) &&
                         std::ranges::all_of(sums.leaves, IsCheapOfRows);
  if (is_spared) {
    for (const Leaf& leaf : sums.leaves) AddLeaf(leaf, rows);
    sums.leaves.clear();
  }
  std::vector<MetricsPlan> plans;
  for (MetricsPlan* plan : {&sums, &rows}) {
    if (plan->leaves.empty()) continue;
    AddScores(*plan);
    plans.push_back(std::move(*plan));
  }
  return plans;
}

const MetricsPlan& PlanOfOrder(const std::vector<MetricsPlan>& plans, const Formula& order) {
  MetricsPlan ordered;
  AddLeaves(order, ordered);
  const auto has_all = [&](const MetricsPlan& plan) {
    return std::ranges::all_of(ordered.leaves, [&](const Leaf& leaf) { return plan.has(leaf); });
  };
  const auto found = std::ranges::find_if(plans, has_all);
  VITRINE_CHECK(found != plans.end());
  return *found;
}

SqlText TopStatement(const MetricsPlan& plan, const MetricsScope& scope, const Formula& order,
                     double seconds, uint32_t top) {
  MetricsPlan ordered = plan;
  ordered.leaves.clear();
  AddLeaves(order, ordered);
  ordered.scores.clear();
  AddScores(ordered);
  StatementWriter writer(ordered, scope, nullptr);
  SqlText& sql = writer.sql();
  writer.Begin();
  sql << "SELECT sipHash64(";
  for (size_t i = 0; i < plan.dimensions.size(); ++i) sql << (i == 0 ? "k" : ", k") << i;
  sql << ")";
  for (size_t i = 0; i < plan.dimensions.size(); ++i) {
    sql << ", toString(";
    writer.Key(i);
    sql << ") AS k" << i;
  }
  sql << ", count() OVER ()";
  writer.LeafColumns(", ");
  writer.Rows();
  sql << " GROUP BY ";
  for (size_t i = 0; i < plan.dimensions.size(); ++i) sql << (i == 0 ? "k" : ", k") << i;
  if (plan.from_rollups()) sql << " HAVING " << kSpansOfGroup << " != 0";
  sql << " ORDER BY " << OrderSql(order, ordered, seconds) << " DESC NULLS LAST";
  for (size_t i = 0; i < plan.dimensions.size(); ++i) sql << ", k" << i;
  sql << " LIMIT " << top << " FORMAT JSONCompactEachRow";
  return writer.Take();
}

SqlText RankedStatement(const MetricsPlan& plan, const MetricsScope& scope, const Formula& order,
                        double seconds, uint32_t top) {
  StatementWriter writer(plan, scope, nullptr);
  SqlText& sql = writer.sql();
  std::string keys, any_keys;
  for (size_t i = 0; i < plan.dimensions.size(); ++i) {
    const std::string key = "k" + std::to_string(i);
    keys += (keys.empty() ? "" : ", ") + key;
    any_keys += ", any(" + key + ")";
  }
  const auto sums = RollupSums(writer.Columns());
  sql << "SELECT if(grouping(g) = 0, g, NULL), NULL";
  writer.LeafColumns(", ");
  sql << any_keys << ", count() FROM (SELECT " << keys;
  // Sums of sums: under the names of their columns, so that a leaf reads the same.
  for (const auto& [name, add] : sums) sql << ", sum_" << name << " AS " << name;
  sql << ", if(place <= " << top << ", place, 0) AS g FROM (SELECT *, row_number() OVER (ORDER BY "
      << OrderSql(order, plan, seconds) << " DESC NULLS LAST, " << keys
      << ") AS place FROM (SELECT ";
  for (size_t i = 0; i < plan.dimensions.size(); ++i) {
    sql << (i == 0 ? "toString(" : ", toString(");
    writer.Key(i);
    sql << ") AS k" << i;
  }
  for (const auto& [name, add] : sums) sql << ", " << add << "(" << name << ") AS sum_" << name;
  MetricsPlan ordered;
  AddLeaves(order, ordered);
  for (const Leaf& leaf : ordered.leaves)
    sql << ", " << writer.LeafSql(leaf) << " AS v" << plan.leaf_index(leaf);
  writer.Rows();
  sql << " GROUP BY " << keys << " HAVING " << kSpansOfGroup
      << " != 0))) GROUP BY g WITH ROLLUP FORMAT JSONCompactEachRow SETTINGS "
         "force_grouping_standard_compatibility = 1";
  return writer.Take();
}

SqlText ValuesStatement(const MetricsPlan& plan, const MetricsScope& scope,
                        const ValuesRequest& values) {
  StatementWriter writer(plan, scope, values.buckets);
  SqlText& sql = writer.sql();
  writer.Begin();
  sql << "SELECT " << (values.groups ? "if(grouping(g) = 0, g, NULL)" : "NULL") << ", "
      << (values.buckets ? "if(grouping(b) = 0, b, NULL)" : "NULL");
  writer.LeafColumns(", ");
  if (values.groups) {
    sql << ", ";
    AppendGroup(writer, plan, *values.groups);
    sql << " AS g";
  }
  if (values.buckets) {
    sql << ", ";
    AppendBucket(writer, plan, *values.buckets);
    sql << " AS b";
  }
  writer.Rows();
  if (values.groups || values.buckets) {
    sql << " GROUP BY " << (values.groups ? "g" : "")
        << (values.groups && values.buckets ? ", " : "") << (values.buckets ? "b" : "")
        << " WITH CUBE";
  }
  // Of nothing there is no line: sums of it are 0, everything else is unknown.
  sql << " HAVING " << (plan.from_rollups() ? kSpansOfGroup : "count()") << " != 0";
  sql << " FORMAT JSONCompactEachRow SETTINGS force_grouping_standard_compatibility = 1";
  return writer.Take();
}

}  // namespace vitrine::query
