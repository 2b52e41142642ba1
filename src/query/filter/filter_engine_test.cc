// Filters against a real engine: every field in every place is a statement it takes, and random
// filters over random rows find what the naive evaluator finds.
//
// VITRINE_FILTER_CASES sets how many random filters there are (432), VITRINE_FILTER_SEED the
// seed of the first project.
#include <gtest/gtest.h>

#include <cstdio>

#include "query/call_list.h"
#include "query/filter/filter.h"
#include "query/filter/random_rows_testing.h"
#include "query/filter/word_lookup.h"
#include "query/internal/engine_test.h"
#include "query/trace_list.h"

namespace vitrine::query {
namespace {

constexpr uint64_t kCasesDefault = 144;
constexpr FilterUnit kUnits[] = {FilterUnit::kTraces, FilterUnit::kCalls, FilterUnit::kSpans};
/// Filters asked in one statement.
constexpr size_t kTogether = 12;
/// Filters over one project.
constexpr size_t kOfProject = 12 * kTogether;
/// Projects in the tables at once: each adds some ten parts, and every statement pays for each.
constexpr uint64_t kProjectsAtOnce = 2;

uint64_t Environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

using Ids = std::set<std::string>;

class FilterEngineTest : public EngineTest {
 protected:
  static void SetUpTestSuite() {
    StartEngine();
    if (!client_) return;
    // Versions stay apart.
    for (const char* table : {"span_rows", "trace_rows", "score_rows"})
      Run(std::string("SYSTEM STOP MERGES vitrine.") + table);
  }
  static void Clear() {
    for (const char* table : {"span_rows", "trace_rows", "score_rows", "message_rows"})
      Run(std::string("TRUNCATE TABLE vitrine.") + table);
  }
  static void Insert(const std::string& table, const std::vector<std::string>& rows) {
    if (rows.empty()) return;
    std::string sql = "INSERT INTO vitrine." + table +
                      " SETTINGS input_format_json_read_numbers_as_strings = 1, "
                      "optimize_on_insert = 0 FORMAT JSONEachRow\n";
    for (const std::string& row : rows) sql += row + "\n";
    Run(sql);
  }
  static void Insert(const TableRows& rows) {
    for (const auto& version : rows.spans) Insert("span_rows", version);
    for (const auto& version : rows.traces) Insert("trace_rows", version);
    Insert("score_rows", rows.scores);
    Insert("message_rows", rows.messages);
  }
  static std::string IdOf(FilterUnit unit) {
    return unit == FilterUnit::kTraces ? "lower(hex(trace_id))"
                                       : "lower(hex(concat(trace_id, span_id)))";
  }
  static void AppendRows(SqlText& sql, FilterUnit unit, const FilterScope& scope) {
    sql << (unit == FilterUnit::kTraces ? " FROM vitrine.trace_rows" : " FROM vitrine.span_rows")
        << (scope.is_candidates ? "" : " FINAL") << " WHERE project = ";
    sql.Param(scope.project) << " AND is_deleted = 0";
    if (unit != FilterUnit::kTraces) sql << " AND is_fragment = 0";
    if (unit == FilterUnit::kCalls)
      sql << " AND counted = 1 AND kind IN ('llm', 'embedding', 'rerank')";
    if (scope.from) (sql << " AND start_time >= ").Time(*scope.from);
    if (scope.to) (sql << " AND start_time < ").Time(*scope.to);
  }
  /// What each of the filters finds, in one statement.
  static std::vector<Ids> Ask(const std::vector<Filter>& filters, const FilterScope& scope,
                              const std::vector<FilterLookups>& lookups) {
    SqlText sql;
    sql << "SELECT ";
    for (size_t i = 0; i < filters.size(); ++i) {
      FilterScope own = scope;
      if (!lookups.empty()) own.lookups = &lookups[i];
      sql << (i == 0 ? "" : ", ") << "arrayStringConcat(groupUniqArrayIf(" << IdOf(filters[i].unit)
          << ", 1";
      AppendFilter(sql, filters[i], own);
      sql << "), ' ')";
    }
    AppendRows(sql, filters[0].unit, scope);
    sql << " FORMAT TSV";
    const auto lines = AskLines(*client_, sql);
    std::vector<Ids> found;
    if (!lines) {
      ADD_FAILURE() << lines.error().message.substr(0, 2000);
      for (const Filter& filter : filters) std::fprintf(stderr, "%s\n", FilterText(filter).c_str());
      return std::vector<Ids>(filters.size());
    }
    // Without a row, everything is empty texts.
    const std::string line = lines->empty() ? std::string() : lines->at(0);
    for (const std::string_view cell : SplitAt(line, '\t')) {
      Ids ids;
      for (const std::string_view id : SplitAt(cell, ' ')) {
        if (!id.empty()) ids.emplace(id);
      }
      found.push_back(std::move(ids));
    }
    found.resize(filters.size());
    return found;
  }
};

/// What the naive evaluator finds.
Ids NaiveIds(const NaiveRows& rows, const Filter& filter, const FilterScope& scope) {
  const NaiveFilter naive(rows, filter);
  const auto is_within = [&](int64_t start) {
    return (!scope.from || start >= scope.from->since_epoch) &&
           (!scope.to || start < scope.to->since_epoch);
  };
  Ids ids;
  if (filter.unit == FilterUnit::kTraces) {
    for (const NaiveTrace& trace : rows.traces) {
      if (is_within(trace.start) && naive.Meets(trace)) ids.insert(RandomRows::Hex(trace.id));
    }
    return ids;
  }
  for (const NaiveSpan& span : rows.spans) {
    const std::string& kind = span.values.texts.at("kind")[0];
    const bool is_call = span.values.wholes.at("counted") == 1 &&
                         (kind == "llm" || kind == "embedding" || kind == "rerank");
    if (span.is_fragment || !is_within(span.start)) continue;
    if (filter.unit == FilterUnit::kCalls && !is_call) continue;
    if (naive.Meets(span)) ids.insert(RandomRows::Hex(span.trace + span.id));
  }
  return ids;
}

std::string Joined(const Ids& ids) {
  std::string text;
  for (const std::string& id : ids) text += (text.empty() ? "" : " ") + id;
  return text;
}

TEST_F(FilterEngineTest, EveryFieldIsAStatementInEveryPlace) {
  for (const FilterUnit unit : kUnits) {
    std::vector<Filter> filters;
    const auto add = [&](const std::string& text) {
      auto filter = ReadFilter(text, unit);
      ASSERT_TRUE(filter) << text << ": " << filter.error().message;
      filters.push_back(*std::move(filter));
      if (filters.size() < kTogether) return;
      FilterScope scope;
      scope.project = "nobody";
      scope.from = Nanos{0};
      scope.to = Nanos{1};
      scope.is_candidates = filters[0].root.from % 2 == 1;
      Ask(filters, scope, {});
      filters.clear();
    };
    for (const FilterField& field : FilterFields()) {
      const std::string example(field.example);
      add(example);
      add("-" + example);
      const bool is_of_span = field.place == FieldPlace::kSpan || field.place == FieldPlace::kBoth;
      if (!is_of_span) continue;
      add("{" + example + "}");
      add("agent > {" + example + "}");
      if (field.type == FieldType::kHas) continue;
      const bool is_keyed = field.type == FieldType::kScore || field.type == FieldType::kAttribute;
      add("has:" +
          (is_keyed ? example.substr(0, example.find_first_of(":<")) : std::string(field.name)));
    }
    for (const HasWord& word : HasWords()) add("has:" + std::string(word.name));
    for (const char* text :
         {"refund", "\"refund policy\" in:history", "-refund", "{a b} in:output"})
      add(text);
    // Until the last block is full and asked.
    for (size_t i = 0; i < kTogether; ++i) add("llm > tool or x");
  }
}

TEST_F(FilterEngineTest, RandomFiltersFindWhatTheNaiveEvaluatorFinds) {
  const uint64_t cases = Environment("VITRINE_FILTER_CASES", kCasesDefault);
  const uint64_t first_seed = Environment("VITRINE_FILTER_SEED", 1);
  uint64_t done = 0, differences = 0, not_trivial = 0;
  for (uint64_t seed = first_seed; done < cases && differences < 20; ++seed) {
    const std::string project = "random" + std::to_string(seed);
    RandomRows random(seed, project);
    if ((seed - first_seed) % kProjectsAtOnce == 0) Clear();
    Insert(random.rows());
    for (size_t block = 0; block < kOfProject / kTogether; ++block) {
      const FilterUnit unit = kUnits[block % 3];
      const RandomFilterOptions options = random.FilterOptions(unit);
      const Choose choose = [&](size_t count) { return random.Pick(count); };
      FilterScope scope;
      scope.project = project;
      const int64_t begin = 1'700'000'000'000'000'000;
      if (random.Pick(2) == 0)
        scope.from = Nanos{begin + static_cast<int64_t>(random.Pick(60'000))};
      if (random.Pick(2) == 0)
        scope.to = Nanos{begin + 40'000 + static_cast<int64_t>(random.Pick(60'000))};
      std::vector<Filter> filters;
      std::vector<FilterLookups> lookups;
      const bool looks_up = random.Pick(4) == 0;
      for (size_t i = 0; i < kTogether; ++i) {
        filters.push_back(RandomFilter(choose, options).Make());
        if (!looks_up) continue;
        auto found = FindWords(*client_, filters.back(), scope);
        ASSERT_TRUE(found) << found.error().message;
        lookups.push_back(*std::move(found));
      }
      const std::vector<Ids> found = Ask(filters, scope, lookups);
      FilterScope candidates = scope;
      candidates.is_candidates = true;
      const bool checks_candidates = random.Pick(3) == 0;
      const std::vector<Ids> wider = checks_candidates ? Ask(filters, candidates, lookups) : found;
      for (size_t i = 0; i < filters.size(); ++i, ++done) {
        const Ids wanted = NaiveIds(random.naive(), filters[i], scope);
        not_trivial +=
            !wanted.empty() &&
            wanted.size() < NaiveIds(random.naive(), Filter{unit, {}, {}, 0, 0}, scope).size();
        const bool is_superset = std::ranges::includes(wider[i], wanted);
        if (found[i] == wanted && is_superset) continue;
        ++differences;
        ADD_FAILURE() << "seed " << seed << ", unit " << static_cast<int>(unit) << ": "
                      << FilterText(filters[i]) << (looks_up ? " (looked up)" : "") << "\nfrom "
                      << (scope.from ? scope.from->since_epoch : 0) << " to "
                      << (scope.to ? scope.to->since_epoch : 0) << "\nengine " << Joined(found[i])
                      << "\nnaive  " << Joined(wanted)
                      << (is_superset ? "" : "\ncandidates " + Joined(wider[i]));
      }
    }
    if (seed % 16 == 0) std::printf("%llu filters\n", static_cast<unsigned long long>(done));
  }
  std::printf("%llu filters, %llu of them neither empty nor everything, %llu differences\n",
              static_cast<unsigned long long>(done), static_cast<unsigned long long>(not_trivial),
              static_cast<unsigned long long>(differences));
  EXPECT_GT(not_trivial * 5, done) << "the rows and the filters say too little about each other";
}

/// Page after page of a list.
template <typename Request, typename List>
std::vector<std::string> AllPages(clickhouse::Client& client, Request request, const List& list) {
  std::vector<std::string> rows;
  do {
    const auto page = list(client, request);
    if (!page) {
      ADD_FAILURE() << page.error().message.substr(0, 1000);
      return rows;
    }
    EXPECT_LE(page->rows.size(), request.limit);
    rows.insert(rows.end(), page->rows.begin(), page->rows.end());
    request.cursor = page->next_cursor;
  } while (!request.cursor.empty() && rows.size() < 1000);
  return rows;
}

TEST_F(FilterEngineTest, PagesOfListsShowEachRowOnce) {
  const uint64_t first_seed = 1'000'000 + Environment("VITRINE_FILTER_SEED", 1);
  const uint64_t cases = std::max<uint64_t>(24, Environment("VITRINE_FILTER_CASES", 0) / 100);
  uint64_t done = 0;
  for (uint64_t seed = first_seed; done < cases; ++seed) {
    const std::string project = "pages" + std::to_string(seed);
    RandomRows random(seed, project);
    Insert(random.rows());
    const Choose choose = [&](size_t count) { return random.Pick(count); };
    for (size_t i = 0; i < 12; ++i, ++done) {
      const FilterUnit unit = kUnits[i % 3];
      const RandomFilterOptions options = random.FilterOptions(unit);
      CallListRequest request;
      request.limit = static_cast<uint32_t>(1 + random.Pick(5));
      request.filter.project = project;
      request.filter.expression = RandomFilter(choose, options).Make();
      FilterScope scope;
      if (random.Pick(2) == 0)
        scope.from = request.filter.from = Nanos{1'700'000'000'000'000'000 + 20'000};
      std::vector<std::string> rows;
      if (unit == FilterUnit::kTraces) {
        TraceListRequest traces;
        traces.limit = request.limit;
        static_cast<TraceFilter&>(traces.filter) = request.filter;
        rows = AllPages(*client_, traces, ListTraces);
      } else {
        rows = AllPages(*client_, request, unit == FilterUnit::kCalls ? ListCalls : ListSpans);
      }
      Ids ids;
      for (const std::string& row : rows) {
        std::string id = Field(row, "trace_id").substr(1, 32);
        if (unit != FilterUnit::kTraces) id += Field(row, "span_id").substr(1, 16);
        EXPECT_TRUE(ids.insert(id).second) << "twice: " << id;
      }
      EXPECT_EQ(Joined(ids), Joined(NaiveIds(random.naive(), request.filter.expression, scope)))
          << "seed " << seed << ", unit " << static_cast<int>(unit) << ": "
          << FilterText(request.filter.expression);
    }
  }
}

}  // namespace
}  // namespace vitrine::query
