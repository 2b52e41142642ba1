// The public views over rows of known content: what they add up, and what they look up.
#include <gtest/gtest.h>

#include "query/internal/engine_test.h"

namespace vitrine::query {
namespace {

class SqlViewsTest : public EngineTest {
 protected:
  static void SetUpTestSuite() { StartEngine(); }
  static std::string Ask(const std::string& sql) {
    const auto answer = client_->Query(sql + " FORMAT TSV", {});
    return answer ? *answer : "error: " + answer.error().message;
  }
};

TEST_F(SqlViewsTest, RollupsAddUpWhatWasTakenBack) {
  for (const char* sums : {"3, 1, 30, 700000000, map(5, 3)", "-1, -1, -10, -200000000, map(5, -1)",
                           "0, 0, 0, 0, map()"}) {
    Run(std::string(
            "INSERT INTO vitrine.rollup_rows (project, minute, model, counted, calls, errors, "
            "duration_ns, cost_nano_usd, duration_histogram) SELECT 'p', '2026-01-01 10:00:00', "
            "'m', 1, ") +
        sums);
  }
  Run("INSERT INTO vitrine.rollup_rows (project, minute, model, calls) VALUES ('p', '2026-01-01 "
      "10:01:00', 'm', 1)");
  EXPECT_EQ(Ask("SELECT toString(minute), counted, calls, errors, duration_ns, cost_usd, "
                "duration_histogram FROM vitrine.rollups ORDER BY minute"),
            "2026-01-01 10:00:00\ttrue\t2\t0\t20\t0.5\t{5:2}\n"
            "2026-01-01 10:01:00\tfalse\t1\t0\t0\t0\t{}\n");
  EXPECT_EQ(Ask("SELECT DISTINCT toTypeName(calls), toTypeName(duration_ns), toTypeName(cost_usd), "
                "toTypeName(ttft_histogram) FROM vitrine.rollups"),
            "Float64\tInt64\tDecimal(18, 9)\tMap(Int16, Float64)\n");
}

TEST_F(SqlViewsTest, MessagesOfACallKnowTheirPlace) {
  Run("INSERT INTO vitrine.span_rows (project, day, trace_id, span_id, version, kind, start_time, "
      "history_hashes, new_input_hashes, output_hashes, output_choices, rare) VALUES ('said', "
      "'2026-01-01', 'trace00000000001', 'said0001', 1, 'llm', '2026-01-01 10:00:00', ['system', "
      "'asked'], ['again'], ['one', 'other', 'two'], [0, 0, 1], map('output_finish_reasons', "
      "'stop,stop,length'))");
  EXPECT_EQ(Ask("SELECT toStringCutToZero(unhex(hash)), direction, position, is_new, choice, "
                "finish_reason FROM vitrine.call_messages WHERE project = 'said' ORDER BY "
                "direction, position"),
            "system\tinput\t0\tfalse\t0\t\n"
            "asked\tinput\t1\tfalse\t0\t\n"
            "again\tinput\t2\ttrue\t0\t\n"
            "one\toutput\t0\ttrue\t0\tstop\n"
            "other\toutput\t1\ttrue\t0\tstop\n"
            "two\toutput\t2\ttrue\t1\tlength\n");
}

TEST_F(SqlViewsTest, AToolCallNamesTheSpanThatRanIt) {
  const std::string into =
      "INSERT INTO vitrine.span_rows (project, day, trace_id, span_id, version, kind, counted, "
      "start_time, tool_call_names, tool_call_arguments, tool_call_ids, tool_call_id) SELECT 'p', "
      "'2026-01-01', ";
  const std::string at = ", '2026-01-01 10:00:00', ";
  const std::string asks = "'llm', 1" + at + "['look', 'run', 'look'], ['{}', '{\"a\":1}', ''], ";
  Run(into + "'trace00000000001', 'asks0001', 1, " + asks + "['c1', 'c2', ''], ''");
  Run(into + "'trace00000000002', 'asks0002', 1, " + asks + "['c1', 'c2', ''], ''");
  // A call of the first trace that was run, twice; one without an id; and one of another project.
  Run(into + "'trace00000000001', 'ran00001', 1, 'tool', 0" + at + "[], [], [], 'c2'");
  Run(into + "'trace00000000001', 'ran00001', 2, 'tool', 0" + at + "[], [], [], 'c2'");
  Run(into + "'trace00000000001', 'ran00002', 1, 'tool', 0" + at + "[], [], [], ''");
  Run("INSERT INTO vitrine.span_rows (project, day, trace_id, span_id, version, kind, start_time, "
      "tool_call_id) SELECT 'other', '2026-01-01', 'trace00000000002', 'ran00003', 1, 'tool'" +
      at + "'c1'");
  EXPECT_EQ(Ask("SELECT unhex(trace_id), unhex(span_id), position, name, arguments, id, "
                "unhex(executing_span_id) FROM vitrine.tool_calls ORDER BY trace_id, position"),
            "trace00000000001\tasks0001\t0\tlook\t{}\tc1\t\n"
            "trace00000000001\tasks0001\t1\trun\t{\"a\":1}\tc2\tran00001\n"
            "trace00000000001\tasks0001\t2\tlook\t\t\t\n"
            "trace00000000002\tasks0002\t0\tlook\t{}\tc1\t\n"
            "trace00000000002\tasks0002\t1\trun\t{\"a\":1}\tc2\t\n"
            "trace00000000002\tasks0002\t2\tlook\t\t\t\n");
}

}  // namespace
}  // namespace vitrine::query
