// Questions against a real engine with rows of known content.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "base/arena.h"
#include "query/doctor.h"
#include "query/exchange.h"
#include "query/facets.h"
#include "query/internal/engine_test.h"
#include "query/projects.h"
#include "query/span_json.h"
#include "query/sql_door.h"
#include "query/storage_size.h"
#include "query/trace_histogram.h"
#include "query/trace_list.h"
#include "query/trace_page.h"
#include "syntax/json/json_document.h"

namespace vitrine::query {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr int64_t kBase = 1'700'000'000'000'000'000;  // 2023-11-14T22:13:20Z
constexpr int kTraces = 60;

// Trace i of project p starts i seconds after kBase and has spans 2i and 2i+1; every 20 starts the
// same moment as the one before. Its call brings message i in, which says "common word<i>".
const char* const kRows[] = {
    R"(INSERT INTO vitrine.trace_rows (project, day, start_time, trace_id, version, is_deleted, end_time, name, root_kind,
       has_root, span_count, error_count, call_count, unpriced_count, status, service, services, models, kinds, user_id,
       environment, input_tokens, cost_usd)
     SELECT 'p', '2023-11-14', fromUnixTimestamp64Nano(toInt64(1700000000000000000 + (number - (number % 20 = 1)) * 1000000000)) AS st,
       toFixedString(concat('trace', leftPad(toString(number), 11, '0')), 16), 1, 0, st + toIntervalSecond(3),
       concat('name', toString(number)), 'agent', 1, 2, number % 3 = 0, 1, 0, if(number % 3 = 0, 'error', 'ok'), 'svc',
       ['svc'], [concat('m', toString(number % 2))], ['agent', 'llm'], if(number = 7, 'ann', ''), 'prod',
       if(number = 5, NULL, 10), if(number = 5, NULL, 0.25) FROM numbers(60))",
    // A newer version of trace 10: an error that the old one does not know of.
    R"(INSERT INTO vitrine.trace_rows (project, day, start_time, trace_id, version, end_time, name, status, services, span_count)
     SELECT 'p', '2023-11-14', fromUnixTimestamp64Nano(toInt64(1700000010000000000)), toFixedString('trace00000000010', 16), 2,
       fromUnixTimestamp64Nano(toInt64(1700000013000000000)), 'name10', 'error', ['svc'], 2)",
    R"(INSERT INTO vitrine.trace_rows (project, day, start_time, trace_id, version, end_time, name, status)
     VALUES ('other', '2023-11-14', '2023-11-14 22:13:20', 'trace00000000000', 1, '2023-11-14 22:13:21', 'secret', 'ok'))",
    R"(INSERT INTO vitrine.span_rows (project, day, start_time, end_time, received_time, trace_id, span_id, parent_span_id, version,
       kind, status, name, service, provider, response_model, input_tokens, cost_usd, counted, served, price_id,
       history_hashes, new_input_hashes, output_hashes, output_choices, attributes, attribute_types,
       scope_name, malformed, events, resource, resource_types, rare)
     SELECT 'p', '2023-11-14', fromUnixTimestamp64Nano(toInt64(1700000000000000000 + intDiv(number, 2) * 1000000000 + number % 2)) AS st,
       st + toIntervalMillisecond(5), st, toFixedString(concat('trace', leftPad(toString(intDiv(number, 2)), 11, '0')), 16),
       toFixedString(concat('s', leftPad(toString(number), 7, '0')), 8),
       multiIf(number % 2 = 0, toFixedString('', 8), number = 9, toFixedString('unknown!', 8), toFixedString(concat('s', leftPad(toString(number - 1), 7, '0')), 8)), 1,
       if(number % 2 = 0, 'agent', 'llm'), 'ok', 'n', 'svc', 'openai', 'm', if(number % 2 = 0, NULL, 10),
       if(number % 2 = 0, NULL, 0.25), number % 2, 1, if(number % 2 = 0, '', 'openai/m@always'),
       if(number % 2 = 0, [], [toFixedString('message000000000', 16)]),
       if(number % 2 = 0, [], [toFixedString(concat('message', leftPad(toString(intDiv(number, 2)), 9, '0')), 16)]),
       if(number % 2 = 0, [], [toFixedString(concat('output', leftPad(toString(intDiv(number, 2)), 10, '0')), 16)]), if(number % 2 = 0, [], [0]),
       map('app.count', '42', 'app.big', '9007199254740993', 'app.list', '[1,"x"]', 'app.text', 'a"b'), 'iijs', 'lib',
       if(number = 3, ['gen_ai.usage.x: not a number'], []), '', map('service.name', 'svc'), 's',
       if(number % 2 = 0, map('params', '{"top_k":5}'), map('params', '{"top_k":5}', 'output_finish_reasons', 'stop')) FROM numbers(120))",
    R"(INSERT INTO vitrine.span_rows (project, day, start_time, end_time, trace_id, span_id, name)
     VALUES ('other', '2023-11-14', '2023-11-14 22:13:20', '2023-11-14 22:13:21', 'trace00000000000', 's0000000', 'secret'))",
    R"(INSERT INTO vitrine.message_rows (project, day, retention, hash, role, parts_template, texts)
     SELECT 'p', '2023-11-14', 'keep', toFixedString(concat('message', leftPad(toString(number), 9, '0')), 16), 'user',
       concat('[{"type":"text","content":', char(31), '}]'), concat('Common word', toString(number), ' said "hi"')
       FROM numbers(60))",
    R"(INSERT INTO vitrine.message_rows (project, day, retention, hash, role, parts_template, texts)
     SELECT 'p', '2023-11-14', 'keep', toFixedString(concat('output', leftPad(toString(number), 10, '0')), 16), 'assistant',
       concat('[{"type":"text","content":', char(31), '}]'), concat('answer', toString(number)) FROM numbers(60))",
    // So many messages that they count as many; those of no span, and one of trace 33.
    R"(INSERT INTO vitrine.message_rows (project, day, retention, hash, role, parts_template, texts)
     SELECT 'p', '2023-11-14', 'keep', toFixedString(concat('crowd', leftPad(toString(number), 11, '0')), 16), 'user',
       concat('[{"type":"text","content":', char(31), '}]'), 'plenty common' FROM numbers(1000))",
    R"(INSERT INTO vitrine.rollup_rows (project, minute, provider, model, calls, unpriced_calls)
     VALUES ('p', '2023-11-14 22:13:00', 'ollama', 'mine', 5, 3), ('p', '2023-11-14 22:13:00', 'openai', 'm', 5, 0))",
    R"(INSERT INTO vitrine.timeline_rows (project, day, trace_id, span_id, version, offsets_us, sizes)
     VALUES ('p', '2023-11-14', 'trace00000000003', 's0000007', 1, [1, 2], [3, 4]))",
    // Two versions of one exchange; the older one is wrong. It refers to message 3, a picture, and
    // content that is gone.
    R"(INSERT INTO vitrine.exchange_rows (project, day, retention, start_time, trace_id, span_id, version, method, url,
       status, request_header_names, request_header_values, request_skeleton, request_size, request_content_encoding,
       response_skeleton, response_size, response_left_out, content_hashes, piece_ends, piece_offsets_us)
     SELECT 'p', '2023-11-14', 'keep', '2023-11-14 22:13:23', 'trace00000000003', toFixedString(concat('s000000', toString(7 + number % 2)), 8),
       if(number < 2, 2, 1), 'POST', 'https://x/v1?a=b', 200, ['b', 'a', 'b'], ['1', '2', '3'],
       if(number < 2, concat('{"a":"', char(31), '0', char(31), '",', char(31, 31), '"', char(31), '1.0.4000', char(31), '"}'), 'old'), 60, 'gzip',
       if(number % 2 = 0, char(255), concat(char(31), '2', char(31))), 1, '',
       [toFixedString('message000000003', 16), toFixedString('picture000000000', 16), toFixedString('gone000000000000', 16)], [1], [2]
       FROM numbers(4))",
    R"(INSERT INTO vitrine.attachment_rows (project, day, retention, hash, media_type, bytes)
     VALUES ('p', '2023-11-13', 'keep', 'picture000000000', 'image/png', 'abc'))",
};

