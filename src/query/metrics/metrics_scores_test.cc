// Measures that need more than sums: scores in each of the ways in which rows have them, and
// percentiles of many rows. Against a real engine.
#include <gmock/gmock.h>

#include "query/internal/engine_test.h"
#include "query/metrics/metrics.h"

namespace vitrine::query {
namespace {

constexpr int64_t kBegin = 1'700'000'000'000'000'000;

// A hundred calls, one a minute, ten to a trace and twenty to a session. Durations are 1 to 100 s;
// every tenth refused.
constexpr const char* kCalls =
    R"(INSERT INTO vitrine.span_rows (project, day, start_time, end_time, trace_id, span_id, version, kind, status, service,
       request_model, session_id, response_id, counted, served, rare)
     SELECT 'm', toDate(st), fromUnixTimestamp64Nano(toInt64(1700000000000000000 + number * 60000000000)) AS st,
       st + toIntervalSecond(number + 1), toFixedString(leftPad(toString(intDiv(number, 10)), 16, '0'), 16),
       toFixedString(leftPad(toString(number), 8, '0'), 8), 1, 'llm', 'ok', 'api', 'm',
       concat('s', toString(intDiv(number, 20))), concat('r', toString(number)), 1, 1,
       if(number % 10 = 0, map('refusal', '1'), map()) FROM numbers(100))";

/// A score of the thing that `subject` names, `minute` after the first call.
std::string Score(const char* name, double value, int64_t minute, const std::string& subject,
                  int version = 1) {
  static int id = 0;
  return "INSERT INTO vitrine.score_rows (project, day, score_id, version, name, value, time, " +
         subject.substr(0, subject.find(" = ")) + ") SELECT 'm', today(), toFixedString('" +
         std::to_string(++id) + "', 16), " + std::to_string(version) + ", '" + name + "', " +
         std::to_string(value) + ", fromUnixTimestamp64Nano(toInt64(" +
         std::to_string(kBegin + minute * 60 * kNanosPerSecond) + ")), " +
         subject.substr(subject.find(" = ") + 3);
}
std::string Trace(int number) {
  return "toFixedString(leftPad('" + std::to_string(number) + "', 16, '0'), 16)";
}

