// Where the slowest traces spend their time, against a real engine with traces of known paths.
#include "query/slowest_traces.h"

#include <gmock/gmock.h>

#include "query/internal/engine_test.h"
#include "query/limits.h"

namespace vitrine::query {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::SizeIs;

// Project p: 300 traces, each an agent with a retrieval of 0.2 s and then a call. Trace i lasts
// 1.2 s + i ms; of the last three (the slowest 1 %) the call waits 8 s longer for its first token.
const char* const kRows[] = {
    R"(INSERT INTO vitrine.trace_rows (project, day, start_time, end_time, trace_id, version, name, status, span_count, feature)
     SELECT 'p', '2023-11-14', fromUnixTimestamp64Nano(toInt64(1700000000 + number * 10) * toInt64(1000000000)) AS st,
       fromUnixTimestamp64Nano(reinterpretAsInt64(st) + toInt64(1200 + number + if(number >= 297, 8000, 0)) * 1000000),
       toFixedString(concat('trace', leftPad(toString(number), 11, '0')), 16), 1, 'answer', 'ok', 3, if(number % 2 = 0, 'even', 'odd')
       FROM numbers(300))",
    R"(INSERT INTO vitrine.span_rows (project, day, start_time, end_time, trace_id, span_id, parent_span_id, version, kind, name, ttft_ns)
     SELECT 'p', '2023-11-14', fromUnixTimestamp64Nano(toInt64(1700000000 + trace * 10) * 1000000000 + [0, 50, 300][part] * 1000000) AS st,
       fromUnixTimestamp64Nano(toInt64(1700000000 + trace * 10) * 1000000000 + [1200 + trace + late, 250, 1150 + late][part] * toInt64(1000000)),
       toFixedString(concat('trace', leftPad(toString(trace), 11, '0')), 16), toFixedString(concat('s', leftPad(toString(part), 7, '0')), 8),
       if(part = 1, toFixedString('', 8), toFixedString('s0000001', 8)), 1, ['agent', 'retrieval', 'llm'][part], ['planner', 'search docs', 'chat'][part],
       if(part = 3, (400 + late) * 1000000, NULL)
       FROM (SELECT intDiv(number, 3) AS trace, number % 3 + 1 AS part, if(intDiv(number, 3) >= 297, 8000, 0) AS late FROM numbers(900)))",
    // An older version of the call of the slowest trace, which lasted a minute.
    R"(INSERT INTO vitrine.span_rows (project, day, start_time, end_time, trace_id, span_id, parent_span_id, version, kind, name)
     SELECT 'p', '2023-11-14', fromUnixTimestamp64Nano(toInt64(1700002990300000000)), fromUnixTimestamp64Nano(toInt64(1700003050000000000)),
       toFixedString('trace00000000299', 16), 's0000003', 's0000001', 0, 'llm', 'chat')",
    R"(INSERT INTO vitrine.trace_rows (project, day, start_time, end_time, trace_id, version, name, status, span_count)
     SELECT 'big', '2023-11-14', fromUnixTimestamp64Nano(toInt64(1700000000000000000)), fromUnixTimestamp64Nano(toInt64(1700000000000000000) + number),
       toFixedString(concat('large', leftPad(toString(number), 11, '0')), 16), 1, 'large', 'ok', if(number = 9, 200001, 1) FROM numbers(10))",
    // Project said: one trace of a second. What its search says of its stage changed, a span of it
    // moved from its second half to its first, and a part of another is not a span yet.
    R"(INSERT INTO vitrine.trace_rows (project, day, start_time, end_time, trace_id, version, name, status, span_count)
     SELECT 'said', '2023-11-14', fromUnixTimestamp64Nano(toInt64(1700000000000000000)), fromUnixTimestamp64Nano(toInt64(1700000001000000000)),
       'trace00000000001', 1, 'said', 'ok', 3)",
    R"(INSERT INTO vitrine.span_rows (project, day, trace_id, span_id, parent_span_id, version, is_deleted, is_fragment, start_time, end_time,
       kind, name, rare)
     SELECT 'said', '2023-11-14', 'trace00000000001', * FROM VALUES('id String, parent String, version UInt64, gone UInt8, part UInt8,
         begin DateTime64(9, \'UTC\'), end DateTime64(9, \'UTC\'), kind String, name String, rare Map(String, String)',
       ('s0000001', '', 1, 0, 0, '2023-11-14 22:13:20', '2023-11-14 22:13:21', 'agent', 'root', map()),
       ('s0000002', 's0000001', 1, 0, 0, '2023-11-14 22:13:20.1', '2023-11-14 22:13:20.3', 'tool', 'find', map('stage', 'rerank')),
       ('s0000002', 's0000001', 2, 0, 0, '2023-11-14 22:13:20.1', '2023-11-14 22:13:20.2', 'tool', 'find', map('stage', 'search')),
       ('s0000003', 's0000001', 1, 0, 0, '2023-11-14 22:13:20.6', '2023-11-14 22:13:20.9', 'tool', 'old', map('stage', 'rerank')),
       ('s0000003', 's0000001', 2, 1, 0, '2023-11-14 22:13:20.6', '2023-11-14 22:13:20.9', 'tool', 'old', map('stage', 'rerank')),
       ('s0000003', 's0000001', 2, 0, 0, '2023-11-14 22:13:20.3', '2023-11-14 22:13:20.5', 'tool', 'new', map()),
       ('s0000004', 's0000001', 1, 0, 1, '2023-11-14 22:13:20.9', '2023-11-14 22:13:21', 'llm', 'part', map('stage', 'search'))))",
};

