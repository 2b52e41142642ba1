// Sessions, their turns, and traces that are compared, against a real engine with rows of known
// content.
#include "query/session_list.h"

#include <gmock/gmock.h>

#include <functional>

#include "query/cache_lens.h"
#include "query/internal/engine_test.h"
#include "query/session_page.h"
#include "query/similar_traces.h"
#include "query/trace_diff.h"

namespace vitrine::query {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr int64_t kBase = 1'700'000'000'000'000'000;  // 2023-11-14T22:13:20Z

std::string Text16(const std::string& name) {
  return "toFixedString('" + name + std::string(16 - name.size(), '_') + "', 16)";
}
std::string At(int64_t second) {
  return "fromUnixTimestamp64Nano(toInt64(" + std::to_string(kBase + second * 1'000'000'000) + "))";
}
std::string HexOf(const std::string& name) {
  std::string padded = name + std::string(16 - name.size(), '_'), hex;
  constexpr char kDigits[] = "0123456789abcdef";
  for (const char c : padded) {
    hex += kDigits[static_cast<unsigned char>(c) >> 4];
    hex += kDigits[c & 15];
  }
  return hex;
}
TraceId IdOf(const std::string& name) { return *TraceId::FromHex(HexOf(name)); }

struct TraceRow {
  std::string name, session;
  int64_t second = 0;
  std::string more_columns, more_values;  ///< Each begins with a comma.
  int version = 1;
};
std::string Insert(const TraceRow& row) {
  return "INSERT INTO vitrine.trace_rows (project, day, start_time, end_time, trace_id, version, "
         "session_id, status, call_count" +
         row.more_columns + ") SELECT 'p', '2023-11-14', " + At(row.second) + ", " +
         At(row.second + 2) + ", " + Text16(row.name) + ", " + std::to_string(row.version) + ", '" +
         row.session + "', 'ok', 1" + row.more_values;
}

struct SpanRow {
  std::string trace, span;
  int64_t second = 0;
  std::string kind = "llm", more_columns, more_values;
  std::string session = "s1";
};
std::string Insert(const SpanRow& row) {
  return "INSERT INTO vitrine.span_rows (project, day, start_time, end_time, trace_id, span_id, "
         "parent_span_id, version, kind, session_id, counted, name, provider, request_model" +
         row.more_columns + ") SELECT 'p', '2023-11-14', " + At(row.second) + ", " +
         At(row.second + 1) + ", " + Text16(row.trace) + ", '" + row.span + "', 'rootspan', 1, '" +
         row.kind + "', '" + row.session + "', 1, '" + row.kind + "', 'openai', 'gpt-4o'" +
         row.more_values;
}
std::string Messages(const std::string& name, const std::string& role, const std::string& text) {
  return "INSERT INTO vitrine.message_rows (project, day, retention, hash, role, parts_template, "
         "texts) SELECT 'p', '2023-11-14', 'keep', " +
         Text16(name) + ", '" + role +
         "', concat('[{\"type\":\"text\",\"content\":', char(31), '}]'), '" + text + "'";
}

class SessionTest : public EngineTest {
 protected:
  static void SetUpTestSuite() {
    StartEngine();
    if (!client_) return;
    InsertTraces();
    InsertSpans();
    for (const auto& [name, role] : {std::pair{"sys", "system"},
                                     {"ask1", "user"},
                                     {"ans1", "assistant"},
                                     {"ask2", "user"},
                                     {"ans2", "assistant"}}) {
      Run(Messages(name, role, std::string(name) + std::string(4'000, 'x')));
    }
    Run("INSERT INTO vitrine.score_rows (project, day, score_id, version, trace_id, name, value, "
        "source, time) SELECT 'p', '2023-11-14', toFixedString('score1', 16), 1, " +
        Text16("t4") + ", 'thumbs', 0, 'user', " + At(100));
    Run("INSERT INTO vitrine.score_rows (project, day, score_id, version, trace_id, name, value, "
        "source, time) SELECT 'p', '2023-11-14', toFixedString('score2', 16), 1, " +
        Text16("t3") + ", 'toxicity', 0.01, 'judge', " + At(100));
    // Somebody thought better of it.
    for (const auto& [version, value] : {std::pair{"1", "0"}, {"2", "1"}}) {
      Run("INSERT INTO vitrine.score_rows (project, day, score_id, version, trace_id, name, value, "
          "source, time) SELECT 'p', '2023-11-14', toFixedString('score3', 16), " +
          std::string(version) + ", " + Text16("t2") + ", 'thumbs', " + value + ", 'user', " +
          At(100));
    }
  }
  // Session s1 has the turns t1 to t5; s2 one; old a hundred days before; nobody is of no session.
  static void InsertTraces() {
    const std::string money = ", cost_usd, input_tokens, models, input_preview, user_id";
    for (const TraceRow& row : {
             TraceRow{"t1", "s1", 0, money, ", 0.25, 10, ['m1'], 'first asked', 'ann'"},
             TraceRow{"t2", "s1", 10, money, ", NULL, NULL, ['m2'], '', ''"},
             TraceRow{"t3", "s1", 20, money, ", 0.5, 5, ['m1'], 'third', 'bob'"},
             TraceRow{"t4", "s1", 30, "", ""},
             TraceRow{"t5", "s1", 40, ", output_preview", ", 'last answered'"},
             TraceRow{"u1", "s2", 25, ", unpriced_count", ", 1"},
             TraceRow{"nobody", "", 26, "", ""},
             // Of s3 first, and then of s2.
             TraceRow{"moved", "s3", 27, "", ""},
             TraceRow{"moved", "s2", 27, ", error_count", ", 2", 2},
             TraceRow{"ancient", "old", -8'640'000, "", ""},
         }) {
      Run(Insert(row));
    }
  }
  static void InsertSpans() {
    const std::string content = ", history_hashes, new_input_hashes, output_hashes, finish_reason";
    const auto said = [&](const std::string& history, const std::string& in, const std::string& out,
                          const std::string& finish) {
      return ", [" + history + "], [" + in + "], [" + out + "], '" + finish + "'";
    };
    const std::string first = Text16("sys") + ", " + Text16("ask1");
    const std::string history = first + ", " + Text16("ans1");
    for (const SpanRow& row : {
             SpanRow{"t1", "a1call01", 0, "llm", content + ", input_tokens, cached_input_tokens",
                     said("", first, Text16("ans1"), "stop") + ", 2000, 0"},
             SpanRow{"t2", "a2call01", 10, "llm", content + ", input_tokens, cached_input_tokens",
                     said(history, Text16("ask2"), Text16("ans2"), "stop") + ", 4000, 0"},
             // A failed attempt that was tried again is not the answer.
             SpanRow{"t3", "a3call01", 20, "llm", ", status", ", 'error'"},
             SpanRow{"t3", "a3call02", 21, "llm", content,
                     said(Text16("sys"), Text16("ask1"), "", "stop")},
             SpanRow{"t5", "a5call01", 40, "llm", content,
                     said(Text16("sys"), Text16("ask1"), "", "length")},
             SpanRow{"u1", "b1call01", 25, "llm", ", status", ", 'error'", "s2"},
             SpanRow{"t1", "a1tool01", 1, "tool", ", tool_name, output_preview", ", 'look', 'x'"},
             SpanRow{"t2", "a2tool01", 11, "tool", ", tool_name, output_preview", ", 'seek', 'x'"},
         }) {
      Run(Insert(row));
    }
  }

  static std::vector<std::string> Listed(const std::function<void(SessionListRequest&)>& set = {}) {
    SessionListRequest request;
    request.filter.project = "p";
    if (set) set(request);
    const auto page = ListSessions(*client_, request);
    EXPECT_TRUE(page) << page.error().message;
    std::vector<std::string> ids;
    if (page) {
      for (const std::string& row : page->rows) ids.push_back(Field(row, "session_id"));
    }
    return ids;
  }
  static std::string Session(const std::string& id) {
    const auto sums = FindSession(*client_, "p", id);
    EXPECT_TRUE(sums) << sums.error().message;
    return sums ? sums->json : "{}";
  }
};

TEST_F(SessionTest, AreListedByTheirLatestTurn) {
  EXPECT_THAT(Listed(), ElementsAre("\"s1\"", "\"s2\"", "\"old\""));
}

TEST_F(SessionTest, AreFoundByAnyOfTheirTraces) {
  EXPECT_THAT(Listed([](auto& request) { request.filter.model = "m2"; }), ElementsAre("\"s1\""));
  EXPECT_THAT(Listed([](auto& request) { request.filter.user = "nobody"; }), IsEmpty());
  EXPECT_THAT(Listed([](auto& request) {
                request.filter.from = Nanos{kBase + 26'000'000'000};
                request.filter.to = Nanos{kBase + 29'000'000'000};
              }),
              ElementsAre("\"s2\""));
}

TEST_F(SessionTest, AreFoundByAnExpression) {
  const auto matching = [](const char* text) {
    return Listed([&](auto& request) {
      const auto filter = ParseFilter(text, FilterUnit::kTraces);
      ASSERT_TRUE(filter) << filter.error().message;
      request.filter.expression = *filter;
    });
  };
  EXPECT_THAT(matching("user:ann"), ElementsAre("\"s1\""));
  EXPECT_THAT(matching("session:s2 or session:old"), ElementsAre("\"s2\"", "\"old\""));
  EXPECT_THAT(matching("user:nobody"), IsEmpty());
}

TEST_F(SessionTest, PagesFollowEachOtherWithoutGapOrRepeat) {
  SessionListRequest request;
  request.filter.project = "p";
  request.limit = 1;
  std::vector<std::string> ids;
  do {
    const auto page = ListSessions(*client_, request);
    ASSERT_TRUE(page) << page.error().message;
    for (const std::string& row : page->rows) ids.push_back(Field(row, "session_id"));
    request.cursor = page->next_cursor;
  } while (!request.cursor.empty() && ids.size() < 10);
  EXPECT_THAT(ids, ElementsAre("\"s1\"", "\"s2\"", "\"old\""));
}

TEST_F(SessionTest, SumsAreOfTheWholeSession) {
  const std::string session = Session("s1");
  EXPECT_EQ(Field(session, "trace_count"), "5");
  EXPECT_EQ(Field(session, "cost_usd"), "\"0.75\"");
  EXPECT_EQ(Field(session, "input_tokens"), "15");
  EXPECT_EQ(Field(session, "output_tokens"), "null");
  EXPECT_EQ(Field(session, "models"), "[\"m1\",\"m2\"]");
  EXPECT_EQ(Field(session, "user_id"), "\"bob\"");
  EXPECT_EQ(Field(session, "first_input_preview"), "\"first asked\"");
  EXPECT_EQ(Field(session, "last_output_preview"), "\"last answered\"");
  EXPECT_EQ(Field(session, "start_time"), "\"2023-11-14T22:13:20.000000000Z\"");
  EXPECT_EQ(Field(session, "end_time"), "\"2023-11-14T22:14:02.000000000Z\"");
  EXPECT_EQ(Field(session, "last_turn_time"), "\"2023-11-14T22:14:00.000000000Z\"");
}

// Rows say what they are ordered by, so that a list never seems to be out of order.
TEST_F(SessionTest, TheListIsOrderedByWhatItsRowsSay) {
  for (const std::string& status : {std::string(), std::string("ok")}) {
    SessionListRequest request;
    request.filter.project = "p";
    request.filter.status = status;
    request.filter.to = Nanos{kBase + 25'000'000'000};
    const auto page = ListSessions(*client_, request);
    ASSERT_TRUE(page) << page.error().message;
    ASSERT_FALSE(page->rows.empty());
    std::string before = "\"9";
    for (const std::string& row : page->rows) {
      const std::string at = Field(row, "last_match_time");
      EXPECT_LE(at, before) << row;
      EXPECT_LE(at, Field(row, "last_turn_time")) << row;
      EXPECT_LT(at, "\"2023-11-14T22:13:45") << row;
      before = at;
    }
  }
}

TEST_F(SessionTest, ATraceIsOfTheSessionThatItsNewestVersionSays) {
  EXPECT_EQ(Field(Session("s2"), "trace_count"), "2");
  EXPECT_EQ(Field(Session("s2"), "cost_usd"), "null");
  const auto gone = FindSession(*client_, "p", "s3");
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::kNotFound);
}

// t3 failed once and answered then, and its toxicity is low, which is good; t4 was voted down.
TEST_F(SessionTest, TheFirstBadTurnIsFound) {
  EXPECT_EQ(Field(Session("s1"), "first_bad_turn"), "4");
  EXPECT_EQ(Field(Session("s2"), "first_bad_turn"), "1");
  EXPECT_EQ(Field(Session("old"), "first_bad_turn"), "null");
}

TEST_F(SessionTest, TurnsSayWhatWasNewAndWhyTheyAreBad) {
  SessionPageRequest request;
  request.project = "p";
  request.session_id = "s1";
  const auto page = ReadSession(*client_, request);
  ASSERT_TRUE(page) << page.error().message;
  ASSERT_EQ(page->turns.size(), 5u);
  EXPECT_TRUE(page->next_cursor.empty());
  const auto why = [&](size_t turn) { return Field(page->turns[turn], "why_bad"); };
  EXPECT_EQ(why(0), "null");
  EXPECT_EQ(why(2), "null");
  EXPECT_EQ(why(3), "\"negative_feedback\"");
  EXPECT_EQ(why(4), "\"length\"");
  EXPECT_EQ(Field(page->turns[3], "span_id"), "null");
  // The system prompt comes with the turn that began it; later turns bring their own question.
  EXPECT_THAT(Field(page->turns[0], "input"), HasSubstr(HexOf("sys")));
  EXPECT_THAT(Field(page->turns[0], "output"), HasSubstr("ans1xxx"));
  EXPECT_THAT(Field(page->turns[1], "input"), HasSubstr("ask2xxx"));
  EXPECT_THAT(Field(page->turns[1], "input"), testing::Not(HasSubstr(HexOf("ask1"))));
  EXPECT_THAT(Field(page->turns[2], "scores"), HasSubstr("\"is_bad\":false"));
}

TEST_F(SessionTest, TurnsComeInPages) {
  SessionPageRequest request;
  request.project = "p";
  request.session_id = "s1";
  request.limit = 2;
  std::vector<std::string> traces;
  do {
    const auto page = ReadSession(*client_, request);
    ASSERT_TRUE(page) << page.error().message;
    EXPECT_LE(page->turns.size(), 2u);
    for (const std::string& turn : page->turns) traces.push_back(Field(turn, "trace_id"));
    request.cursor = page->next_cursor;
  } while (!request.cursor.empty() && traces.size() < 10);
  std::vector<std::string> expected;
  for (const char* name : {"t1", "t2", "t3", "t4", "t5"})
    expected.push_back("\"" + HexOf(name) + "\"");
  EXPECT_EQ(traces, expected);
  request.session_id = "s2";
  request.cursor = "00";
  EXPECT_FALSE(ReadSession(*client_, request));
}

TEST_F(SessionTest, TheCacheLensComparesCallsOfTheSession) {
  const auto json = SessionCacheJson(
      *client_, "p", "s1", [](std::string_view) { return std::optional<model::PriceRow>(); });
  ASSERT_TRUE(json) << json.error().message;
  const std::string answer = "{" + *json + "}";
  const std::string totals = Field(answer, "totals");
  EXPECT_EQ(Field(totals, "calls"), "4");
  // The second call has the first one's two messages at its beginning: half of its 4,000 tokens,
  // in whole blocks of 128.
  EXPECT_THAT(Field(answer, "calls"), HasSubstr("\"outcome\":\"missed\",\"previous\":0"));
  EXPECT_EQ(Field(totals, "expected_tokens"), "1920");
  EXPECT_EQ(Field(totals, "lost_tokens"), "1920");
  EXPECT_EQ(Field(totals, "lost_usd"), "null");
  EXPECT_EQ(Field(totals, "unpriced_calls"), "1");
  EXPECT_FALSE(SessionCacheJson(*client_, "p", "no such session", nullptr));
}

TEST_F(SessionTest, TracesAreComparedStepByStep) {
  const auto diff = DiffTraces(*client_, "p", IdOf("t1"), IdOf("t2"));
  ASSERT_TRUE(diff) << diff.error().message;
  ASSERT_EQ(diff->steps.size(), 2u);
  EXPECT_EQ(Field(diff->steps[0], "what"), "[\"input\",\"content\"]");
  EXPECT_EQ(Field(diff->steps[1], "what"), "[\"tool\"]");
  EXPECT_EQ(diff->first_divergence, 0u);
  const auto same = DiffTraces(*client_, "p", IdOf("t1"), IdOf("t1"));
  ASSERT_TRUE(same);
  EXPECT_FALSE(same->first_divergence);
  EXPECT_EQ(Field(same->steps[0], "same"), "\"same\"");
  EXPECT_FALSE(DiffTraces(*client_, "p", IdOf("t1"), IdOf("nowhere")));
}

TEST_F(SessionTest, SimilarTracesBeganWithTheSameInput) {
  const auto rows = ListSimilarTraces(*client_, "p", IdOf("t1"), 10);
  ASSERT_TRUE(rows) << rows.error().message;
  std::vector<std::string> traces;
  for (const std::string& row : *rows) traces.push_back(Field(row, "trace_id"));
  // t5 is newer than t3; t2 began with another question.
  EXPECT_THAT(traces, ElementsAre("\"" + HexOf("t5") + "\"", "\"" + HexOf("t3") + "\""));
  EXPECT_FALSE(ListSimilarTraces(*client_, "p", IdOf("t1"), 0));
}

}  // namespace
}  // namespace vitrine::query
