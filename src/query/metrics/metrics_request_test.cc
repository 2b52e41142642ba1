#include "query/metrics/metrics_request.h"

#include <gtest/gtest.h>

namespace vitrine::query {
namespace {

constexpr Nanos kNow{1'795'224'667'123'456'789};  // 2026-11-21T01:31:07.123456789Z

Result<MetricsRequest> Parse(std::string_view body, const CallFilter& terms = {}) {
  return ParseMetricsRequest(body, terms, kNow);
}

void ExpectWrong(std::string_view body, std::string_view message) {
  const auto request = Parse(body);
  ASSERT_FALSE(request) << body;
  EXPECT_NE(request.error().message.find(message), std::string::npos)
      << body << ": " << request.error().message;
}

TEST(MetricsRequest, HasDefaults) {
  const auto request = Parse(R"json({"measures":["histogram(duration)","p95(duration)"]})json");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->unit, MetricsUnit::kCalls);
  // Whole minutes, the running one included.
  EXPECT_EQ(FormatRfc3339(request->scope.range.to), "2026-11-21T01:32:00.000000000Z");
  EXPECT_EQ(FormatRfc3339(request->scope.range.from), "2026-11-20T01:32:00.000000000Z");
  EXPECT_EQ(request->time_zone, "UTC");
  EXPECT_EQ(request->top, 10u);
  EXPECT_FALSE(request->has_series);
  EXPECT_EQ(request->order, request->measures[1].formula) << "the first that has an order";
  const auto alone = Parse(R"json({"measures":["histogram(duration)"],"group_by":["model"]})json");
  ASSERT_TRUE(alone) << alone.error().message;
  EXPECT_EQ(alone->order, *ParseFormula("count"));
}

TEST(MetricsRequest, TakesEveryMember) {
  const auto request =
      Parse(R"json({"unit":"spans","filter":"kind:tool","from":"2026-11-01T00:00:00Z",
      "to":"2026-11-08T00:00:00+01:00","measures":["count"],"group_by":["tool_name","attr.a.b"],
      "interval":"month","time_zone":"Europe/Berlin","top":3,"order":"-count","exact":true,
      "compare":{"filter":"release:v47"}})json");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->unit, MetricsUnit::kSpans);
  EXPECT_EQ(request->filter_text, "kind:tool");
  EXPECT_EQ(request->compare_filter_text, "release:v47");
  EXPECT_EQ(FormatRfc3339(request->scope.range.to), "2026-11-07T23:00:00.000000000Z");
  EXPECT_EQ(request->group_by.size(), 2u);
  EXPECT_EQ(request->group_by[1].key, "a.b");
  EXPECT_EQ(request->interval, (Interval{Interval::Unit::kMonths, 1}));
  EXPECT_EQ(request->top, 3u);
  EXPECT_TRUE(request->is_exact);
  EXPECT_EQ(request->compare, MetricsRequest::Compare::kOther);
  EXPECT_EQ(request->compare_scope.range.from, request->scope.range.from);
}

TEST(MetricsRequest, ErrorsNameTheMember) {
  ExpectWrong("[]", "the body is JSON like");
  ExpectWrong("{", "the body is JSON like");
  ExpectWrong("{}", "measures: name at least one");
  ExpectWrong(R"json({"measures":"count"})json", "measures: is a list of texts");
  ExpectWrong(R"json({"measures":["count"],"groupby":["model"]})json",
              "there is no member 'groupby' here");
  ExpectWrong(R"json({"measures":["count"],"unit":"rows"})json", "unit: is calls, spans or traces");
  ExpectWrong(R"json({"measures":["count"],"from":"yesterday"})json", "from: is a time like");
  ExpectWrong(R"json({"measures":["count"],"from":"2200-01-01T00:00:00Z"})json",
              "from 1970 to 2100");
  ExpectWrong(R"json({"measures":["count"],"from":"2026-11-22T00:00:00Z"})json",
              "from: must be before to");
  ExpectWrong(R"json({"measures":["count"],"interval":"1s"})json", "interval: is auto");
  ExpectWrong(R"json({"measures":["count"],"interval":5})json", "interval: is auto");
  ExpectWrong(R"json({"measures":["count"],"top":0})json", "top: is a whole number from 1 to 1000");
  ExpectWrong(R"json({"measures":["count"],"order":"histogram(ttft)"
})json",
              "a histogram has no order");
  ExpectWrong(R"json({"measures":["count"],"group_by":["model","model"]})json",
              "names 'model' twice");
  ExpectWrong(R"json({"measures":["count"],"group_by":["nothing"]})json", "there is no 'nothing'");
  ExpectWrong(R"json({"measures":["count"],"unit":"traces","group_by":["tool_name"]})json",
              "traces have no 'tool_name'");
  ExpectWrong(R"json({"measures":["count"],"unit":"traces","group_by":["model","tag"]})json",
              "take one");
  ExpectWrong(R"json({"measures":["count"],"compare":"last week"})json",
              "compare: is \"previous\"");
  ExpectWrong(R"json({"measures":["count"],"compare":{"from":"2026-11-01T00:00:00Z"}})json",
              "compare: needs both");
  ExpectWrong(R"json({"measures":["count"],"filter":7})json", "filter: is a text");
}

TEST(MetricsRequest, TermsMustFitToTheUnit) {
  CallFilter terms;
  terms.kind = "tool";
  EXPECT_FALSE(Parse(R"json({"measures":["count"]})json", terms));
  EXPECT_TRUE(Parse(R"json({"unit":"spans","measures":["count"]})json", terms));
  terms.provider = "openai";
  EXPECT_FALSE(Parse(R"json({"unit":"traces","measures":["count"]})json", terms));
}

TEST(Interval, TextsAreReadBack) {
  for (const char* text : {"1m", "15m", "1h", "6h", "1d", "2w", "month"}) {
    const auto interval = ParseInterval(text);
    ASSERT_TRUE(interval) << text;
    EXPECT_EQ(IntervalText(*interval), text);
  }
  for (const char* text : {"", "m", "0m", "-1m", "1", "1y", "48h", "99999d", "month ", "1.5h"})
    EXPECT_FALSE(ParseInterval(text)) << text;
}

TEST(Interval, AutoStaysWithinAFewHundredPoints) {
  const auto text = [](int64_t seconds) {
    return IntervalText(AutoInterval({Nanos{0}, Nanos{seconds * kNanosPerSecond}}));
  };
  EXPECT_EQ(text(3600), "1m");
  EXPECT_EQ(text(6 * 3600), "5m");
  EXPECT_EQ(text(86'400), "15m");
  EXPECT_EQ(text(7 * 86'400), "3h");
  EXPECT_EQ(text(30 * 86'400), "12h");
  EXPECT_EQ(text(90 * 86'400), "1d");
  EXPECT_EQ(text(365 * 86'400), "1w");
  EXPECT_EQ(text(3'650 * 86'400ll), "month");
}

}  // namespace
}  // namespace vitrine::query
