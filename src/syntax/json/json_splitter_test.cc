#include "syntax/json/json_splitter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vitrine::syntax {
namespace {

constexpr size_t kLimit = 1 << 20;

struct Split {
  std::vector<std::string> values;
  bool is_array = false, is_cut_off = false;
  uint64_t skipped_count = 0;
};

Split SplitAll(std::string_view stream, size_t piece_bytes, size_t limit = kLimit) {
  JsonSplitter splitter(limit);
  Split split;
  auto drain = [&] {
    for (std::string_view value; splitter.Next(value);) split.values.emplace_back(value);
  };
  while (!stream.empty()) {
    std::string piece(stream.substr(0, piece_bytes));
    stream.remove_prefix(piece.size());
    splitter.Feed(piece);
    drain();
  }
  splitter.Feed({});
  splitter.End();
  drain();
  split.is_array = splitter.is_array();
  split.is_cut_off = splitter.is_cut_off();
  split.skipped_count = splitter.skipped_count();
  return split;
}

void ExpectValues(std::string_view stream, const std::vector<std::string>& expected,
                  bool is_array = false, bool is_cut_off = false) {
  for (size_t piece_bytes : {1u, 2u, 5u, 1000u}) {
    Split split = SplitAll(stream, piece_bytes);
    EXPECT_EQ(split.values, expected) << piece_bytes << " bytes a piece";
    EXPECT_EQ(split.is_array, is_array);
    EXPECT_EQ(split.is_cut_off, is_cut_off);
  }
}

TEST(JsonSplitter, LinesAndConcatenation) {
  ExpectValues("{\"a\":1}\n{\"b\":2}\r\n", {"{\"a\":1}", "{\"b\":2}"});
  ExpectValues("{\"a\":1}{\"b\":[1,{}]}", {"{\"a\":1}", "{\"b\":[1,{}]}"});
  ExpectValues("{\n  \"a\": 1\n}\n\n{}", {"{\n  \"a\": 1\n}", "{}"});
  ExpectValues("\x1E{\"a\":1}\n\x1E{}\n", {"{\"a\":1}", "{}"});
  ExpectValues("", {});
  ExpectValues(" \n ", {});
}

TEST(JsonSplitter, BracketsInStrings) {
  ExpectValues(R"({"a":"}{]["}{"b":"\"}\\"})", {R"({"a":"}{]["})", R"({"b":"\"}\\"})"});
}

TEST(JsonSplitter, ArraySentPiecemeal) {
  ExpectValues("[{\"a\":1}\n,\r\n{\"b\":2}\n]\n", {"{\"a\":1}", "{\"b\":2}"}, true);
  ExpectValues("[{\"a\":[1,2]}", {"{\"a\":[1,2]}"}, true);
  ExpectValues("[]", {}, true);
}

TEST(JsonSplitter, Scalars) { ExpectValues("1 \"two\" null\n3", {"1", "\"two\"", "null", "3"}); }

TEST(JsonSplitter, CutValueIsGivenAndSaid) {
  ExpectValues("{\"a\":1}\n{\"b\":[1,", {"{\"a\":1}", "{\"b\":[1,"}, false, true);
}

TEST(JsonSplitter, TooLargeValuesAreSkippedAndCounted) {
  std::string stream = "{\"a\":\"" + std::string(200, 'x') + "\"}\n{\"b\":1}\n";
  for (size_t piece_bytes : {1u, 50u, 1000u}) {
    Split split = SplitAll(stream, piece_bytes, 100);
    EXPECT_EQ(split.values, std::vector<std::string>{"{\"b\":1}"});
    EXPECT_EQ(split.skipped_count, 1u);
  }
}

TEST(JsonSplitter, DeepNestingNeedsNoStack) {
  std::string deep = std::string(300000, '[') + std::string(300000, ']');
  // The first bracket opens the array whose elements are given.
  Split split = SplitAll(deep, 4096);
  ASSERT_EQ(split.values.size(), 1u);
  EXPECT_EQ(split.values[0].size(), deep.size() - 2);
}

}  // namespace
}  // namespace vitrine::syntax