class QuestionsTest : public EngineTest {
 protected:
  static void SetUpTestSuite() {
    StartEngine();
    if (!client_) return;
    for (const char* sql : kRows) Run(sql);
    InsertVersions();
  }
  /// Of project v it was noted, of the others it was not.
  static TracePlace Place(std::string_view project, int trace) {
    const auto place = FindPlace(*client_, project, Trace(trace));
    EXPECT_TRUE(place);
    EXPECT_EQ(place->place.has_value(), project == "v");
    return *place;
  }
  /// Project v has one trace, whose rows and those of its spans have several versions.
  static void InsertVersions() {
    const std::string at = "fromUnixTimestamp64Nano(toInt64(1700000000000000000 + ";
    const std::string trace = "'v', '2023-11-14', toFixedString('trace00000000070', 16)";
    for (const std::string& times :
         {"1, " + at + "5)), " + at + "6))", "2, " + at + "3)), " + at + "12))"}) {
      Run("INSERT INTO vitrine.trace_place_rows (project, day, trace_id, last_day, version, "
          "first, last) SELECT " +
          trace + ", '2023-11-14', " + times);
    }
    for (const std::string& row :
         {"1, 0, " + at + "5)) AS st, 'first'", "2, 1, " + at + "5)) AS st, 'gone'",
          "2, 0, " + at + "3)) AS st, 'a\\t\\n\\\\b/\\xFF\"'"}) {
      Run("INSERT INTO vitrine.trace_rows (project, day, trace_id, version, is_deleted, "
          "start_time, "
          "name, end_time, cost_usd, tags, input_preview) SELECT " +
          trace + ", " + row + ", st + toIntervalNanosecond(7), 1.50, ['x'], '\\t'");
    }
    for (const std::string& row :
         {"'span0000', 1, 0, 0, " + at + "3)) AS st, 'old', 1, NULL, 1",
          "'span0000', 2, 0, 0, " + at + "3)) AS st, 'new\\x01\\t\"', 2, 0.25, 0",
          "'span0001', 1, 0, 0, " + at + "4)) AS st, 'moved', 1, NULL, NULL",
          "'span0001', 2, 1, 0, " + at + "4)) AS st, 'moved', 1, NULL, NULL",
          "'span0001', 2, 0, 0, " + at + "5)) AS st, 'moved', 0, 0, NULL",
          "'span0002', 1, 0, 1, " + at + "4)) AS st, 'fragment', 0, NULL, NULL"}) {
      Run("INSERT INTO vitrine.span_rows (project, day, trace_id, span_id, version, is_deleted, "
          "is_fragment, start_time, name, attempt, cost_usd, stream, end_time, output_preview) "
          "SELECT " +
          trace + ", " + row + ", st + toIntervalNanosecond(7), 'so \xC3\xBC\\xE2'");
    }
  }
  static std::vector<std::string> Names(const TraceListRequest& request) {
    const auto page = ListTraces(*client_, request);
    EXPECT_TRUE(page) << page.error().message;
    std::vector<std::string> names;
    if (page) {
      for (const std::string& trace : page->rows) {
        const std::string name = Field(trace, "name");
        names.push_back(name.substr(1, name.size() - 2));
      }
    }
    return names;
  }
  static TraceListRequest Request() {
    TraceListRequest request;
    request.filter.project = "p";
    return request;
  }
  static std::string Sql(const std::string& query, std::string project = "p") {
    SqlRequest request;
    request.project = std::move(project);
    request.query = query;
    const auto answer = RunSql(*client_, request);
    return answer ? answer->rows : "error: " + answer.error().message;
  }
  static TraceId Trace(int i) {
    char text[17];
    std::snprintf(text, sizeof text, "trace%011d", i);
    return *TraceId::FromBytes({text, 16});
  }
};

