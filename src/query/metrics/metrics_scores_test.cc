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
  const std::string body = R"json({"measures":["sum(score.q)","count","refusal_count"]})json";
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

TEST_F(MetricsScoresTest, PercentilesOfManyRowsComeFromASketch) {
  const std::string body =
      R"json({"measures":["p50(output_tokens)","p90(duration)","p50(duration)"],"filter":"kind:llm"})json";
  const std::string exact = R"json({"measures":["p90(duration)"],"exact":true})json";
  EXPECT_THAT(Ask(exact), testing::ElementsAre("91000000000"));
  Run("INSERT INTO vitrine.hour_rollup_rows (project, minute, spans) VALUES ('m', "
      "toStartOfHour(fromUnixTimestamp(1700000000)), 1000001)");
  EXPECT_THAT(Ask(exact), testing::ElementsAre("91000000000"));
  EXPECT_EQ(errors_, (std::vector<double>{0}));
  const auto values = Ask(body);
  ASSERT_EQ(values.size(), 3u);
  EXPECT_EQ(values[0], "null") << "of no value there is none";
  // Of so few values it may be the one before.
  EXPECT_NEAR(std::stod(values[1]), 90.5e9, 0.5e9 + 0.005 * 91e9);
  EXPECT_NEAR(std::stod(values[2]), 50.5e9, 0.5e9 + 0.005 * 51e9);
  EXPECT_EQ(errors_, (std::vector<double>{0.005, 0.005, 0.005}));
}

}  // namespace
}  // namespace vitrine::query
