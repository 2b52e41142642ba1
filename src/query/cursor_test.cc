#include "query/cursor.h"

#include <gtest/gtest.h>

#include <limits>

#include "query/trace_filter.h"

namespace vitrine::query {
namespace {

ListKey Example(int64_t start) {
  return {Nanos{start}, *TraceId::FromHex("00112233445566778899aabbccddeeff"),
          *SpanId::FromHex("f0e1d2c3b4a59687")};
}

TEST(CursorTest, ComesBackAsItWent) {
  for (const int64_t start :
       {int64_t{0}, int64_t{-1}, int64_t{1763688667204123456}, std::numeric_limits<int64_t>::min(),
        std::numeric_limits<int64_t>::max()}) {
    const auto back = ParseCursor(CursorText(Example(start), 77), 77);
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, Example(start));
  }
}

TEST(CursorTest, RefusesWhatIsNotACursor) {
  const std::string good = CursorText(Example(5), 1);
  for (const std::string& text : {std::string(), good + "00", good.substr(1), "zz" + good.substr(2),
                                  std::string("' OR 1=1")}) {
    const auto read = ParseCursor(text, 1);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ErrorCode::kInvalidInput);
  }
}

TEST(CursorTest, BelongsToItsFilter) {
  TraceFilter filter;
  filter.project = "default";
  filter.model = "gpt-4.1";
  const std::string text = CursorText(Example(5), FilterDigest(filter));
  TraceFilter later = filter;
  later.to = Nanos{17};
  EXPECT_TRUE(ParseCursor(text, FilterDigest(later)));
  TraceFilter other = filter;
  other.model.clear();
  other.service = "gpt-4.1";
  EXPECT_FALSE(ParseCursor(text, FilterDigest(other)));
}

TEST(TraceFilterTest, UserInputNeverEntersTheText) {
  TraceFilter filter;
  filter.project = "p'; DROP";
  filter.user = "x' OR '1'='1";
  filter.kind = "llm";
  SqlText sql;
  AppendConditions(sql, filter);
  EXPECT_EQ(sql.sql().find("DROP"), std::string::npos);
  EXPECT_EQ(sql.sql().find("OR"), std::string::npos);
  EXPECT_EQ(sql.params().size(), 3u);
}

TEST(TraceFilterTest, SaysWhatIsWrong) {
  TraceFilter filter;
  filter.from = Nanos{5};
  filter.to = Nanos{5};
  EXPECT_FALSE(CheckFilter(filter));
  filter.to = Nanos{6};
  EXPECT_TRUE(CheckFilter(filter));
  filter.status = "fine";
  EXPECT_FALSE(CheckFilter(filter));
  filter.status = "error";
  filter.kind = "robot";
  EXPECT_FALSE(CheckFilter(filter));
}

}  // namespace
}  // namespace vitrine::query