class MetricsScoresTest : public EngineTest {
 protected:
  static void SetUpTestSuite() {
    StartEngine();
    if (!client_) return;
    Run(kCalls);
    // Trace 0: all its calls have 0.5, call 3 its own, call 4 one by its answer; later ones win.
    Run(Score("q", 0.125, 1, "trace_id = " + Trace(0)));
    Run(Score("q", 0.5, 2, "trace_id = " + Trace(0)));
    Run(Score("q", 0.875, 1, "trace_id, span_id = " + Trace(0) + ", toFixedString('00000003', 8)"));
    Run(Score("q", 0.75, 1, "response_id = 'r4'"));
    // Session 1 is calls 20 to 39; trace 2 in it has one of its own.
    Run(Score("q", 0.25, 0, "session_id = 's1'"));
    Run(Score("q", 0.625, 500'000, "trace_id = " + Trace(2)));
    Run(Score("only_traces", 1, 0, "trace_id = " + Trace(5)));
    for (int i = 0; i < 20; ++i)
      Run(Score("only_traces", 0, -100'000 - i, "trace_id = " + Trace(9)));
  }

  /// The values of the measures, of the calls from minute `from` to minute `to`.
  static std::vector<std::string> Ask(const std::string& body, int64_t from = 0, int64_t to = 100) {
    auto request = ParseMetricsRequest(body, {}, Nanos{kBegin + kNanosPerDay});
    EXPECT_TRUE(request) << request.error().message;
    request->scope.filter.project = "m";
    request->scope.range = {Nanos{kBegin + from * 60 * kNanosPerSecond},
                            Nanos{kBegin + to * 60 * kNanosPerSecond}};
    auto answer = AskMetrics(*client_, std::move(*request));
    EXPECT_TRUE(answer) << answer.error().message;
    if (!answer) return {};
    errors_.clear();
    for (const MeasureFacts& facts : answer->measures) errors_.push_back(facts.error);
    return answer->totals.values;
  }
  static inline std::vector<double> errors_;
};

TEST_F(MetricsScoresTest, ACallHasItsOwnScoreElseItsTracesElseItsSessions) {
  using testing::ElementsAre;
  const std::string body =
      R"json({"measures":["sum(score.q)","count","refusal_count"],"exact":true})json";
  // Eight of trace 0, one own, one by its answer.
  EXPECT_THAT(Ask(body, 0, 10), ElementsAre("5.625", "10", "1"));
  EXPECT_THAT(Ask(body, 3, 5), ElementsAre("1.625", "2", "0"));
  // Ten of trace 2, scored much later, and ten of the session.
  EXPECT_THAT(Ask(body, 20, 40), ElementsAre("8.75", "20", "2"));
  EXPECT_THAT(Ask(body, 50, 60), ElementsAre("null", "10", "1"));
}

TEST_F(MetricsScoresTest, ATraceHasItsScoresAndThoseOfItsAnswers) {
  const std::string body =
      R"json({"measures":["sum(score.q)","sum(score.only_traces)"],"unit":"traces"})json";
  Run("INSERT INTO vitrine.trace_rows (project, day, start_time, trace_id, version, session_id) "
      "SELECT project, min(day), min(start_time) AS began, trace_id, 1, any(session_id) FROM "
      "vitrine.span_rows GROUP BY project, trace_id");
  // The latest of trace 0, the session's of trace 3, trace 2's own.
  EXPECT_THAT(Ask(body), testing::ElementsAre("1.375", "1"));
}

TEST_F(MetricsScoresTest, ScoresThatMostlyLieElsewhereAreFoundForAShortTime) {
  using testing::ElementsAre;
  const std::string body =
      R"json({"measures":["sum(score.only_traces)","avg(score.only_traces)"]})json";
  EXPECT_THAT(Ask(body, 50, 60), ElementsAre("10", "1"));
  EXPECT_THAT(Ask(body, 55, 95), ElementsAre("5", "0.5"));
  EXPECT_THAT(Ask(body, 0, 10), ElementsAre("null", "null"));
}

TEST_F(MetricsScoresTest, NamesAreTextsAsAnyOther) {
  const std::vector<std::string> names = {"user_feedback.rating", "task-completion", "my score",
                                          "it''s", "größe"};
  double value = 0;
  for (const std::string& name : names)
    Run(Score(name.c_str(), value += 0.25, 60, "trace_id = " + Trace(6)));
  value = 0;
  for (std::string name : names) {
    if (name == "it''s") name = "it's";
    value += 2.5;
    EXPECT_EQ(std::stod(Ask("{\"measures\":[\"sum(score." + name + ")\"]}")[0]), value) << name;
  }
  EXPECT_EQ(Ask(R"json({"measures":["count","sum(score.a\\')"]})json")[1], "null");
}

/// 400,000 calls whose values do not fit; their durations are 1 to 400,000 microseconds, and what
/// they cost is below a dollar.
class SketchTest : public MetricsScoresTest {
 protected:
  static void SetUpTestSuite() {
    StartEngine();
    if (!client_) return;
    Run(R"(INSERT INTO vitrine.span_rows (project, day, start_time, end_time, trace_id, span_id, version, kind, status,
             request_model, cost_usd, counted, served, stream)
           SELECT 'm', toDate(st), fromUnixTimestamp64Nano(toInt64(1700000000000000000 + number * 10000000)) AS st,
             st + toIntervalMicrosecond(number + 1), toFixedString(leftPad(toString(number), 16, '0'), 16),
             toFixedString('s', 8), 1, 'llm', 'ok', if(number = 7, 'rare', 'm'),
             toDecimal64((number % 1000) / 1000, 9), 1, 1, 1 FROM numbers(400000) SETTINGS min_insert_block_size_rows = 0, min_insert_block_size_bytes = 0, max_block_size = 20000)");
  }
  /// By a filter that sums cannot answer.
  static std::vector<std::string> AskWith(uint64_t memory_bytes, bool is_exact) {
    const std::string body =
        R"json({"measures":["p50(output_tokens)","p90(duration)","p50(cost_usd)","p95(cost_usd)"],"exact":)json";
    auto request = ParseMetricsRequest(
        body + (is_exact ? "true" : "false") + R"json(,"group_by":["model"],"interval":"1h"})json",
        {}, Nanos{kBegin + kNanosPerDay});
    EXPECT_TRUE(request) << request.error().message;
    request->scope.filter.project = "m";
    request->scope.filter.stream = true;
    request->scope.range = {Nanos{kBegin}, Nanos{kBegin + 2 * 3600 * kNanosPerSecond}};
    request->memory_bytes_max = memory_bytes;
    auto answer = AskMetrics(*client_, std::move(*request));
    errors_.clear();
    if (!answer) return {answer.error().message};
    for (const MeasureFacts& facts : answer->measures) errors_.push_back(facts.error);
    groups_ = std::move(answer->groups);
    return answer->totals.values;
  }
  /// Money is a text.
  static double Number(const std::string& value) {
    return std::stod(value.starts_with('"') ? value.substr(1) : value);
  }
  static inline std::vector<MetricsGroup> groups_;
};

TEST_F(SketchTest, PercentilesThatDoNotFitComeFromASketch) {
  constexpr uint64_t kEnough = 768ull << 20, kLittle = 20ull << 20;
  const auto exact = AskWith(kEnough, false);
  EXPECT_EQ(errors_, (std::vector<double>{0, 0, 0, 0}));
  EXPECT_THAT(exact, testing::ElementsAre("null", "360001000", "\"0.5\"", "\"0.95\""));
  EXPECT_THAT(AskWith(kLittle, true), testing::ElementsAre(testing::HasSubstr("memory")));
  const auto values = AskWith(kLittle, false);
  ASSERT_EQ(values.size(), 4u) << values[0];
  EXPECT_EQ(errors_, (std::vector<double>{0.005, 0.005, 0.005, 0.005}));
  EXPECT_EQ(values[0], "null") << "of no value there is none";
  for (size_t i = 1; i < values.size(); ++i)
    EXPECT_NEAR(Number(values[i]) / Number(exact[i]), 1, 0.006) << i;
  // Of few values they are exact.
  ASSERT_EQ(groups_.size(), 2u);
  EXPECT_EQ(groups_[1].key[0], "rare");
  EXPECT_EQ(Number(groups_[1].row.values[1]), 8000);
  EXPECT_EQ(groups_[1].row.values[2], "\"0.007\"");
}

/// Older tables get some columns while questions are asked already.
class LaterColumnsTest : public EngineTest {
 protected:
  static void SetUpTestSuite() { StartEngine(); }
};

TEST_F(LaterColumnsTest, WhoAsksTooEarlyIsToldToWait) {
  const auto ask = [](const std::string& sql, bool is_plain) {
    SqlText text;
    text << sql << (is_plain ? " SETTINGS allow_experimental_analyzer = 0" : "");
    return AskText(*client_, text);
  };
  for (const auto& [table, column] : storage::LaterColumns()) {
    const std::string sql = "SELECT " + column + " FROM vitrine." + table;
    const bool is_gone = table == "rollup_rows" && column != "prompt_name";
    EXPECT_EQ(ask(sql, false).has_value(), !is_gone) << column;
    if (column == "rare") {
      Run("ALTER TABLE vitrine.span_rows DROP COLUMN IF EXISTS rare_stage");
      Run("ALTER TABLE vitrine.span_rows DROP COLUMN IF EXISTS rare_refusal");
    }
    if (column == "history_hashes" || column == "new_input_hashes") {
      Run("ALTER TABLE vitrine.span_rows DROP INDEX " + column.substr(0, column.size() - 2) +
          "_bloom");
    }
    if (table == "rollup_rows") {
      // Some are of its key, and cannot be dropped.
      Run("DROP TABLE IF EXISTS vitrine.rollup_rows SYNC");
      Run("CREATE TABLE vitrine.rollup_rows (project String) ENGINE = MergeTree ORDER BY project");
    } else {
      Run("ALTER TABLE vitrine." + table + " DROP COLUMN " + column);
    }
    for (const bool is_plain : {false, true}) {
      const auto answer = ask(sql, is_plain);
      ASSERT_FALSE(answer) << column;
      EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable) << answer.error().message;
    }
    EXPECT_EQ(ask("SELECT no_such_column FROM vitrine.span_rows", false).error().code,
              ErrorCode::kInternal);
    if (column == "rare") {
      Run("ALTER TABLE vitrine.span_rows ADD COLUMN rare_stage String, ADD COLUMN rare_refusal "
          "UInt8");
    }
  }
}

}  // namespace
}  // namespace vitrine::query
