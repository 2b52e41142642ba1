#include "query/internal/binary_rows.h"

#include <gtest/gtest.h>

#include <vector>

namespace vitrine::query {
namespace {

struct Values {
  bool flag = false;
  int64_t number = 0;
  std::string id, text;
  bool operator==(const Values&) const = default;
};

Values Read(BinaryRow& row) {
  const bool flag = row.Bool();
  const int64_t number = row.Int64();
  std::string id(row.Bytes(3));
  return {flag, number, std::move(id), std::string(row.Text())};
}

std::string Row(char flag, std::string_view number, std::string_view id, std::string_view size,
                std::string_view text) {
  std::string row(1, flag);
  ((row += number) += id) += size;
  return row += text;
}

TEST(BinaryFeedTest, RowsAreTheSameHoweverTheyAreCut) {
  using namespace std::string_view_literals;
  const std::string longer(300, 'x');
  const std::string bytes = Row('\0', "\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF"sv, "\0a\n"sv, "\0"sv, "") +
                            Row('\1', "\1\2\0\0\0\0\0\0"sv, "abc"sv, "\xAC\x02"sv, longer);
  const std::vector<Values> expected = {{false, -2, std::string("\0a\n"sv), ""},
                                        {true, 513, "abc", longer}};
  for (size_t first = 0; first <= bytes.size(); ++first) {
    for (const size_t step : {size_t{1}, size_t{7}, bytes.size()}) {
      BinaryFeed feed;
      std::vector<Values> seen;
      const auto visit = [&](const Values& row) { seen.push_back(row); };
      feed.Feed(std::string_view(bytes).substr(0, first), Read, visit);
      for (size_t at = first; at < bytes.size(); at += step)
        feed.Feed(std::string_view(bytes).substr(at, step), Read, visit);
      EXPECT_EQ(seen, expected) << first << " " << step;
      EXPECT_TRUE(feed.is_at_end());
    }
  }
}

TEST(BinaryFeedTest, ACutRowIsSeen) {
  BinaryFeed feed;
  feed.Feed(std::string(5, '\0'), Read, [](const Values&) { FAIL(); });
  EXPECT_FALSE(feed.is_at_end());
}

TEST(BinaryRowTest, ArraysAndNulls) {
  using namespace std::string_view_literals;
  const std::string_view bytes = "\2\1a\0\1\0\7\0\0\0\0\0\0\0\0"sv;
  BinaryRow row(bytes);
  EXPECT_EQ(row.Texts(), (std::vector<std::string_view>{"a", ""}));
  EXPECT_EQ(row.NumberOrNull<int64_t>(), std::nullopt);
  EXPECT_EQ(row.NumberOrNull<int64_t>(), 7);
  EXPECT_EQ(row.Texts(), std::vector<std::string_view>());
  EXPECT_TRUE(row.complete() && row.rest().empty());
  for (size_t size = 0; size < bytes.size(); ++size) {
    BinaryRow cut(bytes.substr(0, size));
    cut.Texts();
    cut.NumberOrNull<int64_t>();
    cut.NumberOrNull<int64_t>();
    cut.Texts();
    EXPECT_FALSE(cut.complete()) << size;
  }
  // A count that no row can have ends with the bytes.
  BinaryRow lie("\xFF\xFF\xFF\xFF\x7F\0");
  EXPECT_LE(lie.Texts().size(), 2u);
  EXPECT_FALSE(lie.complete());
}

TEST(BinaryRowTest, ALengthWithoutAnEndIsNoRow) {
  BinaryRow row("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF");
  EXPECT_EQ(row.Text(), "");
  EXPECT_FALSE(row.complete());
}

}  // namespace
}  // namespace vitrine::query
