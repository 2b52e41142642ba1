// The list of calls and attempts, against a real engine with rows of known content.
#include "query/call_list.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <set>

#include "query/cursor.h"
#include "query/internal/engine_test.h"
#include "query/trace_list.h"

namespace vitrine::query {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int64_t kBase = 1'700'000'000'000'000'000;  // 2023-11-14T22:13:20Z
constexpr size_t kCalls = 120;

// Project p: span i of trace i / 4 is call ci, except that no other than each third is one at all;
// eight follow each other at one moment. Message i is new in it and says "common word<i>".
constexpr const char* kCallRows =
    R"(INSERT INTO vitrine.span_rows (project, day, start_time, end_time, trace_id, span_id, version, kind, status, error_type, name,
       service, provider, request_model, response_model, user_id, session_id, environment, release, feature, capture, stream, counted,
       served, history_hashes, new_input_hashes, output_hashes)
     SELECT 'p', '2023-11-14', fromUnixTimestamp64Nano(toInt64(1700000000000000000 + intDiv(number, 8) * 1000000000)) AS st,
       st + toIntervalMillisecond(5), toFixedString(concat('trace', leftPad(toString(intDiv(number, 4)), 10, '0'), char(0)), 16),
       toFixedString(concat('s', leftPad(toString(number), 6, '0'), char(0)), 8), 1,
       multiIf(number % 3 != 0, 'agent', number % 30 = 0, 'embedding', number % 30 = 3, 'rerank', 'llm'),
       multiIf(number % 30 = 6, 'error', number % 30 = 9, 'ok', 'unset'), if(number % 30 = 6, 'rate_limit', ''),
       concat('c', toString(number)), if(number < 60, 'api', 'web'), if(number % 30 = 12, 'anthropic', 'openai'),
       if(number % 30 = 12, 'claude', 'gpt'), if(number % 30 = 15, 'gpt-2026', ''), if(number = 33, 'ann', ''),
       if(number = 36, 'chat', ''), if(number = 39, 'prod', ''), if(number = 42, 'v1', ''), if(number = 45, 'search', ''),
       if(number = 48, 'gateway', 'otlp_http'), if(number % 30 = 18, 1, if(number % 30 = 21, 0, NULL)), 1, 1,
       [toFixedString('message000000000', 16)], [toFixedString(concat('message', leftPad(toString(number), 9, '0')), 16)], []
     FROM numbers(360))";
constexpr const char* kMessageRows =
    R"(INSERT INTO vitrine.message_rows (project, day, retention, hash, role, parts_template, texts)
     SELECT 'p', '2023-11-14', 'keep', toFixedString(concat('message', leftPad(toString(number), 9, '0')), 16), 'user',
       concat('[{"type":"text","content":', char(31), '}]'), concat('Common word', toString(number)) FROM numbers(400))";
// Project v: one call with every value; one that a newer version says is counted elsewhere; one of
// which the start moved; a fragment; one that was an error first.
constexpr const char* kFullRow =
    R"(INSERT INTO vitrine.span_rows (project, day, start_time, end_time, trace_id, span_id, parent_span_id, version, kind, operation,
       status, status_message, error_type, name, service, provider, request_model, response_model, user_id, session_id, environment,
       release, feature, tags, capture, stream, finish_reason, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens,
       reasoning_tokens, cost_usd, ttft_ns, tpot_ns, output_tokens_per_second, attempt, served, cache_status, counted, input_preview,
       output_preview, rare)
     VALUES ('v', '2023-11-14', '2023-11-14 22:13:20.000000005', '2023-11-14 22:13:21', 'trace00000000001', 'span0001', 'parent01', 1,
       'llm', 'chat', 'error', 'too "many"', 'rate_limit', 'chat gpt', 'api', 'openai', 'gpt', 'gpt-2026', 'ann', 'chat', 'prod', 'v1',
       'search', ['a', 'b\xFF'], 'gateway', 1, 'stop', 10, 4, 0, 20, 5, 0.00125, 300000000, 7, 28.5, 2, 0, 'miss', 1, 'hi\n',
       'caf\xC3\xA9', map('http_status', '429', 'stall_count', '2', 'longest_stall_ns', '9', 'call_id', 'call-1')))";

