#include "cli/metric_text.h"

#include <gtest/gtest.h>

#include "base/arena.h"
#include "cli/query_command.h"

namespace vitrine::cli {
namespace {

class Json {
 public:
  explicit Json(std::string text) : text_(std::move(text)) {
    EXPECT_EQ(document_.Parse(text_, arena_), syntax::JsonStatus::kOk) << text_;
  }
  syntax::JsonValue root() const { return document_.root(); }

 private:
  std::string text_;
  Arena arena_;
  syntax::JsonDocument document_;
};

std::string Text(const char* json, std::string_view unit) {
  return MetricText(Json(json).root(), unit);
}

TEST(MetricText, ShowsValuesByTheirUnit) {
  EXPECT_EQ(Text("null", "count"), "—");
  EXPECT_EQ(Text("12345", "count"), "12345");
  EXPECT_EQ(Text("0.333333", "count"), "0.3333");
  EXPECT_EQ(Text("12345.6", "tokens"), "12346");
  EXPECT_EQ(Text("\"0.0042\"", "usd"), "$0.0042");
  EXPECT_EQ(Text("null", "usd"), "—");
  EXPECT_EQ(Text("0.0125", "ratio"), "1.25%");
  EXPECT_EQ(Text("340000000", "ns"), "340 ms");
  EXPECT_EQ(Text("2100000000.5", "ns"), "2.10 s");
  EXPECT_EQ(Text("250000", "ns"), "0.25 ms");
  EXPECT_EQ(Text("600000000000", "ns"), "10.0 min");
  EXPECT_EQ(Text("3.14159", "per_second"), "3.142/s");
}

TEST(MetricText, ShowsChangesOnlyOfWhatIsKnown) {
  const auto change = [](const char* now, const char* before) {
    return ChangeText(Json(now).root(), Json(before).root());
  };
  EXPECT_EQ(change("150", "100"), "+50.0%");
  EXPECT_EQ(change("\"0.5\"", "\"1\""), "-50.0%");
  EXPECT_EQ(change("310", "100"), "3.1x");
  EXPECT_EQ(change("45000", "3"), ">100x");
  EXPECT_EQ(change("1", "0"), "—");
  EXPECT_EQ(change("null", "1"), "—");
  EXPECT_EQ(change("1", "null"), "—");
}

TEST(MetricText, DrawsSeries) {
  EXPECT_EQ(Sparkline(Json("[0, 1, 50, 100, null]").root()), "▁▂▅█ ");
  EXPECT_EQ(Sparkline(Json("[0, 0]").root()), "▁▁");
  EXPECT_EQ(Sparkline(Json("[\"1.5\", \"3\"]").root()), "▅█");
  EXPECT_EQ(Sparkline(Json("null").root()), "");
}

TEST(QueryBody, SaysWhatWasAsked) {
  QueryOptions query;
  const Nanos now{1'750'000'000'000'000'000};
  EXPECT_EQ(*QueryBody(query, now, {}), R"({"unit":"calls","measures":["count"],"top":10})");
  query.filter = "status:error";
  query.last = "1h";
  query.measures = {"count", "p95(duration)"};
  query.group_by = {"model"};
  query.compare = "previous";
  EXPECT_EQ(*QueryBody(query, now, {}),
            R"x({"unit":"calls","filter":"status:error",)x"
            R"x("from":"2025-06-15T14:06:40.000000000Z","measures":["count","p95(duration)"],)x"
            R"x("group_by":["model"],"top":10,"compare":"previous"})x");
  query.compare = "release:v2";
  EXPECT_NE(QueryBody(query, now, {})->find(R"("compare":{"filter":"release:v2"})"),
            std::string::npos);
  query.from = "2h";
  EXPECT_FALSE(QueryBody(query, now, {})) << "both --last and --from";
  query.from.clear();
  query.last = "soon";
  EXPECT_EQ(QueryBody(query, now, {}).error().message.substr(0, 6), "--last");
  query = {};
  query.last = "today";
  query.group_by = {"model", "day"};
  EXPECT_EQ(*QueryBody(query, now, *TimeZone::Load("Europe/Berlin")),
            R"x({"unit":"calls","from":"2025-06-14T22:00:00.000000000Z","measures":["count"],)x"
            R"x("group_by":["model"],"interval":"1d","time_zone":"Europe/Berlin","top":10})x");
}

}  // namespace
}  // namespace vitrine::cli