TEST_F(QuestionsTest, AProjectTakesItsPartOfTheDisk) {
  const auto sizes = MeasureStorage(*client_, "p");
  ASSERT_TRUE(sizes) << sizes.error().message;
  uint64_t messages = 0;
  for (const TableSize& size : *sizes) {
    EXPECT_GT(size.rows, 0u) << size.name;
    EXPECT_GT(size.bytes, 0u) << size.name;
    if (size.name == "messages") messages = size.rows;
  }
  EXPECT_EQ(messages, 1'120u);
  EXPECT_TRUE(std::ranges::is_sorted(*sizes, std::greater(), &TableSize::bytes));
  // A part of two rows of more than a hundred is less than the whole.
  const auto other = MeasureStorage(*client_, "other");
  ASSERT_TRUE(other);
  ASSERT_EQ(other->size(), 2u);
  for (const TableSize& size : *other) EXPECT_LT(size.bytes, 10'000u) << size.name;
  EXPECT_THAT(*MeasureStorage(*client_, "nobody"), testing::IsEmpty());
}

TEST_F(QuestionsTest, PagesHoldEveryTraceOnceNewestFirst) {
  for (const uint32_t limit : {1u, 7u, 60u, 500u}) {
    TraceListRequest request = Request();
    request.limit = limit;
    std::vector<std::string> starts;
    std::set<std::string> ids;
    while (true) {
      const auto page = ListTraces(*client_, request);
      ASSERT_TRUE(page) << page.error().message;
      EXPECT_LE(page->rows.size(), limit);
      for (const std::string& trace : page->rows) {
        starts.push_back(Field(trace, "start_time"));
        EXPECT_TRUE(ids.insert(Field(trace, "trace_id")).second) << trace;
      }
      if (page->next_cursor.empty()) break;
      EXPECT_EQ(page->rows.size(), limit);
      request.cursor = page->next_cursor;
    }
    EXPECT_EQ(ids.size(), kTraces);
    EXPECT_TRUE(std::ranges::is_sorted(starts, std::greater<>()));
  }
}

TEST_F(QuestionsTest, ARowSaysUnknownAsNull) {
  TraceListRequest request = Request();
  request.filter.user = "ann";
  const auto page = ListTraces(*client_, request);
  ASSERT_TRUE(page);
  ASSERT_EQ(page->rows.size(), 1u);
  const std::string& trace = page->rows[0];
  EXPECT_EQ(Field(trace, "user_id"), "\"ann\"");
  EXPECT_EQ(Field(trace, "session_id"), "null");
  EXPECT_EQ(Field(trace, "cost_usd"), "\"0.25\"");
  EXPECT_EQ(Field(trace, "output_tokens"), "null");
  EXPECT_EQ(Field(trace, "duration_ns"), "3000000000");
  EXPECT_EQ(Field(trace, "start_time"), "\"2023-11-14T22:13:27.000000000Z\"");
  EXPECT_EQ(Field(trace, "has_root"), "true");
  EXPECT_EQ(Field(trace, "services"), "[\"svc\"]");
}

TEST_F(QuestionsTest, FiltersAskTheNewestVersion) {
  TraceListRequest request = Request();
  request.filter.status = "ok";
  request.limit = 500;
  const auto ok = Names(request);
  EXPECT_EQ(std::ranges::count(ok, "name10"), 0) << "an older version was ok";
  EXPECT_EQ(ok.size(), 39u);
  request.filter.status = "error";
  EXPECT_EQ(Names(request).size(), 21u);
  request.filter.status.clear();
  request.filter.model = "m1";
  EXPECT_EQ(Names(request).size(), 30u);
  request.filter.from = Nanos{kBase + 50 * kNanosPerSecond};
  request.filter.to = Nanos{kBase + 54 * kNanosPerSecond};
  EXPECT_THAT(Names(request), ElementsAre("name53", "name51"));
}

TEST_F(QuestionsTest, HostileValuesAreOnlyValues) {
  TraceListRequest request = Request();
  for (const char* text :
       {"' OR 1=1 --", "\\", "a\tb\nc", "{p0:String}", "x'\\''", "\xF0\x9F\x98\x80"}) {
    request.filter.user = text;
    EXPECT_TRUE(Names(request).empty()) << text;
  }
}

TEST_F(QuestionsTest, RareWordsFindTheCallsThatBroughtThemIn) {
  TraceListRequest request = Request();
  request.filter.words = "WORD41";
  EXPECT_THAT(Names(request), ElementsAre("name41"));
  request.filter.words = "answer12";
  EXPECT_THAT(Names(request), ElementsAre("name12"));
  request.filter.words = "word41 hi";
  EXPECT_THAT(Names(request), ElementsAre("name41"));
  request.filter.words = "word41 answer41";
  EXPECT_TRUE(Names(request).empty()) << "in two messages";
  // Message 0 is in every call's history, and new in its own only.
  request.filter.words = "word0";
  EXPECT_THAT(Names(request), ElementsAre("name0"));
  request.filter.words = "nosuchword";
  EXPECT_TRUE(Names(request).empty());
  request.filter.words = "--!";
  EXPECT_FALSE(ListTraces(*client_, request));
}

TEST_F(QuestionsTest, FrequentWordsAreReadByTime) {
  TraceListRequest request = Request();
  request.filter.words = "common";
  request.limit = 25;
  const auto first = ListTraces(*client_, request);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->rows.size(), 25u);
  std::set<std::string> ids;
  for (const auto& trace : first->rows) ids.insert(Field(trace, "trace_id"));
  request.cursor = first->next_cursor;
  while (!request.cursor.empty()) {
    const auto page = ListTraces(*client_, request);
    ASSERT_TRUE(page) << page.error().message;
    for (const auto& trace : page->rows) EXPECT_TRUE(ids.insert(Field(trace, "trace_id")).second);
    request.cursor = page->next_cursor;
  }
  EXPECT_EQ(ids.size(), kTraces);
  request.filter.words = "plenty";
  EXPECT_TRUE(Names(request).empty());
  request.filter.words = "common";
  request.filter.status = "error";
  request.limit = 100;
  EXPECT_EQ(Names(request).size(), 21u);
}

TEST_F(QuestionsTest, HistogramAndFacetsCountTheSameTraces) {
  TraceFilter filter;
  filter.project = "p";
  const auto all = TraceHistogram(*client_, filter, {10, ""});
  ASSERT_TRUE(all) << all.error().message;
  uint64_t count = 0, errors = 0;
  for (const auto& bucket : all->buckets) {
    count += bucket.count;
    errors += bucket.error_count;
  }
  EXPECT_EQ(count, kTraces);
  EXPECT_EQ(errors, 21u);
  EXPECT_LE(all->buckets.size(), 10u);
  EXPECT_EQ(all->from, Nanos{kBase});
  filter.words = "common";
  const auto facets = TraceFacets(*client_, filter);
  ASSERT_TRUE(facets) << facets.error().message;
  for (const Facet& facet : *facets) {
    if (facet.name == "status") {
      ASSERT_EQ(facet.values.size(), 2u);
      EXPECT_EQ(facet.values[0].value, "ok");
      EXPECT_EQ(facet.values[0].count, 39u);
    }
    if (facet.name == "release") {
      EXPECT_TRUE(facet.values.empty());
    }
    if (facet.name == "user") {
      EXPECT_EQ(facet.values.size(), 1u);
    }
  }
  filter.words = "word5";
  filter.from = Nanos{kBase};
  filter.to = Nanos{kBase + 100};
  const auto none = TraceHistogram(*client_, filter, {10, ""});
  ASSERT_TRUE(none);
  EXPECT_EQ(none->buckets.size(), 10u);
}

// Clocks in Berlin go forward on 2026-03-29: that day has 23 hours.
TEST_F(QuestionsTest, DaysOfTheHistogramAreThoseOfTheTimeZone) {
  TraceFilter filter;
  filter.project = "p";
  filter.from = ParseRfc3339("2026-03-27T12:00:00Z");
  filter.to = ParseRfc3339("2026-03-31T12:00:00Z");
  const auto starts = [&](const HistogramShape& shape) {
    std::string texts;
    const auto histogram = TraceHistogram(*client_, filter, shape);
    EXPECT_TRUE(histogram) << histogram.error().message;
    for (const auto& bucket : histogram->buckets)
      texts += FormatRfc3339(bucket.start).substr(5, 8) + " ";
    return texts;
  };
  EXPECT_EQ(starts({6, "Europe/Berlin"}), "03-26T23 03-27T23 03-28T23 03-29T22 03-30T22 ");
  EXPECT_EQ(starts({6, "UTC"}), "03-27T00 03-28T00 03-29T00 03-30T00 03-31T00 ");
  EXPECT_EQ(starts({4, ""}), "03-27T12 03-28T12 03-29T12 03-30T12 ");
  EXPECT_EQ(starts({2, "Europe/Berlin"}), "03-22T23 03-29T22 ") << "weeks";
  EXPECT_FALSE(TraceHistogram(*client_, filter, {6, "Europe/Nowhere"}));
  filter.from = Nanos{kBase - kNanosPerDay};
  filter.to = Nanos{kBase + 2 * kNanosPerDay};
  const auto days = TraceHistogram(*client_, filter, {5, "Asia/Kolkata"});
  ASSERT_TRUE(days) << days.error().message;
  EXPECT_EQ(days->bucket_ns, kNanosPerDay);
  uint64_t count = 0;
  for (const auto& bucket : days->buckets) count += bucket.count;
  EXPECT_EQ(count, kTraces);
}

TEST_F(QuestionsTest, ATraceIsItsSpansInColumns) {
  const auto head = FindTrace(*client_, "p", Place("p", 4));
  ASSERT_TRUE(head) << head.error().message;
  std::string rows = "[";
  const auto missing = StreamSpans(
      *client_, "p", Place("p", 4), [&] { return std::optional(head->start); },
      [&](std::string_view piece) {
        rows += piece;
        return true;
      });
  ASSERT_TRUE(missing) << missing.error().message;
  rows += "]";
  Arena arena;
  syntax::JsonDocument document;
  ASSERT_EQ(document.Parse(rows, arena), syntax::JsonStatus::kOk) << rows;
  ASSERT_EQ(document.root().size(), 2u);
  for (const auto row : document.root().Elements()) EXPECT_EQ(row.size(), SpanFields().size());
  EXPECT_TRUE(document.root().At(0).At(1).is_null());
  const auto offset = std::ranges::find(SpanFields(), "offset_ns") - SpanFields().begin();
  EXPECT_EQ(document.root().At(1).At(static_cast<size_t>(offset)).ToInt(), 1);
  EXPECT_THAT(*missing, ElementsAre("756e6b6e6f776e21"));
  EXPECT_EQ(FindTrace(*client_, "other", Place("other", 4)).error().code, ErrorCode::kNotFound);
}

// Of each row the newest version counts, wherever the others lie; texts may hold anything.
TEST_F(QuestionsTest, OfATraceTheNewestVersionsAreShown) {
  const auto head = FindTrace(*client_, "v", Place("v", 70));
  ASSERT_TRUE(head) << head.error().message;
  EXPECT_EQ(head->start.since_epoch, kBase + 3);
  EXPECT_EQ(
      head->json,
      "{\"trace_id\":\"74726163653030303030303030303730\",\"start_time\":"
      "\"2023-11-14T22:13:20.000000003Z\",\"duration_ns\":7,\"name\":"
      "\"a\\t\\n\\\\b/\xEF\xBF\xBD\\\"\",\"root_kind\":\"\",\"has_root\":false,\"span_count\":0,"
      "\"error_count\":0,\"call_count\":0,\"unpriced_count\":0,\"status\":\"\",\"service\":\"\","
      "\"services\":[],\"models\":[],\"user_id\":null,\"session_id\":null,\"environment\":null,"
      "\"release\":null,\"feature\":null,\"experiment\":null,\"tags\":[\"x\"],\"input_tokens\":"
      "null,"
      "\"output_tokens\":null,\"cached_input_tokens\":null,\"cost_usd\":\"1.5\",\"ttft_ns\":null,"
      "\"input_preview\":\"\\t\",\"output_preview\":null,"
      "\"end_time\":\"2023-11-14T22:13:20.000000010Z\"}");
  std::string rows;
  const auto missing = StreamSpans(
      *client_, "v", Place("v", 70), [&] { return std::optional(head->start); },
      [&](std::string_view piece) {
        rows += piece;
        return true;
      });
  ASSERT_TRUE(missing) << missing.error().message;
  EXPECT_EQ(
      rows,
      "[\"7370616e30303030\",null,0,7,\"new\\u0001\\t\\\"\",\"\",\"\",null,null,\"\",null,null,"
      "null,null,null,null,null,null,\"0.25\",false,null,null,false,null,null,null,null,null,2,"
      "false,null,\"\",\"\",0,null,\"so \xC3\xBC\xEF\xBF\xBD\",null],"
      "[\"7370616e30303031\",null,2,7,\"moved\",\"\",\"\",null,null,\"\",null,null,null,null,"
      "null,null,null,null,\"0\",false,null,null,null,null,null,null,null,null,null,false,null,"
      "\"\",\"\",0,null,\"so \xC3\xBC\xEF\xBF\xBD\",null]");
}

TEST_F(QuestionsTest, ASpanHasItsContent) {
  const auto content = ReadSpan(*client_, "p", Trace(3), *SpanId::FromBytes("s0000007"));
  ASSERT_TRUE(content) << content.error().message;
  const auto detail = SpanDetailJson(
      *content, [](std::string_view id) { return "{\"price_id\":\"" + std::string(id) + "\"}"; });
  ASSERT_TRUE(detail);
  EXPECT_THAT(Field(*detail, "input_messages"),
              HasSubstr("[{\"type\":\"text\",\"content\":\"Common word3 said \\\"hi\\\"\"}],"
                        "\"is_new\":true,\"position\":1}"));
  EXPECT_THAT(Field(*detail, "input_messages"), HasSubstr("\"is_new\":false,\"position\":0}"));
  EXPECT_THAT(Field(*detail, "output_messages"),
              HasSubstr("\"position\":0,\"choice\":0,\"finish_reason\":\"stop\"}"));
  EXPECT_EQ(Field(*detail, "attributes"),
            "[{\"key\":\"app.count\",\"type\":\"i\",\"value\":42},"
            "{\"key\":\"app.big\",\"type\":\"i\",\"value\":\"9007199254740993\"},"
            "{\"key\":\"app.list\",\"type\":\"j\",\"value\":[1,\"x\"]},"
            "{\"key\":\"app.text\",\"type\":\"s\",\"value\":\"a\\\"b\"}]");
  EXPECT_EQ(Field(*detail, "params"), "{\"top_k\":5}");
  EXPECT_EQ(Field(*detail, "events"), "[]");
  EXPECT_EQ(Field(*detail, "status_message"), "null");
  EXPECT_EQ(Field(*detail, "price"), "{\"price_id\":\"openai/m@always\"}");
  EXPECT_EQ(Field(*detail, "timeline"), "{\"offsets_ns\":[1000,2000],\"sizes\":[3,4]}");
  EXPECT_FALSE(ReadSpan(*client_, "other", Trace(3), *SpanId::FromBytes("s0000007")));
}

// Content lies under the day its span had as it came, which need not be a day of the trace's place.
TEST_F(QuestionsTest, ASpanThatMovedKeepsItsContent) {
  const std::string trace = "toFixedString('trace00000000080', 16)";
  const std::string span = "toFixedString('span0000', 8)";
  Run("INSERT INTO vitrine.trace_place_rows (project, day, trace_id, last_day, version, first, "
      "last) SELECT 'moved', '2023-11-14', " +
      trace + ", '2023-11-15', 1, '2023-11-14 23:59:59', '2023-11-15 00:00:02'");
  for (const char* row : {"'2023-11-14', 1, 0, 0, '2023-11-14 23:59:59', 'old'",
                          "'2023-11-14', 2, 1, 0, '2023-11-14 23:59:59', 'old'",
                          "'2023-11-15', 2, 0, 0, '2023-11-15 00:00:01', 'new'"}) {
    Run("INSERT INTO vitrine.span_rows (project, trace_id, span_id, ttft_ns, new_input_hashes, day, "
        "version, is_deleted, is_fragment, start_time, name) SELECT 'moved', " +
        trace + ", " + span + ", 5, [toFixedString('far', 16), toFixedString('near', 16)], " + row);
  }
  for (const char* row : {"'2023-11-14', 'near'", "'2023-11-12', 'far'"}) {
    Run("INSERT INTO vitrine.message_rows (project, retention, role, parts_template, day, hash) "
        "VALUES ('moved', 'keep', 'user', '[]', " +
        std::string(row) + ")");
  }
  const auto read = [] {
    return ReadSpan(*client_, "moved", Trace(80), *SpanId::FromBytes("span0000"));
  };
  const auto add_timeline = [&](const char* row) {
    Run("INSERT INTO vitrine.timeline_rows (project, trace_id, span_id, day, version, offsets_us) "
        "SELECT 'moved', " +
        trace + ", " + span + ", " + row);
  };
  add_timeline("'2023-11-13', 3, [7]");
  const auto moved = read();
  ASSERT_TRUE(moved) << moved.error().message;
  EXPECT_EQ(Field(moved->row, "name"), "\"new\"");
  EXPECT_EQ(Field(moved->row, "start_time"), "\"2023-11-15T00:00:01.000000000Z\"");
  EXPECT_EQ(moved->messages.size(), 2u);
  EXPECT_EQ(Field(moved->timeline, "offsets_ns"), "[7000]");
  add_timeline("'2023-11-14', 1, [1]");
  add_timeline("'2023-11-15', 2, [2]");
  EXPECT_EQ(Field(read()->timeline, "offsets_ns"), "[2000]");
  const auto add_exchange = [&](const char* row) {
    Run("INSERT INTO vitrine.exchange_rows (project, retention, trace_id, span_id, day, version, "
        "url) SELECT 'moved', 'keep', " +
        trace + ", " + span + ", " + row);
  };
  const auto exchange = [] {
    return ExchangeJson(*client_, "moved", Trace(80), *SpanId::FromBytes("span0000"));
  };
  EXPECT_EQ(exchange().error().code, ErrorCode::kNotFound);
  add_exchange("'2023-11-13', 3, 'far'");
  EXPECT_THAT(*exchange(), HasSubstr("\"url\":\"far\""));
  add_exchange("'2023-11-14', 2, 'near'");
  EXPECT_THAT(*exchange(), HasSubstr("\"url\":\"near\""));
  // A part of a span is none yet.
  EXPECT_EQ(ReadSpan(*client_, "v", Trace(70), *SpanId::FromBytes("span0002")).error().code,
            ErrorCode::kNotFound);
  EXPECT_EQ(
      Field(ReadSpan(*client_, "v", Trace(70), *SpanId::FromBytes("span0000"))->row, "attempt"),
      "2");
}

TEST_F(QuestionsTest, AnExchangeIsPutTogether) {
  const auto exchange = ExchangeJson(*client_, "p", Trace(3), *SpanId::FromBytes("s0000007"));
  ASSERT_TRUE(exchange) << exchange.error().message;
  EXPECT_EQ(
      *exchange,
      R"({"request":{"method":"POST","url":"https://x/v1?a=b","headers":[["b","1"],["a","2"],)"
      R"(["b","3"]],"body":"{\"a\":\"Common word3 said \\\"hi\\\"\",\u001f\"YWJj\"}",)"
      R"("body_encoding":"utf-8","body_size":60,"left_out":null},"response":{"status":200,)"
      R"("headers":[],"body":"/w==","body_encoding":"base64","body_size":1,"left_out":null},)"
      R"("pieces":[{"end":1,"offset_ns":2000}],"content_encoding":{"request":"gzip",)"
      R"("response":null},"missing_content":[]})");
  const auto lacking = ExchangeJson(*client_, "p", Trace(3), *SpanId::FromBytes("s0000008"));
  ASSERT_TRUE(lacking) << lacking.error().message;
  EXPECT_THAT(*lacking, HasSubstr(R"("body":null,"body_encoding":null,"body_size":1,)"
                                  R"("left_out":"content_missing"})"));
  EXPECT_THAT(*lacking, HasSubstr(R"("missing_content":["676f6e65303030303030303030303030"])"));
  for (const char* project : {"other", "p"}) {
    const auto none = ExchangeJson(*client_, project, Trace(4), *SpanId::FromBytes("s0000007"));
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, ErrorCode::kNotFound);
  }
  EXPECT_EQ(Sql("SELECT count(), any(method), any(status) FROM exchanges"), "[[2, \"POST\", 200]]");
  EXPECT_EQ(Sql("SELECT count() FROM exchanges", "other"), "[[0]]");
}

