#include "query/internal/table_ends.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/doctor.h"
#include "query/ingest_times.h"
#include "query/internal/engine_test.h"
#include "query/similar_traces.h"

namespace vitrine::query {
namespace {

using testing::ElementsAre;

// Days 1 to 100 of the year have a span of `all` each; `few` has three in the middle, `early` and
// `late` one each, far from one end.
class TableEndsTest : public EngineTest {
 protected:
  static void SetUpTestSuite() {
    StartEngine();
    if (!client_) return;
    const std::string insert =
        "INSERT INTO vitrine.span_rows (project, day, start_time, received_time, trace_id, "
        "span_id, "
        "attributes) SELECT '";
    const auto days = [&](const char* project, const char* which) {
      Run(insert + project +
          "', toDate('2024-01-01') + number AS date, toDateTime64(date, 9, 'UTC') + 60 AS start, "
          "start "
          "+ 1, 'trace', 'span', map('at', toString(number)) FROM numbers(100) WHERE " +
          which + " SETTINGS max_partitions_per_insert_block = 0");
    };
    days("all", "1");
    days("few", "number IN (40, 50, 60)");
    days("early", "number = 2");
    days("late", "number = 90");
  }
  static std::vector<std::string> Days(const char* project, TableEnd end, uint64_t count) {
    return AskAtEnd(*client_,
                    {"vitrine.span_rows", project, "day", " AND is_deleted = 0", end, count})
        .value();
  }
};

TEST_F(TableEndsTest, RowsOfTheEndAreFoundWhereverItIs) {
  EXPECT_THAT(Days("all", TableEnd::kLast, 1), ElementsAre("2024-04-09"));
  EXPECT_THAT(Days("all", TableEnd::kFirst, 2), ElementsAre("2024-01-01", "2024-01-02"));
  EXPECT_EQ(Days("all", TableEnd::kLast, 99).back(), "2024-01-02");
  EXPECT_THAT(Days("few", TableEnd::kLast, 1), ElementsAre("2024-03-01"));
  EXPECT_THAT(Days("few", TableEnd::kFirst, 1), ElementsAre("2024-02-10"));
  EXPECT_EQ(Days("few", TableEnd::kFirst, 9).size(), 3u);
  EXPECT_THAT(Days("early", TableEnd::kLast, 1), ElementsAre("2024-01-03"));
  EXPECT_THAT(Days("late", TableEnd::kFirst, 1), ElementsAre("2024-03-31"));
  EXPECT_THAT(Days("nobody", TableEnd::kLast, 1), testing::IsEmpty());
}

TEST_F(TableEndsTest, ArrivalsAreThoseOfTheEnds) {
  const auto few = StoredArrivals(*client_, "few");
  ASSERT_TRUE(few && few->first && few->last);
  EXPECT_EQ(FormatRfc3339(*few->first), "2024-02-10T00:01:01.000000000Z");
  EXPECT_EQ(FormatRfc3339(*few->last), "2024-03-01T00:01:01.000000000Z");
  const auto nobody = StoredArrivals(*client_, "nobody");
  ASSERT_TRUE(nobody);
  EXPECT_FALSE(nobody->first || nobody->last);
}

TEST_F(TableEndsTest, TheDoctorLooksAtEverySpanWhereTheyAreFew) {
  for (const auto& [project, count] : {std::pair("all", 100u), std::pair("few", 3u)}) {
    const auto report = ExamineSpans(*client_, project);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->spans_examined, count);
    ASSERT_EQ(report->unmapped.size(), 1u);
    EXPECT_EQ(report->unmapped[0].key, "at");
    EXPECT_EQ(report->unmapped[0].count, count);
  }
  EXPECT_FALSE(ExamineSpans(*client_, "nobody")->since);
}

// Trace i of `chat` is of day i and begins with the same message; the last ten failed.
TEST_F(TableEndsTest, SimilarTracesAreLookedForFromTheLastDaysOn) {
  const std::string columns =
      " SELECT 'chat', toDate('2024-01-01') + number AS date, toDateTime64(date, 9, 'UTC') + 60, "
      "toFixedString(concat('trace', leftPad(toString(number), 11, '0')), 16), ";
  const std::string numbers = " FROM numbers(100) SETTINGS max_partitions_per_insert_block = 0";
  Run("INSERT INTO vitrine.trace_rows (project, day, start_time, trace_id, status, name)" +
      columns + "if(number >= 90, 'error', 'ok'), toString(number)" + numbers);
  Run("INSERT INTO vitrine.span_rows (project, day, start_time, trace_id, kind, new_input_hashes)" +
      columns + "'llm', [toFixedString('other', 16), toFixedString('hello', 16)]" + numbers);
  const auto names = [&](uint32_t limit) {
    const auto rows =
        ListSimilarTraces(*client_, "chat", *TraceId::FromBytes("trace00000000095"), limit);
    std::vector<std::string> found;
    for (const std::string& row : rows.value()) found.push_back(Field(row, "name"));
    return found;
  };
  EXPECT_THAT(names(3), ElementsAre("\"89\"", "\"88\"", "\"87\""));
  const auto most = names(50);
  ASSERT_EQ(most.size(), 50u);
  EXPECT_EQ(most.back(), "\"40\"");
  EXPECT_EQ(most[20], "\"69\"");
}

}  // namespace
}  // namespace vitrine::query
