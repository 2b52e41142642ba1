#include "query/trace_counts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/internal/engine_test.h"

namespace vitrine::query {
namespace {

using testing::ElementsAre;
using testing::Pair;

class TraceCountsTest : public EngineTest {
 protected:
  static void SetUpTestSuite() { StartEngine(); }
  static void Insert(const std::string& row) {
    Run("INSERT INTO vitrine.trace_rows (project, day, start_time, trace_id, version, is_deleted) "
        "VALUES (" +
        row + ")");
  }
};

TEST_F(TraceCountsTest, EveryTraceIsCountedOnceAndWhatComesIsSeen) {
  TraceCounts counts;
  const auto count = [&] { return counts.Count(*client_).value(); };
  EXPECT_THAT(count(), testing::IsEmpty());
  Insert("'a', '2024-01-01', '2024-01-01 10:00:00', 'trace1', 1, 0");
  Insert("'a', '2024-01-02', '2024-01-02 10:00:00', 'trace2', 1, 0");
  Insert("'b', '2024-01-02', '2024-01-02 10:00:00', 'trace2', 1, 0");
  EXPECT_THAT(count(), ElementsAre(Pair("a", 2), Pair("b", 1)));
  // A newer version is the same trace; of the days, only this one is counted again.
  Insert("'a', '2024-01-02', '2024-01-02 10:00:00', 'trace2', 2, 0");
  EXPECT_THAT(count(), ElementsAre(Pair("a", 2), Pair("b", 1)));
  // It starts earlier than it was known to, and on another day.
  Insert("'a', '2024-01-02', '2024-01-02 10:00:00', 'trace2', 3, 1");
  Insert("'a', '2024-01-01', '2024-01-01 23:00:00', 'trace2', 3, 0");
  EXPECT_THAT(count(), ElementsAre(Pair("a", 2), Pair("b", 1)));
  Insert("'b', '2024-01-03', '2024-01-03 10:00:00', 'trace3', 4, 0");
  EXPECT_THAT(count(), ElementsAre(Pair("a", 2), Pair("b", 2)));
  EXPECT_EQ(count(), TraceCounts().Count(*client_).value());
  // Merged, and a day gone.
  Run("OPTIMIZE TABLE vitrine.trace_rows FINAL");
  EXPECT_THAT(count(), ElementsAre(Pair("a", 2), Pair("b", 2)));
  Run("ALTER TABLE vitrine.trace_rows DROP PARTITION '2024-01-03'");
  EXPECT_THAT(count(), ElementsAre(Pair("a", 2), Pair("b", 1)));
}

}  // namespace
}  // namespace vitrine::query