TEST_F(QuestionsTest, TheDoctorSeesWhatNoRuleTook) {
  const auto report = ExamineSpans(*client_, "p");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->spans_examined, 120u);
  ASSERT_EQ(report->unmapped.size(), 4u);
  EXPECT_EQ(report->unmapped[0].count, 120u);
  EXPECT_EQ(report->unmapped[0].scope, "lib");
  ASSERT_EQ(report->malformed.size(), 1u);
  EXPECT_EQ(report->malformed[0].key, "gen_ai.usage.x");
  EXPECT_EQ(report->malformed[0].reason, "not a number");
  EXPECT_TRUE(ExamineSpans(*client_, "empty")->unmapped.empty());
}

TEST_F(QuestionsTest, ProjectsAndModelsWithoutAPrice) {
  TraceCounts counts;
  const auto projects = ListProjects(*client_, counts, std::nullopt);
  ASSERT_TRUE(projects);
  ASSERT_EQ(projects->size(), 3u);
  EXPECT_EQ((*projects)[1].name, "p");
  EXPECT_EQ((*projects)[1].trace_count, static_cast<uint64_t>(kTraces));
  const auto unpriced = ListUnpricedModels(*client_, "p");
  ASSERT_TRUE(unpriced);
  ASSERT_EQ(unpriced->size(), 1u);
  EXPECT_EQ((*unpriced)[0].model, "mine");
  EXPECT_EQ((*unpriced)[0].calls, 3u);
}