std::string Version(const char* span, int version, bool is_deleted, int start, const char* more,
                    const char* values) {
  return "INSERT INTO vitrine.span_rows (project, day, trace_id, span_id, version, is_deleted, "
         "start_time, kind, name, " +
         std::string(more) +
         ") SELECT 'v', '2023-11-14', toFixedString('trace00000000002', 16), '" + span + "', " +
         std::to_string(version) + ", " + std::to_string(is_deleted) +
         ", fromUnixTimestamp64Nano(toInt64(" + std::to_string(kBase + start) + ")), 'llm', '" +
         span + std::to_string(version) + "', " + values;
}

class CallListTest : public EngineTest {
 protected:
  static void SetUpTestSuite() {
    StartEngine();
    if (!client_) return;
    for (const char* sql : {kCallRows, kMessageRows, kFullRow}) Run(sql);
    for (const std::string& sql : {
             Version("counted0", 1, false, 50, "counted", "1"),
             Version("counted0", 2, false, 50, "counted", "0"),
             Version("moved000", 1, false, 60, "counted", "1"),
             Version("moved000", 2, true, 60, "counted", "1"),
             Version("moved000", 2, false, 70, "counted", "1"),
             Version("fragment", 1, false, 80, "counted, is_fragment", "1, 1"),
             Version("mended00", 1, false, 90, "counted, status", "1, 'error'"),
             Version("mended00", 2, false, 90, "counted, status", "1, 'ok'"),
             Version("attempt2", 1, false, 40, "counted, attempt, rare",
                     "0, 1, map('call_id', 'call-1', 'params', '{}')"),
             Version("attempt3", 1, false, 45, "counted, attempt, rare",
                     "0, 3, map('call_id', 'call-1')"),
             Version("attempt3", 2, false, 45, "counted, attempt, rare",
                     "0, 4, map('call_id', 'call-1')"),
             Version("another1", 1, false, 46, "counted, rare", "0, map('call_id', 'call-2')"),
         }) {
      Run(sql);
    }
  }
  static CallListRequest Request(const char* project = "p") {
    CallListRequest request;
    request.filter.project = project;
    return request;
  }
  static std::vector<std::string> Names(const CallListRequest& request) {
    const auto page = ListCalls(*client_, request);
    EXPECT_TRUE(page) << page.error().message;
    std::vector<std::string> names;
    if (page) {
      for (const std::string& call : page->rows) {
        const std::string name = Field(call, "name");
        names.push_back(name.substr(1, name.size() - 2));
      }
    }
    return names;
  }
  /// The names of the calls when `set` was done to the filter.
  static std::vector<std::string> Filtered(const std::function<void(CallFilter&)>& set) {
    CallListRequest request = Request();
    request.limit = 500;
    set(request.filter);
    return Names(request);
  }
  static std::vector<std::string> Attempts(const char* trace, const char* span) {
    const auto attempts =
        ListAttempts(*client_, "v", *TraceId::FromBytes(trace), *SpanId::FromBytes(span));
    EXPECT_TRUE(attempts) << attempts.error().message;
    std::vector<std::string> names;
    for (const std::string& attempt : attempts ? *attempts : std::vector<std::string>())
      names.push_back(Field(attempt, "name"));
    return names;
  }
};

TEST_F(CallListTest, PagesHoldEveryCallOnceNewestFirst) {
  for (const uint32_t limit : {1u, 7u, 120u, 500u}) {
    CallListRequest request = Request();
    request.limit = limit;
    std::vector<std::string> starts;
    std::set<std::string> ids;
    while (true) {
      const auto page = ListCalls(*client_, request);
      ASSERT_TRUE(page) << page.error().message;
      EXPECT_LE(page->rows.size(), limit);
      for (const std::string& call : page->rows) {
        starts.push_back(Field(call, "start_time"));
        EXPECT_TRUE(ids.insert(Field(call, "span_id")).second) << call;
      }
      if (page->next_cursor.empty()) break;
      EXPECT_EQ(page->rows.size(), limit);
      request.cursor = page->next_cursor;
    }
    EXPECT_EQ(ids.size(), kCalls);
    EXPECT_TRUE(std::ranges::is_sorted(starts, std::greater<>()));
  }
}

