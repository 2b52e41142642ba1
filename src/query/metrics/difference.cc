#include "query/metrics/difference.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/arena.h"
#include "query/metrics/row_source.h"
#include "query/metrics/time_sample.h"
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
    if (node.field->name == "retrieval.count") names.emplace_back("retrieval_size");
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

storage::TimeRange TimeOf(const DifferenceRequest& request) {
  return {request.scope.range.from, request.scope.range.to + -1};
}

/// Into how many parts rows are cut, so that none has more than so many.
uint64_t PartsOf(uint64_t rows, uint64_t rows_max) {
  return std::max<uint64_t>((rows + rows_max - 1) / rows_max, 1);
}

void AppendSelected(SqlText& sql, const DifferenceRequest& request, const FilterScope& scope) {
  sql << "(1";
  AppendFilter(sql, request.selection, scope);
  sql << ") AS is_selected";
}

/// What of the rows is looked at: one in `sampling` parts of the time.
struct Look {
  uint64_t sampling = 1;
  bool has_whole_selection = false;  ///< And all that is selected.
};

void AppendLook(SqlText& sql, const DifferenceRequest& request, const FilterScope& scope,
                const Look& look) {
  if (look.sampling == 1) return;
  sql << " AND ((1";
  AppendSample(sql, TimeOf(request), look.sampling);
  sql << ")";
  if (look.has_whole_selection) {
    sql << " OR (1";
    AppendFilter(sql, request.selection, scope);
    sql << ")";
  }
  sql << ")";
}

/// Counts of every value of every dimension, in one pass: index of the dimension, value, selected,
/// others. Of each dimension those that differ most; the dimension after the last is everything.
SqlText DimensionStatement(const DifferenceRequest& request, const FilterScope& scope,
                           const std::vector<Dimension>& dimensions, const Look& look) {
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
  AppendLook(sql, request, scope, look);
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

/// The same of tags and attributes: key, value, selected, others; the key '' is everything.
SqlText PairStatement(const DifferenceRequest& request, const FilterScope& scope,
                      const Look& look) {
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
  AppendLook(sql, request, scope, look);
  sql << ") GROUP BY key, value ORDER BY key != '', greatest(s, o) DESC, key, value LIMIT "
      << kDifferingPairsMax << " FORMAT JSONCompactEachRow";
  return sql;
}

/// Rows of the table in the time that is asked about, of any kind and version, as its index has
/// them.
Result<uint64_t> EstimateRows(clickhouse::Client& client, const DifferenceRequest& request) {
  SqlText sql;
  sql << "EXPLAIN ESTIMATE SELECT start_time FROM "
      << (request.unit == MetricsUnit::kTraces ? "vitrine.trace_rows" : "vitrine.span_rows")
      << " WHERE project = ";
  sql.Param(request.scope.filter.project)
      << storage::WithinSql("start_time", {TimeOf(request)}) << " FORMAT JSONCompactEachRow";
  TRY_ASSIGN(const auto lines, AskMetricsLines(client, sql));
  if (lines.empty()) return 0;
  Arena arena;
  syntax::JsonDocument document;
  const bool is_row = document.Parse(lines[0], arena) == syntax::JsonStatus::kOk;
  if (!is_row || document.root().size() != 5)
    return Fail(ErrorCode::kInternal, "unexpected estimate: " + lines[0]);
  return document.root().At(3).ToUint().value_or(0);
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
  const std::string everything = std::to_string(dimensions.size());
  std::vector<std::string> told;
  AddFields(request.selection.root, told);
  std::vector<CountRow> counts;
  const auto count = [&](const Look& look) -> Result<void> {
    TRY_ASSIGN(counts, AskCounts(client, DimensionStatement(request, scope, dimensions, look)));
    report.selected_count = report.other_count = 0;
    for (const CountRow& row : counts) {
      if (row.name != everything) continue;
      report.selected_count = row.selected;
      report.other_count = row.others;
    }
    report.sampling = look.sampling;
    report.selected_sampling = look.has_whole_selection ? 1 : look.sampling;
    return {};
  };
  TRY_ASSIGN(const uint64_t estimate, EstimateRows(client, request));
  TRY(count({PartsOf(estimate, request.rows_max)}));
  if (report.sampling > 1 && report.selected_count < kDifferenceSelectedMin) {
    // Where it says when, only that time is read besides; else everything would be.
    const bool is_of_a_time = Has(told, "time");
    TRY(count({is_of_a_time ? report.sampling : 1, is_of_a_time}));
  }
  for (const CountRow& row : counts) {
    if (row.name == everything) continue;
    const std::string& name = dimensions[std::stoul(row.name)].name;
    AddValue(row, name, report.selected_count, report.other_count, report);
  }
  const uint64_t selected = report.selected_count * report.selected_sampling;
  const uint64_t rows = selected + report.other_count * report.sampling;
  report.attribute_sampling = PartsOf(rows, kDifferenceSampleRows);
  if (rows > 0) {
    const Look look{report.attribute_sampling,
                    report.selected_sampling == 1 && selected < kDifferenceSelectedMin};
    TRY_ASSIGN(const auto pairs, AskCounts(client, PairStatement(request, scope, look)));
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