// Its usual blocks would take over a gigabyte.
TEST_F(QuestionsTest, SqlThatTakesTooMuchMemoryIsAskedInSmallerBlocks) {
  EXPECT_EQ(Sql("SELECT max(length(concat(toString(number), repeat('a', 20000)))) FROM "
                "numbers(100000)"),
            "[[20005]]");
  EXPECT_THAT(Sql("SELECT length(groupArray(toString(number))) FROM numbers(100000000)"),
              HasSubstr("memory limit exceeded"));
}

TEST_F(QuestionsTest, SqlSeesItsProjectOnly) {
  EXPECT_EQ(Sql("SELECT count() FROM traces"), "[[60]]");
  EXPECT_EQ(Sql("SELECT count() FROM traces", "other"), "[[1]]");
  EXPECT_EQ(Sql("SELECT count() FROM spans WHERE name = 'secret'"), "[[0]]");
  EXPECT_EQ(Sql("SELECT count() FROM spans s JOIN traces t ON s.trace_id = t.trace_id WHERE "
                "t.name = 'secret' OR s.name = 'secret'"),
            "[[0]]");
  EXPECT_EQ(Sql("SELECT groupUniqArray(project) FROM vitrine.spans"), "[[[\"p\"]]]");
  EXPECT_EQ(Sql("WITH x AS (SELECT project FROM traces) SELECT DISTINCT project FROM x"),
            "[[\"p\"]]");
  EXPECT_EQ(Sql("SELECT (SELECT uniqExact(project) FROM traces)"), "[[1]]");
  EXPECT_EQ(Sql("SELECT 1 WHERE 'secret' IN (SELECT name FROM spans)"), "[]");
  for (const std::string& view : storage::PublicViews()) {
    EXPECT_EQ(Sql("SELECT * FROM " + view + " LIMIT 3").substr(0, 1), "[") << view;
    EXPECT_EQ(Sql("DESCRIBE " + view).substr(0, 2), "[[") << view;
  }
}