class SlowestTest : public EngineTest {
 protected:
  static void SetUpTestSuite() {
    StartEngine();
    if (!client_) return;
    for (const char* sql : kRows) Run(sql);
  }
  static SlowestReport Ask(const SlowestRequest& request) {
    auto report = FindSlowest(*client_, request);
    EXPECT_TRUE(report) << report.error().message;
    return report ? *std::move(report) : SlowestReport();
  }
  static SlowestRequest Of(const char* project) {
    SlowestRequest request;
    request.filter.project = project;
    return request;
  }
};

TEST_F(SlowestTest, SaysWhatTheSlowestSpendTheirTimeOnBesideTheMiddle) {
  const SlowestReport report = Ask(Of("p"));
  EXPECT_EQ(report.trace_count, 300u);
  EXPECT_EQ(report.slowest_count, 3u);
  EXPECT_EQ(report.slowest_read, 3u);
  EXPECT_EQ(report.usual_read, 3u);
  EXPECT_EQ(report.least_duration_ns, 9'497'000'000);
  EXPECT_EQ(report.median_duration_ns, 1'350'000'000);
  EXPECT_THAT(report.traces, SizeIs(3));
  EXPECT_EQ(report.traces.front().AsBytes(), "trace00000000299");
  // 9.497, 9.498 and 9.499 s, and in the middle 1.349, 1.350 and 1.351 s.
  EXPECT_EQ(report.slowest_ns, 28'494'000'000);
  EXPECT_EQ(report.usual_ns, 4'050'000'000);
  std::vector<std::string> stages;
  for (const PathLine& line : report.stages) stages.push_back(line.stage);
  EXPECT_THAT(stages, ElementsAre("ttft", "generation", "", "search"));
  EXPECT_EQ(report.stages[0].slowest_ns, 3 * 8'400'000'000);
  EXPECT_EQ(report.stages[0].usual_ns, 3 * 400'000'000);
  EXPECT_EQ(report.stages[1].slowest_ns, 3 * 450'000'000);
  EXPECT_EQ(report.stages[3].slowest_ns, 3 * 200'000'000);
  EXPECT_EQ(report.stages[3].slowest_traces, 3u);
  int64_t all = 0;
  for (const PathLine& line : report.names) all += line.slowest_ns;
  EXPECT_EQ(all, report.slowest_ns);
  EXPECT_EQ(report.names[0].name, "chat");
  EXPECT_EQ(report.names[0].kind, "llm");
  EXPECT_EQ(report.names[0].stage, "ttft");
  EXPECT_EQ(report.name_count, 4u);
}

TEST_F(SlowestTest, IsOfWhatMatches) {
  SlowestRequest request = Of("p");
  request.filter.feature = "even";
  request.per_mille = 20;
  const SlowestReport report = Ask(request);
  EXPECT_EQ(report.trace_count, 150u);
  EXPECT_EQ(report.slowest_count, 3u);
  EXPECT_EQ(report.traces.front().AsBytes(), "trace00000000298");
  request.filter.feature = "nobody";
  const SlowestReport none = Ask(request);
  EXPECT_EQ(none.trace_count, 0u);
  EXPECT_EQ(none.least_duration_ns, std::nullopt);
  EXPECT_TRUE(none.names.empty());
}

TEST_F(SlowestTest, SaysOfHowManyItSpeaksWhereATraceIsTooLarge) {
  SlowestRequest request = Of("big");
  request.per_mille = 200;
  const SlowestReport report = Ask(request);
  EXPECT_EQ(report.slowest_count, 2u);
  EXPECT_EQ(report.slowest_read, 1u);
  EXPECT_EQ(report.traces.front().AsBytes(), "large00000000008");
  // Too few to have a middle, and no spans are stored.
  EXPECT_EQ(report.usual_read, 0u);
  EXPECT_EQ(report.slowest_ns, 0);
}

TEST_F(SlowestTest, TheNewestVersionOfASpanSaysItsStage) {
  const SlowestReport report = Ask(Of("said"));
  EXPECT_EQ(report.slowest_ns, 1'000'000'000);
  std::map<std::pair<std::string, std::string>, int64_t> lines;
  for (const PathLine& line : report.names) lines[{line.stage, line.name}] = line.slowest_ns;
  EXPECT_THAT(lines, ElementsAre(Pair(Pair("", "root"), 700'000'000),
                                 Pair(Pair("search", "find"), 100'000'000),
                                 Pair(Pair("tools", "new"), 200'000'000)));
}

TEST_F(SlowestTest, RefusesPartsThatAreNoTail) {
  for (const uint32_t per_mille : {0u, kSlowestPerMilleMax + 1}) {
    SlowestRequest request = Of("p");
    request.per_mille = per_mille;
    const auto refused = FindSlowest(*client_, request);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidInput);
  }
}

}  // namespace
}  // namespace vitrine::query
