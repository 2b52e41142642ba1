#include "query/metrics/difference.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/arena.h"
#include "query/limits.h"
#include "query/metrics/row_source.h"
#include "syntax/json/json_document.h"

namespace vitrine::query {
namespace {

// Differences that chance makes in one of some hundred comparisons are no findings.
constexpr double kChance = 3.0;

double Part(double p, double q) {
  const double middle = (p + q) / 2;
  const auto term = [&](double share) { return share > 0 ? share * std::log2(share / middle) : 0; };
  return (term(p) + term(q)) / 2;
}

/// Fills shares and score; false where it may well be chance.
bool Rate(uint64_t selected, uint64_t others, DifferingValue& value) {
  const auto n = static_cast<double>(selected), m = static_cast<double>(others);
  if (n == 0 || m == 0) return false;
  value.selected_share = static_cast<double>(value.selected_count) / n;
  value.other_share = static_cast<double>(value.other_count) / m;
  const double all = static_cast<double>(value.selected_count + value.other_count) / (n + m);
  const double deviation = std::sqrt(all * (1 - all) * (1 / n + 1 / m));
  value.score = Part(value.selected_share, value.other_share);
  return deviation > 0 && std::abs(value.selected_share - value.other_share) > kChance * deviation;
}

/// The names of the fields that a filter is about: that they differ says nothing.
void AddFields(const FilterNode& node, std::vector<std::string>& names) {
  if (node.field != nullptr) {
    const bool is_keyed = !node.key.empty();
    names.push_back(is_keyed ? "attr." + node.key : std::string(node.field->name));
    // The filter's words for some dimensions are shorter.
    if (node.field->name == "tool") names.emplace_back("tool_name");
    if (node.field->name == "agent") names.emplace_back("agent_name");
    if (node.field->name == "input_tokens") names.emplace_back("input_length");
    if (node.field->name == "status") names.emplace_back("error_type");
    if (node.field->name == "error_type") names.emplace_back("status");
  }
  for (const FilterNode& part : node.parts) AddFields(part, names);
}

bool Has(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

std::vector<Dimension> DimensionsToCompare(const DifferenceRequest& request) {
  std::vector<std::string> told;
  AddFields(request.selection.root, told);
  std::vector<Dimension> dimensions;
  for (Dimension& dimension : DimensionsOf(request.unit)) {
    if (!dimension.is_list(request.unit) && !Has(told, dimension.name))
      dimensions.push_back(std::move(dimension));
  }
  return dimensions;
}

void AppendSelected(SqlText& sql, const DifferenceRequest& request, const FilterScope& scope) {
  sql << "(1";
  AppendFilter(sql, request.selection, scope);
  sql << ") AS is_selected";
}

/// Counts of every value of every dimension, in one pass: index of the dimension, value, selected,
/// others. Of each dimension those that differ most; the dimension after the last is everything.
SqlText DimensionStatement(const DifferenceRequest& request, const FilterScope& scope,
                           const std::vector<Dimension>& dimensions) {
  SqlText sql;
  sql << "SELECT dimension, value, s, o FROM (SELECT multiIf(";
  for (size_t i = 0; i < dimensions.size(); ++i) sql << "grouping(d" << i << ") = 0, " << i << ", ";
  sql << dimensions.size() << ") AS dimension, concat('', ";
  for (size_t i = 0; i < dimensions.size(); ++i) sql << (i == 0 ? "d" : ", d") << i;
  sql << ") AS value, countIf(is_selected) AS s, countIf(NOT is_selected) AS o FROM (SELECT ";
  for (size_t i = 0; i < dimensions.size(); ++i) {
    AppendDimension(sql, dimensions[i], request.unit);
    sql << " AS d" << i << ", ";
  }
  AppendSelected(sql, request, scope);
  AppendRows(sql, request.unit, request.scope);
  sql << ") GROUP BY GROUPING SETS ((), ";
  for (size_t i = 0; i < dimensions.size(); ++i) sql << (i == 0 ? "(d" : ", (d") << i << ")";
  // A dimension's counts add up to those of everything, which no single value passes: one window,
  // for one of each dimension would sort the users and sessions once more.
  sql << ")) ORDER BY dimension, abs(s / greatest(max(s) OVER (), 1) - o / greatest(max(o) OVER "
         "(), "
         "1)) DESC, value LIMIT "
      << kDifferingValuesMax << " BY dimension FORMAT JSONCompactEachRow SETTINGS "
      << "force_grouping_standard_compatibility = 1";
  return sql;
}

/// The same of tags and attributes: key, value, selected, others; the key '' is everything. Reads
/// every `sampling`th minute.
SqlText PairStatement(const DifferenceRequest& request, const FilterScope& scope,
                      uint64_t sampling) {
  const bool is_traces = request.unit == MetricsUnit::kTraces;
  SqlText sql;
  sql << "SELECT pair.1 AS key, pair.2 AS value, countIf(is_selected) AS s, "
         "countIf(NOT is_selected) AS o FROM (SELECT arrayJoin(arrayConcat([('', '')], "
         "arrayMap(t -> ('tag', toString(t)), tags)";
  if (is_traces) {
    sql << ", arrayMap(m -> ('model', toString(m)), models), "
           "arrayMap(n -> ('service', toString(n)), services)";
  } else {
    sql << ", arrayMap((k, v) -> (concat('attr.', k), substringUTF8(v, 1, " << kDifferingTextMax
        << ")), mapKeys(attributes), mapValues(attributes))";
  }
  sql << ")) AS pair, ";
  AppendSelected(sql, request, scope);
  AppendRows(sql, request.unit, request.scope);
  if (sampling > 1) sql << " AND intDiv(toUnixTimestamp(start_time), 60) % " << sampling << " = 0";
  sql << ") GROUP BY key, value ORDER BY key != '', greatest(s, o) DESC, key, value LIMIT "
      << kDifferingPairsMax << " FORMAT JSONCompactEachRow";
  return sql;
}

struct CountRow {
  std::string name, value;
  uint64_t selected = 0, others = 0;
};

Result<std::vector<CountRow>> AskCounts(clickhouse::Client& client, const SqlText& sql) {
  TRY_ASSIGN(const auto lines, AskMetricsLines(client, sql));
  std::vector<CountRow> rows;
  for (const std::string& line : lines) {
    Arena arena;
    syntax::JsonDocument document;
    if (document.Parse(line, arena) != syntax::JsonStatus::kOk || document.root().size() != 4)
      return Fail(ErrorCode::kInternal, "unexpected row of a difference: " + line);
    const auto row = document.root();
    const auto name = row.At(0);
    rows.push_back({std::string(name.is_string() ? name.text() : name.raw()),
                    std::string(row.At(1).text()), row.At(2).ToUint().value_or(0),
                    row.At(3).ToUint().value_or(0)});
  }
  return rows;
}

void AddValue(const CountRow& row, const std::string& dimension, uint64_t selected, uint64_t others,
              DifferenceReport& report) {
  DifferingValue value;
  value.dimension = dimension;
  if (!row.value.empty()) value.value = row.value;
  value.selected_count = row.selected;
  value.other_count = row.others;
  if (Rate(selected, others, value)) report.values.push_back(std::move(value));
}

}  // namespace

Result<DifferenceReport> FindDifference(clickhouse::Client& client, DifferenceRequest request) {
  TRY(FindScopeWords(client, request.scope));
  FilterScope scope = ExpressionScope(request.scope);
  TRY_ASSIGN(const FilterLookups words, FindWords(client, request.selection, scope));
  scope.lookups = &words;
  DifferenceReport report;
  const auto dimensions = DimensionsToCompare(request);
  TRY_ASSIGN(const auto counts, AskCounts(client, DimensionStatement(request, scope, dimensions)));
  const std::string everything = std::to_string(dimensions.size());
  for (const CountRow& row : counts) {
    if (row.name != everything) continue;
    report.selected_count = row.selected;
    report.other_count = row.others;
  }
  for (const CountRow& row : counts) {
    if (row.name == everything) continue;
    const std::string& name = dimensions[std::stoul(row.name)].name;
    AddValue(row, name, report.selected_count, report.other_count, report);
  }
  const uint64_t rows = report.selected_count + report.other_count;
  report.attribute_sampling = (rows + kDifferenceSampleRows - 1) / kDifferenceSampleRows;
  report.attribute_sampling = std::max<uint64_t>(report.attribute_sampling, 1);
  if (rows > 0) {
    std::vector<std::string> told;
    AddFields(request.selection.root, told);
    TRY_ASSIGN(const auto pairs,
               AskCounts(client, PairStatement(request, scope, report.attribute_sampling)));
    for (const CountRow& row : pairs) {
      if (row.name.empty() || Has(told, row.name)) continue;
      AddValue(row, row.name, pairs.front().selected, pairs.front().others, report);
    }
  }
  std::ranges::sort(report.values, [](const DifferingValue& a, const DifferingValue& b) {
    return std::tie(b.score, a.dimension, a.value) < std::tie(a.score, b.dimension, b.value);
  });
  if (report.values.size() > kDifferencesMax) report.values.resize(kDifferencesMax);
  return report;
}

}  // namespace vitrine::query