TEST_F(QuestionsTest, TheEngineItselfRefusesWhatTheGateMissed) {
  // The same settings, without the gate.
  clickhouse::QueryOptions options;
  options.settings = {{"database", "vitrine"},
                      {"additional_table_filters", "{'vitrine.span_rows': 'project = \\'p\\''}"},
                      {"readonly", "1"}};
  for (const char* sql :
       {"SELECT count() FROM spans SETTINGS additional_table_filters = {} FORMAT TSV",
        "SELECT * FROM file('/etc/hostname', 'LineAsString') FORMAT TSV",
        "INSERT INTO span_rows (name) VALUES ('x')",
        "CREATE TABLE vitrine.x (a Int8) ENGINE = Memory", "DROP TABLE span_rows"}) {
    EXPECT_FALSE(client_->Query(sql, options)) << sql;
  }
}

TEST_F(QuestionsTest, SqlAnswersAreExact) {
  EXPECT_EQ(Sql("SELECT toUInt64(9007199254740992), toUInt64(9007199254740993), "
                "toInt64(-9223372036854775808), 1e17, toDecimal64(1.5, 9), nan, NULL, 'a\"b', "
                "[toUInt64(18446744073709551615)], toFloat64(18014398509481984)"),
            "[[9007199254740992, \"9007199254740993\", \"-9223372036854775808\", "
            "100000000000000000, \"1.5\", null, null, \"a\\\"b\", [\"18446744073709551615\"], "
            "18014398509481984]]");
  EXPECT_EQ(Sql("SELECT toDateTime64('2026-11-21 01:31:07.204123456', 9, 'UTC')"),
            "[[\"2026-11-21T01:31:07.204123456Z\"]]");
  SqlRequest request;
  request.project = "p";
  request.query =
      "SELECT {t:String} AS t, {n:UInt32} + 1 AS n, {l:Array(String)} AS l, {x:Nullable(String)} "
      "AS x -- end";
  for (const auto& [name, json] :
       std::vector<std::pair<std::string, std::string>>{{"t", "\"a'b\\\\c\\n\\t\""},
                                                        {"n", "41"},
                                                        {"l", "[\"it's\", \"b\\\\\"]"},
                                                        {"x", "null"}}) {
    const auto text = SqlParamText(json);
    ASSERT_TRUE(text) << json;
    request.params.emplace_back(name, *text);
  }
  const auto answer = RunSql(*client_, request);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->rows, "[[\"a'b\\\\c\\n\\t\", 42, [\"it's\",\"b\\\\\"], null]]");
  ASSERT_EQ(answer->columns.size(), 4u);
  EXPECT_EQ(answer->columns[2].type, "Array(String)");
}