/// A call of project r that starts so many hours after the first of all.
std::string CallAtHour(int hour) {
  const std::string number = std::to_string(10 + hour);
  return "INSERT INTO vitrine.span_rows (project, day, trace_id, span_id, version, start_time, "
         "kind, name, counted, served) SELECT 'r', toDate(start_time), 'trace000000000" +
         number + "', 'span00" + number + "', 1, fromUnixTimestamp64Nano(toInt64(" +
         std::to_string(kBase + hour * 3'600 * kNanosPerSecond) + ")) AS start_time, 'llm', 'hour" +
         std::to_string(hour) + "', 1, 1";
}

TEST_F(CallListTest, AListBeginsWhereItsNewestRowWasAndMissesNoNewerOne) {
  NewestStarts newest(platform::SystemClock());
  CallListRequest request = Request("r");
  request.newest = &newest;
  Run(CallAtHour(0));
  EXPECT_THAT(Names(request), ElementsAre("hour0"));
  EXPECT_EQ(newest.Of("r"), Nanos{kBase});
  Run(CallAtHour(5));
  EXPECT_THAT(Names(request), ElementsAre("hour5", "hour0"));
  EXPECT_EQ(newest.Of("r"), Nanos{kBase + 5 * 3'600 * kNanosPerSecond});
  // Where that row has gone meanwhile, the older ones are found all the same.
  newest.Saw("r", Nanos{kBase + 1'000 * 3'600 * kNanosPerSecond});
  EXPECT_THAT(Names(request), ElementsAre("hour5", "hour0"));
  request.filter.user = "nobody";
  EXPECT_THAT(Names(request), IsEmpty());
}

TEST_F(CallListTest, CallsWithoutATimeAreListed) {
  Run("INSERT INTO vitrine.span_rows (project, day, trace_id, span_id, version, start_time, kind, "
      "name, counted, served) SELECT 'z', '2023-11-14', 'trace00000000001', 'span0001', 1, "
      "fromUnixTimestamp64Nano(toInt64(0)), 'llm', 'no time', 1, 1");
  EXPECT_THAT(Names(Request("z")), ElementsAre("no time"));
}

TEST_F(CallListTest, ACallHasEveryValue) {
  CallListRequest request = Request("v");
  request.filter.capture = "gateway";
  const auto page = ListCalls(*client_, request);
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_THAT(
      page->rows,
      ElementsAre(
          "{\"trace_id\":\"74726163653030303030303030303031\",\"span_id\":\"7370616e30303031\","
          "\"parent_span_id\":\"706172656e743031\",\"start_time\":\"2023-11-14T22:13:20."
          "000000005Z\","
          "\"duration_ns\":999999995,\"name\":\"chat gpt\",\"kind\":\"llm\",\"operation\":\"chat\","
          "\"status\":\"error\",\"status_message\":\"too "
          "\\\"many\\\"\",\"error_type\":\"rate_limit\","
          "\"http_status\":429,\"provider\":\"openai\",\"request_model\":\"gpt\","
          "\"response_model\":\"gpt-2026\",\"service\":\"api\",\"user_id\":\"ann\","
          "\"session_id\":\"chat\",\"feature\":\"search\",\"environment\":\"prod\","
          "\"release\":\"v1\",\"tags\":[\"a\",\"b\xEF\xBF\xBD\"],\"capture\":\"gateway\","
          "\"stream\":true,\"finish_reason\":\"stop\",\"input_tokens\":10,"
          "\"cached_input_tokens\":4,\"cache_write_tokens\":0,\"output_tokens\":20,"
          "\"reasoning_tokens\":5,\"cost_usd\":\"0.00125\",\"ttft_ns\":300000000,\"tpot_ns\":7,"
          "\"output_tokens_per_second\":28.5,\"stall_count\":2,\"longest_stall_ns\":9,"
          "\"call_id\":\"call-1\",\"attempt\":2,\"served\":false,\"cache_status\":\"miss\","
          "\"input_preview\":\"hi\\n\",\"output_preview\":\"caf\xC3\xA9\"}"));
}

TEST_F(CallListTest, UnknownIsNull) {
  CallListRequest request = Request();
  request.limit = 1;
  const auto page = ListCalls(*client_, request);
  ASSERT_TRUE(page) << page.error().message;
  ASSERT_EQ(page->rows.size(), 1u);
  for (const char* name : {"parent_span_id",
                           "operation",
                           "status_message",
                           "error_type",
                           "http_status",
                           "response_model",
                           "user_id",
                           "session_id",
                           "feature",
                           "environment",
                           "release",
                           "stream",
                           "finish_reason",
                           "input_tokens",
                           "output_tokens",
                           "cost_usd",
                           "ttft_ns",
                           "tpot_ns",
                           "output_tokens_per_second",
                           "stall_count",
                           "longest_stall_ns",
                           "call_id",
                           "attempt",
                           "cache_status",
                           "input_preview",
                           "output_preview"}) {
    EXPECT_EQ(Field(page->rows[0], name), "null") << name;
  }
  EXPECT_EQ(Field(page->rows[0], "tags"), "[]");
  EXPECT_EQ(Field(page->rows[0], "served"), "true");
}

TEST_F(CallListTest, FiltersAreAboutTheCallItself) {
  using F = CallFilter;
  EXPECT_EQ(Filtered([](F& f) { f.kind = "embedding"; }).size(), 12u);
  EXPECT_EQ(Filtered([](F& f) { f.status = "error"; }).size(), 12u);
  EXPECT_EQ(Filtered([](F& f) { f.status = "ok"; }).size(), 108u) << "unset is no error";
  EXPECT_EQ(Filtered([](F& f) { f.error_type = "rate_limit"; }).size(), 12u);
  EXPECT_EQ(Filtered([](F& f) { f.provider = "anthropic"; }).size(), 12u);
  EXPECT_EQ(Filtered([](F& f) { f.model = "claude"; }).size(), 12u);
  EXPECT_EQ(Filtered([](F& f) { f.model = "gpt-2026"; }).size(), 12u);
  EXPECT_EQ(Filtered([](F& f) { f.model = "gpt"; }).size(), 108u);
  EXPECT_EQ(Filtered([](F& f) { f.service = "api"; }).size(), 20u);
  EXPECT_EQ(Filtered([](F& f) { f.stream = true; }).size(), 12u);
  EXPECT_EQ(Filtered([](F& f) { f.stream = false; }).size(), 12u);
  EXPECT_THAT(Filtered([](F& f) { f.user = "ann"; }), ElementsAre("c33"));
  EXPECT_THAT(Filtered([](F& f) { f.session = "chat"; }), ElementsAre("c36"));
  EXPECT_THAT(Filtered([](F& f) { f.environment = "prod"; }), ElementsAre("c39"));
  EXPECT_THAT(Filtered([](F& f) { f.release = "v1"; }), ElementsAre("c42"));
  EXPECT_THAT(Filtered([](F& f) { f.feature = "search"; }), ElementsAre("c45"));
  EXPECT_THAT(Filtered([](F& f) { f.capture = "gateway"; }), ElementsAre("c48"));
  EXPECT_THAT(Filtered([](F& f) { f.user = "' OR 1=1 --"; }), IsEmpty());
  EXPECT_THAT(Filtered([](F& f) {
                f.from = Nanos{kBase + kNanosPerSecond};
                f.to = Nanos{kBase + 2 * kNanosPerSecond};
              }),
              ElementsAre("c15", "c12", "c9"));
}

TEST_F(CallListTest, TheNewestVersionDecides) {
  CallListRequest request = Request("v");
  EXPECT_THAT(Names(request), ElementsAre("mended002", "moved0002", "chat gpt"));
  request.limit = 1;
  EXPECT_THAT(Names(request), ElementsAre("mended002"));
  request.filter.status = "error";
  EXPECT_THAT(Names(request), ElementsAre("chat gpt"));
}

// Rows are looked for in steps of time; wherever they lie, all are found.
TEST_F(CallListTest, CallsFarApartAreOnOneList) {
  const std::string columns =
      "INSERT INTO vitrine.span_rows (project, day, trace_id, span_id, version, start_time, kind, "
      "name, counted) SELECT ";
  const char* hours[] = {"0", "2", "3", "70", "71", "2000", "3000"};
  for (const char* hour : hours) {
    for (const char* project : {"old", "both"}) {
      Run(columns + "'" + project + "', '2023-11-14', toFixedString('trace', 16), '0000" +
          std::string(4 - std::strlen(hour), '0') + hour +
          "', 1, fromUnixTimestamp64Nano(toInt64(" + std::to_string(kBase) +
          ")) - toIntervalHour(" + hour + "), 'llm', '" + hour + "', 1");
    }
  }
  Run(columns +
      "'both', today(), toFixedString('trace', 16), '12345678', 1, now64(9) + "
      "toIntervalMinute(9), 'llm', 'ahead', 1");
  Run(columns +
      "'both', today(), toFixedString('trace', 16), '12345679', 1, now64(9) - "
      "toIntervalHour(30), 'llm', 'yesterday', 1");
  const std::vector<std::string> old(std::begin(hours), std::end(hours));
  std::vector<std::string> both = {"ahead", "yesterday"};
  both.insert(both.end(), old.begin(), old.end());
  for (const auto& [project, expected] : {std::pair("old", old), std::pair("both", both)}) {
    for (const uint32_t limit : {1u, 2u, 5u, 100u}) {
      CallListRequest request = Request(project);
      request.limit = limit;
      std::vector<std::string> names;
      do {
        for (std::string& name : Names(request)) names.push_back(std::move(name));
        request.cursor = ListCalls(*client_, request)->next_cursor;
      } while (!request.cursor.empty());
      EXPECT_EQ(names, expected) << project << limit;
    }
    CallListRequest request = Request(project);
    request.filter.from = Nanos{kBase - 72 * 3'600 * kNanosPerSecond};
    request.filter.to = Nanos{kBase};
    EXPECT_THAT(Names(request), ElementsAre("2", "3", "70", "71"));
    request.filter.model = "nobody's";
    EXPECT_THAT(Names(request), IsEmpty());
  }
  EXPECT_THAT(Names(Request("empty")), IsEmpty());
  CallListRequest ancient = Request("old");
  ancient.cursor = CursorText({Nanos{std::numeric_limits<int64_t>::min()}, {}, {}},
                              CallFilterDigest(ancient.filter));
  EXPECT_THAT(Names(ancient), IsEmpty());
}

TEST_F(CallListTest, WordsFindTheCallThatBroughtThemIn) {
  EXPECT_THAT(Filtered([](CallFilter& f) { f.words = "word45"; }), ElementsAre("c45"));
  EXPECT_THAT(Filtered([](CallFilter& f) { f.words = "word46"; }), IsEmpty()) << "of an agent";
  EXPECT_THAT(Filtered([](CallFilter& f) { f.words = "word0"; }), ElementsAre("c0"));
  EXPECT_THAT(Filtered([](CallFilter& f) { f.words = "nosuchword"; }), IsEmpty());
  CallListRequest request = Request();
  request.filter.words = "common";
  request.limit = 25;
  std::set<std::string> ids;
  do {
    const auto page = ListCalls(*client_, request);
    ASSERT_TRUE(page) << page.error().message;
    for (const auto& call : page->rows) EXPECT_TRUE(ids.insert(Field(call, "span_id")).second);
    request.cursor = page->next_cursor;
  } while (!request.cursor.empty());
  EXPECT_EQ(ids.size(), kCalls);
}

TEST_F(CallListTest, ACursorBelongsToItsListAndFilter) {
  CallListRequest request = Request();
  request.limit = 5;
  const auto page = ListCalls(*client_, request);
  ASSERT_TRUE(page);
  TraceListRequest traces;
  traces.filter.project = "p";
  traces.cursor = page->next_cursor;
  EXPECT_EQ(ListTraces(*client_, traces).error().code, ErrorCode::kInvalidInput);
  request.cursor = page->next_cursor;
  request.filter.stream = true;
  EXPECT_EQ(ListCalls(*client_, request).error().code, ErrorCode::kInvalidInput);
  request.cursor.clear();
  request.filter.kind = "tool";
  EXPECT_EQ(ListCalls(*client_, request).error().code, ErrorCode::kInvalidInput);
}

TEST_F(CallListTest, AttemptsOfACallInTheirOrder) {
  const auto all = ElementsAre("\"attempt21\"", "\"chat gpt\"", "\"attempt32\"");
  EXPECT_THAT(Attempts("trace00000000001", "span0001"), all);
  EXPECT_THAT(Attempts("trace00000000002", "attempt3"), all);
  EXPECT_THAT(Attempts("trace00000000002", "moved000"), ElementsAre("\"moved0002\""));
  for (const char* hidden : {"fragment", "nobody00"}) {
    const auto none = ListAttempts(*client_, "v", *TraceId::FromBytes("trace00000000002"),
                                   *SpanId::FromBytes(hidden));
    EXPECT_EQ(none.error().code, ErrorCode::kNotFound) << hidden;
  }
  const auto elsewhere = ListAttempts(*client_, "p", *TraceId::FromBytes("trace00000000001"),
                                      *SpanId::FromBytes("span0001"));
  EXPECT_EQ(elsewhere.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace vitrine::query
