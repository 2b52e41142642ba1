#include "query/facets.h"

#include "base/arena.h"
#include "query/limits.h"
#include "query/text_search.h"
#include "query/trace_view.h"
#include "syntax/json/json_document.h"

namespace vitrine::query {
namespace {

struct FacetColumn {
  const char* name;
  const char* expression;  ///< An array of the trace's values.
};

constexpr FacetColumn kFacets[] = {
    {"service", "services"},  {"model", "models"},    {"environment", "[environment]"},
    {"release", "[release]"}, {"status", "[status]"}, {"user", "[user_id]"},
    {"kind", "kinds"},
};

}  // namespace

Result<std::vector<Facet>> TraceFacets(clickhouse::Client& client, const TraceFilter& filter) {
  TRY(CheckFilter(filter));
  std::vector<Facet> facets;
  for (const FacetColumn& facet : kFacets) facets.push_back({facet.name, {}});
  TRY_ASSIGN(const TextMatch match, FindText(client, filter));
  if (match.is_nothing()) return facets;
  // One pass over the traces for all facets.
  SqlText sql;
  sql << "SELECT tupleElement(pair, 1) AS facet, tupleElement(pair, 2) AS value, count() AS count "
         "FROM (SELECT arrayJoin(arrayConcat(";
  for (size_t i = 0; i < std::size(kFacets); ++i) {
    sql << (i == 0 ? "" : ", ") << "arrayMap(v -> (toUInt8(" << i << "), CAST(v, 'String')), "
        << kFacets[i].expression << ")";
  }
  sql << ")) AS pair FROM ";
  AppendMatchingTraces(sql, filter, match);
  sql << ") WHERE value != '' GROUP BY facet, value ORDER BY count DESC, value LIMIT "
      << kFacetValuesMax << " BY facet FORMAT JSONCompactEachRow";
  TRY_ASSIGN(const auto lines, AskLines(client, sql));
  for (const std::string& line : lines) {
    Arena arena;
    syntax::JsonDocument document;
    if (document.Parse(line, arena) != syntax::JsonStatus::kOk)
      return Fail(ErrorCode::kInternal, "unexpected row of facets: " + line);
    const auto row = document.root();
    const uint64_t index = row.At(0).ToUint().value_or(std::size(kFacets));
    if (index >= facets.size()) return Fail(ErrorCode::kInternal, "unknown facet: " + line);
    facets[index].values.push_back({std::string(row.At(1).text()), row.At(2).ToUint().value_or(0)});
  }
  return facets;
}

}  // namespace vitrine::query