TEST_F(QuestionsTest, SqlHasBounds) {
  SqlRequest request;
  request.project = "p";
  request.query = "SELECT count() FROM numbers(1000000000000)";
  request.timeout = std::chrono::milliseconds(200);
  EXPECT_EQ(RunSql(*client_, request).error().code, ErrorCode::kLimitExceeded);
  request.timeout = std::chrono::seconds(10);
  request.query = "SELECT number FROM numbers(200000)";
  EXPECT_EQ(RunSql(*client_, request).error().code, ErrorCode::kLimitExceeded);
  request.query = "SELECT * FROM system.tables";
  EXPECT_EQ(RunSql(*client_, request).error().code, ErrorCode::kInvalidInput);
  request.query = "SELECT nothing FROM spans";
  const auto wrong = RunSql(*client_, request);
  EXPECT_EQ(wrong.error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(wrong.error().message.find("DB::Exception"), std::string::npos);
  request.timeout = std::chrono::seconds(100);
  EXPECT_FALSE(RunSql(*client_, request));
}

TEST(SqlDoorTest, OnlyWholeNumbersOfWideColumnsBecomeText) {
  std::string out;
  AppendExactRow(
      out,
      "[9007199254740993,9007199254740993,-9007199254740993,1.5e300,\"9007199254740993,\\\"\"]",
      {true, false, true, true, true});
  EXPECT_EQ(out,
            "[\"9007199254740993\",9007199254740993,\"-9007199254740993\",1.5e300,"
            "\"9007199254740993,\\\"\"]");
}

TEST(SqlDoorTest, ParametersFromJson) {
  EXPECT_EQ(*SqlParamText("true"), "true");
  EXPECT_EQ(*SqlParamText("-1.5"), "-1.5");
  EXPECT_EQ(*SqlParamText("[1,[2,null]]"), "[1,[2,NULL]]");
  EXPECT_FALSE(SqlParamText("{\"a\":1}"));
  EXPECT_FALSE(SqlParamText("[{\"a\":1}]"));
}

}  // namespace
}  // namespace vitrine::query
